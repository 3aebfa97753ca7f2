import type { Namespace } from '../../../model/namespace.ts'
import { formatAddress } from '../../../net/address.ts'
import type { Pod } from '../../../parse/kubernetes/pod.ts'
import { because, type Check, type Examined, type Found, missing, seen, together } from '../check.ts'
import { capturedHosts } from '../scene.ts'
import { isWhole, jumpsTo, type PlacedRule, ruleBecause, rulesFile, rulesOf } from './chains.ts'

export const hostports: Check = {
  id: 'hostports',
  holds: 'every hostPort of a pod has its rule, and such rules take only what is addressed to the node',
  why: 'the port on the node is dead, or packets for a Service are taken by another pod',
  evidence: ['hosts/HOST/iptables-save.txt', 'cluster/pods.json'],
  causes: ['nat.hostport', 'nat.hijack'],
  runbook: 'restore-rules',
  run: (scene) =>
    together(
      capturedHosts(scene).flatMap(({ name, root, folder, node }): readonly Examined[] => {
        const pods = scene.cluster.pods.filter(
          (pod) => node !== undefined && pod.node === node.name && pod.phase === 'Running' && !pod.hostNetwork,
        )
        const wanted = pods.filter(({ containers }) => containers.some(({ ports }) => ports.some(({ hostPort }) => hostPort !== undefined)))
        const jumps = [...rulesOf(root, 'nat')].filter(({ rule }) => jumpsTo(rule) === 'CNI-HOSTPORT-DNAT')
        if (wanted.length === 0 && jumps.length === 0) return []
        if (!isWhole(root, 'nat')) return [missing(`${folder}/iptables-save.txt`)]
        return [...wanted.map((pod) => withRule(name, root, pod)), seen(...greedy(name, jumps))]
      }),
    ),
}

function withRule(host: string, root: Namespace, pod: Pod): Examined {
  const ports = pod.containers.flatMap((container) => container.ports.filter(({ hostPort }) => hostPort !== undefined))
  const rules = [...rulesOf(root, 'nat')].filter(({ rule }) => rule.target?.kind === 'DNAT')
  return seen(
    ...ports.flatMap(({ hostPort, port, protocol }): readonly Found[] => {
      const there = rules.some(
        ({ rule }) =>
          rule.target?.kind === 'DNAT' &&
          rule.target.addresses !== undefined &&
          pod.addresses.includes(rule.target.addresses.first) &&
          (rule.target.ports === undefined || rule.target.ports.first === port),
      )
      if (there || !pod.addresses.some((address) => typeof address === 'number')) return []
      return [
        {
          severity: 'error',
          cause: 'nat.hostport',
          host,
          object: `pod/${pod.namespace}/${pod.name}`,
          text: `pod ${pod.namespace}/${pod.name} has the hostPort ${hostPort}/${protocol}, and no rule of ${host} sends that to ${pod.addresses.map(formatAddress).join(', ')}:${port}`,
          because: [because(`hostPort ${hostPort}`, pod.source), because('no such DNAT in the table nat', rulesFile(root))],
        },
      ]
    }),
  )
}

/** The portmap plugin asks for `--dst-type LOCAL`; without it the port is taken on every address, cluster IPs too. */
function greedy(host: string, jumps: readonly PlacedRule[]): readonly Found[] {
  return jumps
    .filter(
      ({ rule }) =>
        !rule.matches.some(({ kind }) => kind === 'addrtype') && rule.header.destination === undefined && rule.hidden === undefined,
    )
    .map((placed) => ({
      severity: 'error',
      cause: 'nat.hijack',
      host,
      object: `${placed.rule.chain} ${placed.rule.number}`,
      text: `${placed.rule.chain} sends everything to the hostPort rules, not only what is addressed to the node: a hostPort takes the packets of Services with the same port`,
      because: [ruleBecause(placed)],
      runbook: '',
    }))
}
