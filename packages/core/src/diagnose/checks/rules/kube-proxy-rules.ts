import { proxyOf } from '../../services/proxy.ts'
import { because, type Check, type Examined, type Found, missing, seen, together } from '../check.ts'
import { type CheckScene, capturedHosts, type HostView } from '../scene.ts'
import { chainNames, isWhole, jumpsTo, rulesFile, rulesOf } from './chains.ts'

export const kubeProxyRules: Check = {
  id: 'kube-proxy-rules',
  holds: 'a service proxy’s rules are there, and packets come to them',
  why: 'cluster IPs and NodePorts are dead on the node, while pods’ own addresses work',
  evidence: ['hosts/HOST/iptables-save.txt', 'hosts/HOST/nft.json', 'cluster/services.json'],
  causes: ['nat.rules-flushed', 'service.proxy-stale'],
  runbook: 'restore-rules',
  run: (scene) => together(capturedHosts(scene).flatMap((host) => examine(scene, host))),
}

function examine(scene: CheckScene, host: ReturnType<typeof capturedHosts>[number]): readonly Examined[] {
  const { root, name, folder } = host
  const proxy = proxyOf(root)
  if (chainNames(root, 'nat').has('KUBE-SERVICES')) return isWhole(root, 'nat') ? [seen(notEntered(host, name))] : []
  if (proxy.kind === 'rules') return [seen()]
  if (!host.node || scene.cluster.services.length === 0) return []
  if (proxy.kind === 'unknown')
    return [missing(/iptables-save|nft/.test(proxy.why) ? proxy.why : `${folder}/iptables-save.txt (${proxy.why})`)]
  if (!isWhole(root, 'nat') && root.nft.length === 0) return [missing(`${folder}/iptables-save.txt`)]
  return [
    seen({
      severity: 'error',
      cause: 'service.proxy-stale',
      host: name,
      object: 'kube-proxy',
      text: `${name} is Node ${host.node.name}, and has no rule for any of the ${scene.cluster.services.length} Services`,
      because: [because('no chain of a service proxy', rulesFile(root)), because(`Node ${host.node.name}`, host.node.source)],
    }),
  ]
}

/** KUBE-SERVICES is there and PREROUTING or OUTPUT does not jump to it. */
function notEntered(host: HostView & { readonly root: NonNullable<HostView['root']> }, name: string): Found | undefined {
  const from = new Set([...rulesOf(host.root, 'nat')].filter(({ rule }) => jumpsTo(rule) === 'KUBE-SERVICES').map(({ rule }) => rule.chain))
  const lacking = ['PREROUTING', 'OUTPUT'].filter((chain) => !from.has(chain))
  if (lacking.length === 0) return undefined
  return {
    severity: 'error',
    cause: 'nat.rules-flushed',
    host: name,
    object: 'chain KUBE-SERVICES',
    text: `${lacking.join(' and ')} of the table nat ${lacking.length === 1 ? 'does' : 'do'} not jump to KUBE-SERVICES: Services do not work ${lacking.includes('PREROUTING') ? 'for pods and others' : 'from the node itself'}`,
    because: [because('no jump to KUBE-SERVICES', rulesFile(host.root))],
  }
}
