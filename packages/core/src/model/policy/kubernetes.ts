import { contains } from '../../net/prefix.ts'
import { unknown } from '../../netfilter/decision.ts'
import type { NetworkPolicy, PolicyPeer, PolicyPort, PolicyRule } from '../../parse/kubernetes/network-policy.ts'
import { type LabelSelector, selects } from '../../parse/kubernetes/selector.ts'
import type { Cluster } from '../kubernetes/cluster.ts'
import { addressesOf, type Direction, type Flow, namedPort, type Party } from './party.ts'
import { DEFAULT_TIER, KUBERNETES_ORDER, type RankedPolicy, type RankedRule } from './ranked.ts'
import { both, some, type Three } from './three.ts'

/** networking.k8s.io/v1: what any rule of any policy that selects the pod allows, is allowed; all else is denied. */
export function kubernetesPolicy(cluster: Cluster, policy: NetworkPolicy): RankedPolicy {
  const rules = (direction: Direction): RankedPolicy['rules'][Direction] => {
    if (policy.partial) return 'opaque'
    return policy[direction]?.map(
      (rule, i): RankedRule => ({ number: i + 1, action: 'Allow', matches: (flow) => matches(cluster, policy, rule, direction, flow) }),
    )
  }
  return {
    kind: 'NetworkPolicy',
    name: `${policy.namespace}/${policy.name}`,
    source: policy.source,
    tier: DEFAULT_TIER,
    order: KUBERNETES_ORDER,
    selects: (party) => party.kind === 'pod' && party.pod.namespace === policy.namespace && labelled(policy.pods, party.pod.labels),
    rules: { ingress: rules('ingress'), egress: rules('egress') },
    ...(policy.partial && { why: 'only its pod selector was captured' }),
  }
}

function matches(cluster: Cluster, policy: NetworkPolicy, rule: PolicyRule, direction: Direction, flow: Flow): Three {
  const peer = direction === 'ingress' ? flow.from : flow.to
  return both(
    () => rule.ports.length === 0 || rule.ports.some((port) => portMatches(port, flow)),
    () => rule.peers.length === 0 || some(rule.peers, (one) => peerMatches(cluster, policy, one, peer)),
  )
}

function portMatches(port: PolicyPort, flow: Flow): boolean {
  if (port.protocol !== flow.protocol) return false
  if (port.port === undefined) return true
  if (flow.port === undefined) return false
  if (typeof port.port === 'string') return namedPort(flow.to, port.port, flow.protocol) === flow.port
  return flow.port >= port.port && flow.port <= (port.endPort ?? port.port)
}

function peerMatches(cluster: Cluster, policy: NetworkPolicy, peer: PolicyPeer, party: Party): Three {
  if (peer.block) return blockMatches(peer.block, party)
  if (party.kind !== 'pod') return false
  const { pod } = party
  return both(
    () => (peer.namespaces ? namespaceMatches(cluster, peer.namespaces, pod.namespace) : pod.namespace === policy.namespace),
    () => !peer.pods || labelled(peer.pods, pod.labels),
  )
}

function blockMatches({ prefix, except }: NonNullable<PolicyPeer['block']>, party: Party): Three {
  const addresses = addressesOf(party)
  if (addresses.length === 0)
    return prefix.length === 0 && except.length === 0 ? true : unknown('which address the other end has is not known')
  return addresses.some((address) => contains(prefix, address) && !except.some((hole) => contains(hole, address)))
}

export function labelled(selector: LabelSelector, labels: Readonly<Record<string, string>>): Three {
  return selects(selector, labels) ?? unknown('its selector has an operator that is not known')
}

/** Where the Namespace object was not captured, its name is all that is known of its labels. */
export function namespaceMatches(cluster: Cluster, selector: LabelSelector, name: string): Three {
  const labels = cluster.namespaces.get(name)
  if (labels) return labelled(selector, labels)
  const keys = [...Object.keys(selector.labels), ...selector.expressions.map((expression) => expression.key)]
  if (keys.every((key) => key === 'kubernetes.io/metadata.name')) return labelled(selector, { 'kubernetes.io/metadata.name': name })
  return unknown(`the labels of namespace ${name} were not captured`, 'cluster/namespaces.json')
}
