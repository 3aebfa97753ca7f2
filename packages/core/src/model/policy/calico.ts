import { contains, type Prefix } from '../../net/prefix.ts'
import { parseProtocol } from '../../net/protocol.ts'
import { unknown } from '../../netfilter/decision.ts'
import type { CalicoEntity, CalicoNetworkSet, CalicoPolicy, CalicoPort, CalicoRule } from '../../parse/kubernetes/calico.ts'
import type { Pod } from '../../parse/kubernetes/pod.ts'
import type { Cluster } from '../kubernetes/cluster.ts'
import { parseCalicoSelector } from './calico-selector.ts'
import { addressesOf, type Flow, namedPort, type Party } from './party.ts'
import type { PolicyAction, RankedPolicy, RankedRule, Tier } from './ranked.ts'
import { both, not, some, type Three } from './three.ts'

/** What a Calico policy's selectors can choose from. */
export interface CalicoWorld {
  readonly cluster: Cluster
  readonly sets: readonly CalicoNetworkSet[]
}

export function calicoPolicy(world: CalicoWorld, policy: CalicoPolicy, tier: Tier): RankedPolicy {
  const rules = (list: readonly CalicoRule[] | undefined) => list?.map((rule, i) => ranked(world, policy, rule, i + 1))
  return {
    kind: policy.namespace === undefined ? 'GlobalNetworkPolicy' : 'Calico NetworkPolicy',
    name: policy.namespace === undefined ? policy.name : `${policy.namespace}/${policy.name}`,
    source: policy.source,
    tier,
    order: policy.order ?? Number.POSITIVE_INFINITY,
    selects: (party) => selected(world, policy, party),
    rules: { ingress: rules(policy.ingress), egress: rules(policy.egress) },
  }
}

function selected(world: CalicoWorld, policy: CalicoPolicy, party: Party): Three {
  if (party.kind !== 'pod' || policy.hostsOnly) return false
  const { pod } = party
  return both(
    () => policy.namespace === undefined || pod.namespace === policy.namespace,
    () => bySelector(policy.selector, labelsOf(pod)),
    () => policy.namespaceSelector === '' || inNamespace(world, policy.namespaceSelector, pod.namespace),
    () => policy.serviceAccountSelector === '' || unknown('it selects by service account, whose labels are not in the evidence'),
  )
}

/** Labels that Calico gives every workload beside the pod's own. */
const labelsOf = (pod: Pod): Readonly<Record<string, string>> => ({
  ...pod.labels,
  'projectcalico.org/namespace': pod.namespace,
  'projectcalico.org/orchestrator': 'k8s',
})

function bySelector(text: string, labels: Readonly<Record<string, string>>): Three {
  const test = parseCalicoSelector(text)
  return test ? test(labels) : unknown(`its selector is not understood: ${text}`)
}

function inNamespace(world: CalicoWorld, selector: string, name: string): Three {
  if (/^\s*global\(\)\s*$/.test(selector)) return false
  const labels = world.cluster.namespaces.get(name)
  const own = { 'projectcalico.org/name': name, 'kubernetes.io/metadata.name': name }
  if (labels) return bySelector(selector, { ...labels, ...own })
  const keys =
    selector.replace(/'[^']*'|"[^"]*"/g, '').match(/[\w-]+(?:[./][\w./-]+)+|\b(?!all|has|in|not|contains|starts|ends|with|global)\w+/g) ??
    []
  return keys.every((key) => key in own)
    ? bySelector(selector, own)
    : unknown(`the labels of namespace ${name} were not captured`, 'cluster/namespaces.json')
}

const ACTIONS: ReadonlySet<string> = new Set<PolicyAction>(['Allow', 'Deny', 'Pass', 'Log'])

function ranked(world: CalicoWorld, policy: CalicoPolicy, rule: CalicoRule, number: number): RankedRule {
  const known = ACTIONS.has(rule.action)
  return {
    number,
    action: known ? (rule.action as PolicyAction) : 'Deny',
    matches: (flow) => (known ? matches(world, policy, rule, flow) : unknown(`its action ${rule.action} is not known`)),
  }
}

function matches(world: CalicoWorld, policy: CalicoPolicy, rule: CalicoRule, flow: Flow): Three {
  return both(
    () => protocolMatches(rule, flow),
    () => versionMatches(rule, flow),
    () => icmpMatches(rule, flow),
    () => rule.destination.ports.length === 0 || rule.destination.ports.some((port) => portMatches(port, flow)),
    () => rule.destination.notPorts.length === 0 || !rule.destination.notPorts.some((port) => portMatches(port, flow)),
    () => (rule.source.ports.length + rule.source.notPorts.length === 0 ? true : unknown('it asks for the source port')),
    () => entityMatches(world, policy, rule.source, flow.from),
    () => entityMatches(world, policy, rule.destination, flow.to),
    () => rule.others.length === 0 || unknown(`its condition ${rule.others[0]} is not evaluated`),
  )
}

function protocolMatches({ protocol, notProtocol }: CalicoRule, flow: Flow): boolean {
  const own = parseProtocol(flow.protocol)
  return (protocol === undefined || parseProtocol(protocol) === own) && (notProtocol === undefined || parseProtocol(notProtocol) !== own)
}

function versionMatches({ ipVersion }: CalicoRule, flow: Flow): Three {
  if (ipVersion === undefined) return true
  const addresses = [...addressesOf(flow.to), ...addressesOf(flow.from)]
  return addresses.length === 0
    ? unknown('which IP version it has is not known')
    : addresses.some((address) => (typeof address === 'number') === (ipVersion === 4))
}

/** Asked of a ping: an echo request. */
function icmpMatches({ icmp }: CalicoRule, flow: Flow): boolean {
  if (!icmp) return true
  const echo = flow.protocol === 'icmp' ? 8 : flow.protocol === 'icmpv6' ? 128 : undefined
  return echo !== undefined && (icmp.type ?? echo) === echo && (icmp.code ?? 0) === 0
}

function portMatches(port: CalicoPort, flow: Flow): boolean {
  if (flow.port === undefined) return false
  return 'name' in port ? namedPort(flow.to, port.name, flow.protocol) === flow.port : flow.port >= port.first && flow.port <= port.last
}

function entityMatches(world: CalicoWorld, policy: CalicoPolicy, entity: CalicoEntity, party: Party): Three {
  return both(
    () => entity.nets.length === 0 || inNets(entity.nets, party),
    () => entity.notNets.length === 0 || not(inNets(entity.notNets, party)),
    () => (entity.selector === '' && entity.namespaceSelector === '' ? true : chosen(world, policy, entity, party)),
    () => entity.notSelector === '' || not(chosen(world, policy, { ...entity, selector: entity.notSelector }, party)),
    () => entity.others.length === 0 || unknown(`its condition ${entity.others[0]} is not evaluated`),
  )
}

function inNets(nets: readonly Prefix[], party: Party): Three {
  const addresses = addressesOf(party)
  if (addresses.length > 0) return nets.some((net) => addresses.some((address) => contains(net, address)))
  return nets.some((net) => net.length === 0) ? true : unknown('which address the other end has is not known')
}

/** A selector chooses pods, and network sets; in a namespaced policy those of its own namespace unless a namespaceSelector says otherwise. */
function chosen(world: CalicoWorld, policy: CalicoPolicy, entity: CalicoEntity, party: Party): Three {
  const global = /^\s*global\(\)\s*$/.test(entity.namespaceSelector)
  const inScope = (namespace: string | undefined): Three => {
    if (namespace === undefined) return global || (entity.namespaceSelector === '' && policy.namespace === undefined)
    if (global) return false
    if (entity.namespaceSelector !== '') return inNamespace(world, entity.namespaceSelector, namespace)
    return policy.namespace === undefined || namespace === policy.namespace
  }
  const ofSet = some(world.sets, (set) =>
    both(
      () => inScope(set.namespace),
      () => bySelector(entity.selector, set.labels),
      () => inNets(set.nets, party),
    ),
  )
  if (ofSet === true || party.kind !== 'pod') return ofSet
  const { pod } = party
  const ofPod = both(
    () => inScope(pod.namespace),
    () => bySelector(entity.selector, labelsOf(pod)),
  )
  return some([ofPod, ofSet], (one) => one)
}
