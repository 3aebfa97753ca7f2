import { type Address, familyOf } from '../../net/address.ts'
import { contains } from '../../net/prefix.ts'
import type { Node } from '../../parse/kubernetes/node.ts'
import type { Service } from '../../parse/kubernetes/service.ts'
import type { Cluster } from './cluster.ts'
import type { ServiceEntry } from './service-address.ts'
import { type Backend, endpointsOfPort, type ServiceEndpoints } from './service-endpoints.ts'

/** Who asks: traffic policies and source ranges treat them differently. */
export interface ServiceClient {
  readonly kind: 'pod' | 'node' | 'outside'
  readonly address: Address | undefined
}

/** What should become of a new connection to a Service, by what the API says. */
export type Intended =
  /** Any of these; with affinity a client comes back to the one it had. */
  | {
      readonly kind: 'backends'
      readonly backends: readonly Backend[]
      readonly from: ServiceEndpoints['from']
      readonly complete: boolean
      /** sessionAffinity ClientIP, in seconds. */
      readonly affinity: number | undefined
      readonly why: string
    }
  /** No backend: refused at once, or silently dropped. */
  | {
      readonly kind: 'none'
      readonly answer: 'reject' | 'drop'
      readonly reason: 'no-endpoints' | 'no-local-endpoints' | 'source-range'
      readonly from: ServiceEndpoints['from'] | undefined
      readonly complete: boolean
      readonly why: string
    }
  | { readonly kind: 'unknown'; readonly why: string; readonly evidence: string }

/**
 * The backends that a client's new connection may be sent to on a node, as kube-proxy decides it
 * (CategorizeEndpoints of pkg/proxy/topology.go; the KUBE-EXT and KUBE-FW chains of its iptables proxier).
 * `node` is where the packet meets the rules: the client's own node, or the one that a client from outside addresses.
 */
export function intendedBackends(
  cluster: Cluster,
  service: Service,
  entry: ServiceEntry,
  node: Node | undefined,
  client: ServiceClient,
): Intended {
  const found = endpointsOfPort(cluster, service, entry.servicePort, familyOf(entry.address))
  if (!found)
    return {
      kind: 'unknown',
      why: `the endpoints of Service ${service.namespace}/${service.name} were not captured`,
      evidence: 'cluster/endpointslices.json',
    }
  const { from, complete } = found
  const none = (answer: 'reject' | 'drop', reason: Extract<Intended, { kind: 'none' }>['reason'], why: string): Intended => ({
    kind: 'none',
    answer,
    reason,
    from,
    complete,
    why,
  })
  const anywhere = clusterWide(found.backends, node)
  const local = localTo(found.backends, node?.name)
  const policy = policyOf(service, entry, client)
  if (!anywhere.length && !local.length) return none('reject', 'no-endpoints', `no ${from} of it is ready`)
  if (entry.kind === 'load-balancer' && !mayEnter(service, client))
    return none('drop', 'source-range', `the client is in none of its loadBalancerSourceRanges`)
  if (policy.scope === 'cluster')
    return { kind: 'backends', backends: anywhere, from, complete, affinity: affinity(service), why: policy.why }
  if (node === undefined)
    return { kind: 'unknown', why: `${policy.why}, and which node the packet meets is not known`, evidence: 'cluster/nodes.json' }
  if (!local.length) return none('drop', 'no-local-endpoints', `${policy.why}, and node ${node.name} has no endpoint of it`)
  return { kind: 'backends', backends: local, from, complete, affinity: affinity(service), why: policy.why }
}

const affinity = (service: Service): number | undefined =>
  service.sessionAffinity === 'ClientIP' ? service.sessionAffinitySeconds : undefined

/** Pods and nodes that address a Service from outside are sent to any endpoint, whatever externalTrafficPolicy says (the KUBE-EXT chain). */
function policyOf(
  service: Service,
  entry: ServiceEntry,
  client: ServiceClient,
): { readonly scope: 'cluster' | 'local'; readonly why: string } {
  if (entry.kind === 'cluster-ip')
    return service.internalTrafficPolicy === 'Local'
      ? { scope: 'local', why: 'internalTrafficPolicy is Local' }
      : { scope: 'cluster', why: 'any ready endpoint' }
  if (service.externalTrafficPolicy !== 'Local') return { scope: 'cluster', why: 'any ready endpoint' }
  return client.kind === 'outside'
    ? { scope: 'local', why: 'externalTrafficPolicy is Local' }
    : { scope: 'cluster', why: 'externalTrafficPolicy is Local, which does not hold for pods and nodes of the cluster' }
}

/** Ready ones that topology leaves; with none ready anywhere, those that still serve while they terminate. */
function clusterWide(backends: readonly Backend[], node: Node | undefined): readonly Backend[] {
  const ready = backends.filter((backend) => backend.ready)
  if (!ready.length) return backends.filter((backend) => backend.serving && backend.terminating)
  const zone = node?.labels['topology.kubernetes.io/zone']
  if (zone === undefined || !ready.every((backend) => backend.forZones.length > 0)) return ready
  const near = ready.filter((backend) => backend.forZones.includes(zone))
  return near.length > 0 ? near : ready
}

function localTo(backends: readonly Backend[], node: string | undefined): readonly Backend[] {
  if (node === undefined) return []
  const own = backends.filter((backend) => backend.node === node)
  const ready = own.filter((backend) => backend.ready)
  return ready.length > 0 ? ready : own.filter((backend) => backend.serving && backend.terminating)
}

/** The source must be in one of the ranges, where there are any; the node itself passes if one of them holds its address. */
function mayEnter(service: Service, client: ServiceClient): boolean {
  const ranges = service.loadBalancerSourceRanges
  const { address } = client
  if (!ranges.length || address === undefined) return true
  const own = ranges.filter((range) => typeof range.address === typeof address)
  return own.length === 0 ? true : own.some((range) => contains(range, address))
}

/** What the name of a Service without rules of its own leads to: DNS gives a headless one's pods, or an ExternalName's alias. */
export function namedBackends(
  cluster: Cluster,
  service: Service,
): { readonly kind: 'alias'; readonly name: string } | { readonly kind: 'direct'; readonly backends: readonly Backend[] } | undefined {
  if (service.type === 'ExternalName') return { kind: 'alias', name: service.externalName ?? '' }
  if (!service.headless) return undefined
  const families = ['ip', 'ip6'] as const
  const found = service.ports.flatMap((port) =>
    families.flatMap((family) => endpointsOfPort(cluster, service, port, family)?.backends ?? []),
  )
  return { kind: 'direct', backends: found.filter((backend) => backend.ready) }
}
