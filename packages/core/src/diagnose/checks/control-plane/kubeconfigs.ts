import { parseAddress } from '../../../net/address.ts'
import { isLoopback } from '../../../net/special.ts'
import type { Kubeconfig } from '../../../parse/host/state.ts'
import { because, type Check, type Examined, type Found, seen, together } from '../check.ts'
import { type CheckScene, type HostView, statesOf } from '../scene.ts'
import { rolesOf } from './roles.ts'

export const kubeconfigs: Check = {
  id: 'kubeconfigs',
  holds: 'kubeconfigs lead to an API server that is there, and their contexts are whole',
  why: 'kubectl, kubelet or a component does not reach the API server',
  evidence: ['hosts/HOST/files/etc/kubernetes/*.conf', 'hosts/HOST/files/root/.kube/config'],
  causes: ['node.kubeconfig'],
  run: (scene) =>
    together(
      [...scene.hosts.values()].flatMap((host) =>
        statesOf(host, 'kubeconfig').map((state): Examined => seen(...contexts(host, state), ...servers(scene, host, state))),
      ),
    ),
}

interface State {
  readonly kubeconfig: Kubeconfig
  readonly source: { readonly file: string; readonly line: number }
}

const finding = (host: HostView, { source }: State, severity: Found['severity'], text: string): Found => ({
  severity,
  cause: 'node.kubeconfig',
  host: host.name,
  object: source.file.slice(source.file.lastIndexOf('/') + 1),
  text: `${source.file}: ${text}`,
  because: [because(text, source)],
})

function contexts(host: HostView, state: State): readonly Found[] {
  const { clusters, users, contexts: all, current } = state.kubeconfig
  if (current === undefined || current === '')
    return clusters.length > 0 ? [finding(host, state, 'warning', 'no current context is set: kubectl asks localhost:8080')] : []
  const context = all.find(({ name }) => name === current)
  if (!context) return [finding(host, state, 'error', `the current context ${current} does not exist`)]
  const lacking = [
    ...(clusters.some(({ name }) => name === context.cluster) ? [] : [`cluster ${context.cluster}`]),
    ...(users.some(({ name }) => name === context.user) ? [] : [`user ${context.user}`]),
  ]
  return lacking.map((what) => finding(host, state, 'error', `the current context names ${what}, which does not exist`))
}

/** A captured host that the server's address belongs to, which is no control plane; or an address that no captured host has, where all are known. */
function servers(scene: CheckScene, host: HostView, state: State): readonly Found[] {
  return state.kubeconfig.clusters.flatMap(({ server }) => {
    const address = parseAddress(/^https?:\/\/\[?([^\]/]+?)\]?(?::\d+)?(?:\/|$)/.exec(server ?? '')?.[1] ?? '')
    if (address === undefined || isLoopback(address)) return []
    const owner = scene.model.owners.get(address)?.find(({ namespace }) => namespace.name === '')
    if (owner) {
      const roles = rolesOf(scene, owner.namespace.host)
      const listens = owner.namespace.sockets?.some(
        ({ port, state: listening }) => listening === 'LISTEN' && String(port) === (/:(\d+)$/.exec(server ?? '')?.[1] ?? '443'),
      )
      return roles.has('control-plane') || listens !== false
        ? []
        : [finding(host, state, 'error', `${server} is ${owner.namespace.host}, where no API server listens`)]
    }
    const planes = [...scene.hosts.values()].filter(({ name }) => rolesOf(scene, name).has('control-plane'))
    const known = scene.cluster.nodes.some(({ internalAddresses, externalAddresses }) =>
      [...internalAddresses, ...externalAddresses].includes(address),
    )
    return known || planes.length === 0 || scene.cluster.nodes.length === 0
      ? []
      : [finding(host, state, 'info', `${server} is no address of a Node (a load balancer, or an earlier address of the control plane)`)]
  })
}
