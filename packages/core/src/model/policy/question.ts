import { type Address, type Family, familyOf, formatAddress } from '../../net/address.ts'
import type { Pod } from '../../parse/kubernetes/pod.ts'
import type { Cluster } from '../kubernetes/cluster.ts'
import { type Backend, endpointsOfPort } from '../kubernetes/service-endpoints.ts'
import type { Place, PlaceText } from '../place.ts'
import type { Flow, Party } from './party.ts'

/** What stands in a question, and cannot be answered. */
export interface BadQuestion {
  readonly kind: 'bad-question'
  readonly text: string
  readonly hint: string
}

/** A flow to ask about, with how its ends are written as places. */
export interface Question {
  readonly from: string
  readonly to: string
  readonly flow: Flow
}

const bad = (text: string, hint: string): BadQuestion => ({ kind: 'bad-question', text, hint })
export const isBad = <T extends object>(value: T | BadQuestion): value is BadQuestion => 'kind' in value && value.kind === 'bad-question'

/** One end and how it is written; a Service's backends bring their own ports. */
interface Named {
  readonly name: string
  readonly party: Party
  readonly port?: number
}

/** All flows that a question is about. Without `from` every pod and somebody outside ask; without `to` every pod is asked for. */
export function questionsOf(cluster: Cluster, from: PlaceText | undefined, to: PlaceText | undefined): readonly Question[] | BadQuestion {
  if (!from && !to && cluster.pods.length > MOST_PODS)
    return bad(`${cluster.pods.length} pods make ${cluster.pods.length ** 2} pairs, too many to list`, 'name one side with --from or --to')
  const senders = from ? partiesOf(cluster, from.place, undefined) : everybody(cluster)
  if (isBad(senders)) return senders
  const receivers = to ? partiesOf(cluster, to.place, to) : cluster.pods.filter(runs).map(namedPod)
  if (isBad(receivers)) return receivers
  const out: Question[] = []
  for (const receiver of receivers)
    for (const { port, protocol } of portsOf(receiver, to))
      for (const sender of senders) {
        if (sender.name === receiver.name && !(from && to)) continue
        out.push({ from: sender.name, to: receiver.name, flow: { from: sender.party, to: receiver.party, protocol, port } })
      }
  return out
}

/** Every pair of these is still a list that somebody may read. */
const MOST_PODS = 400

const runs = (pod: Pod): boolean => pod.phase !== 'Succeeded' && pod.phase !== 'Failed'
const namedPod = (pod: Pod): Named => ({ name: `pod/${pod.namespace}/${pod.name}`, party: { kind: 'pod', pod } })
const everybody = (cluster: Cluster): readonly Named[] => [
  ...cluster.pods.filter(runs).map((pod) => ofPod(cluster, pod)),
  { name: 'outside', party: { kind: 'outside', address: undefined } },
]

/** A pod in its node's network is that node to policies. */
function ofPod(cluster: Cluster, pod: Pod): Named {
  const node = pod.hostNetwork ? cluster.nodes.find((one) => one.name === pod.node) : undefined
  return node
    ? { name: `pod/${pod.namespace}/${pod.name}`, party: { kind: 'node', node, address: undefined, hostPod: pod } }
    : namedPod(pod)
}

function partiesOf(cluster: Cluster, place: Place, to: PlaceText | undefined): readonly Named[] | BadQuestion {
  switch (place.kind) {
    case 'pod': {
      const pod = cluster.pods.find((one) => one.name === place.name && one.namespace === place.namespace)
      return pod
        ? [ofPod(cluster, pod)]
        : bad(`there is no pod ${place.namespace}/${place.name} in the evidence`, 'add cluster/pods.json (kubectl get pods -A -o json)')
    }
    case 'service':
      return backendsOf(cluster, place.namespace, place.name, to)
    case 'host': {
      const node = cluster.nodes.find((one) => one.name === place.host || one.hostname === place.host)
      return node
        ? [{ name: `host/${node.name}`, party: { kind: 'node', node, address: undefined } }]
        : bad(`there is no node ${place.host} in the evidence`, 'add cluster/nodes.json (kubectl get nodes -o json)')
    }
    case 'outside':
      return [{ name: 'outside', party: { kind: 'outside', address: undefined } }]
    case 'address':
      return [atAddress(cluster, place.address)]
    default:
      return bad(
        `policies do not speak of ${place.kind === 'netns' ? 'namespaces of a host' : 'containers'}`,
        'name a pod, a Service, a node or an address',
      )
  }
}

/** Whose address it is decides what policies see: a pod's labels, or the address alone. */
function atAddress(cluster: Cluster, address: Address): Named {
  const pod = cluster.pods.find((one) => !one.hostNetwork && one.addresses.includes(address))
  if (pod) return namedPod(pod)
  const node = cluster.nodes.find((one) => [...one.internalAddresses, ...one.externalAddresses].includes(address))
  if (node) return { name: `host/${node.name}`, party: { kind: 'node', node, address } }
  return { name: formatAddress(address), party: { kind: 'outside', address } }
}

/** Policies see a Service's packets as they come out of its translation: for a pod, at the pod's own port. */
function backendsOf(cluster: Cluster, namespace: string, name: string, to: PlaceText | undefined): readonly Named[] | BadQuestion {
  const service = cluster.services.find((one) => one.name === name && one.namespace === namespace)
  if (!service)
    return bad(`there is no Service ${namespace}/${name} in the evidence`, 'add cluster/services.json (kubectl get services -A -o json)')
  const port = to?.port === undefined ? service.ports[0] : service.ports.find((one) => one.port === to.port || one.name === to.port)
  if (!port)
    return bad(
      `Service ${namespace}/${name} has no port ${to?.port ?? ''}`,
      `it has ${service.ports.map((one) => one.port).join(', ') || 'none'}`,
    )
  const families: readonly Family[] = [...new Set(service.clusterAddresses.map(familyOf))]
  const found = (families.length > 0 ? families : (['ip'] as const)).flatMap(
    (family) => endpointsOfPort(cluster, service, port, family)?.backends ?? [],
  )
  if (found.length === 0)
    return bad(`Service ${namespace}/${name} has no endpoints in the evidence`, 'add cluster/endpointslices.json, or ask for a pod')
  return found.map((backend: Backend) => ({ ...atAddress(cluster, backend.address), port: backend.port }))
}

/** The port asked for; else those that the pod's containers declare; else a ping. */
function portsOf(
  { party, port }: Named,
  to: PlaceText | undefined,
): readonly { readonly protocol: string; readonly port: number | undefined }[] {
  const protocol = to?.protocol?.toLowerCase()
  if (port !== undefined) return [{ protocol: protocol ?? 'tcp', port }]
  if (typeof to?.port === 'number') return [{ protocol: protocol ?? 'tcp', port: to.port }]
  const declared = party.kind === 'pod' ? party.pod.containers.flatMap((container) => container.ports) : []
  const wanted = declared.filter(
    (one) => (to?.port === undefined || one.name === to.port) && (protocol === undefined || one.protocol === protocol),
  )
  if (wanted.length > 0) return wanted.map((one) => ({ protocol: one.protocol, port: one.port }))
  return [{ protocol: protocol ?? 'icmp', port: undefined }]
}
