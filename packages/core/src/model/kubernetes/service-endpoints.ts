import type { Source } from '../../facts/source.ts'
import { type Address, type Family, familyOf } from '../../net/address.ts'
import type { EndpointGroup } from '../../parse/kubernetes/endpoints.ts'
import type { Pod } from '../../parse/kubernetes/pod.ts'
import type { Service, ServicePort } from '../../parse/kubernetes/service.ts'
import type { Cluster } from './cluster.ts'

/** One endpoint of a Service's port, with what decides whether traffic is sent there. */
export interface Backend {
  readonly address: Address
  readonly port: number
  readonly ready: boolean
  readonly serving: boolean
  readonly terminating: boolean
  /** undefined: not told; an endpoint outside the cluster has none. */
  readonly node: string | undefined
  readonly forZones: readonly string[]
  readonly pod: string | undefined
  readonly source: Source
}

/** A port's endpoints and which objects told them; `undefined` where no captured object can tell. */
export interface ServiceEndpoints {
  readonly from: 'EndpointSlice' | 'Endpoints' | 'pods'
  readonly backends: readonly Backend[]
  /** false: from a table that shows part of them. */
  readonly complete: boolean
}

/** The endpoints of one port in one family: from EndpointSlices as kube-proxy reads them, else Endpoints, else the selector over the pods. */
export function endpointsOfPort(cluster: Cluster, service: Service, port: ServicePort, family: Family): ServiceEndpoints | undefined {
  const groups = cluster.endpoints.get(`${service.namespace}/${service.name}`) ?? []
  for (const from of ['EndpointSlice', 'Endpoints'] as const) {
    const own = groups.filter((group) => group.kind === from)
    if (own.length === 0 && (groups.length > 0 || !wasCaptured(cluster, from, service.namespace))) continue
    const backends = distinct(own.flatMap((group) => fromGroup(cluster, group, port, family)))
    return { from, backends, complete: !own.some((group) => group.partial) }
  }
  if (service.selector === undefined || service.partial || !cluster.pods.some((pod) => pod.namespace === service.namespace))
    return undefined
  const complete = !cluster.pods.some((pod) => pod.partial)
  return { from: 'pods', backends: distinct(cluster.pods.flatMap((pod) => fromPod(pod, service, port, family))), complete }
}

/** Were objects of this kind captured where the Service is? One namespace's alone tell nothing of another's. */
function wasCaptured(cluster: Cluster, kind: EndpointGroup['kind'], namespace: string): boolean {
  const found = new Set<string>()
  for (const groups of cluster.endpoints.values()) for (const group of groups) if (group.kind === kind) found.add(group.namespace)
  return found.has(namespace) || found.size > 1
}

/** A slice's port belongs to the Service's port of the same name; a Service with one port may leave it unnamed. */
function fromGroup(cluster: Cluster, group: EndpointGroup, port: ServicePort, family: Family): readonly Backend[] {
  const own = group.ports.filter((one) =>
    group.partial ? mayBe(one.port, port) : one.protocol === port.protocol && (one.name ?? '') === (port.name ?? ''),
  )
  return own.flatMap(({ port: number }) =>
    group.endpoints.flatMap((endpoint) => {
      const address = endpoint.addresses.find((one) => familyOf(one) === family)
      if (address === undefined || number === undefined) return []
      const pod = endpoint.target?.kind === 'Pod' ? `${endpoint.target.namespace ?? group.namespace}/${endpoint.target.name}` : undefined
      const node = endpoint.node ?? cluster.pods.find((one) => pod === `${one.namespace}/${one.name}`)?.node
      const { ready, serving, terminating, forZones } = endpoint
      return [{ address, port: number, ready, serving, terminating, node, forZones, pod, source: group.source }]
    }),
  )
}

/** A table tells neither names nor protocols of ports: the number must do. */
const mayBe = (number: number | undefined, port: ServicePort): boolean =>
  port.targetPort === undefined || typeof port.targetPort === 'string' || number === port.targetPort

/** What the endpoints controller would make of a pod (podToEndpoint, ShouldPodBeInEndpoints, FindPort). */
function fromPod(pod: Pod, service: Service, port: ServicePort, family: Family): readonly Backend[] {
  if (pod.namespace !== service.namespace || pod.phase === 'Succeeded' || pod.phase === 'Failed') return []
  if (!Object.entries(service.selector ?? {}).every(([key, value]) => pod.labels[key] === value)) return []
  const address = pod.addresses.find((one) => familyOf(one) === family)
  const number = targetPort(pod, port)
  if (address === undefined || number === undefined) return []
  const serving = service.publishNotReady || pod.ready === true || (pod.ready === undefined && pod.phase === 'Running')
  return [
    {
      address,
      port: number,
      ready: serving && (!pod.terminating || service.publishNotReady),
      serving,
      terminating: pod.terminating,
      node: pod.node,
      forZones: [],
      pod: `${pod.namespace}/${pod.name}`,
      source: pod.source,
    },
  ]
}

/** The port's own number where targetPort is left out, a number as it stands, a name as the pod's containers number it. */
function targetPort(pod: Pod, port: ServicePort): number | undefined {
  if (typeof port.targetPort !== 'string') return port.targetPort ?? port.port
  const named = pod.containers.flatMap((container) => container.ports)
  return named.find((one) => one.name === port.targetPort && one.protocol === port.protocol)?.port
}

function distinct(backends: readonly Backend[]): readonly Backend[] {
  const byAddress = new Map<string, Backend>()
  for (const backend of backends) {
    const key = `${backend.address} ${backend.port}`
    const known = byAddress.get(key)
    // Two slices may hold it while it moves from one to the other: the one that serves counts.
    if (!known || (!known.ready && backend.ready)) byAddress.set(key, backend)
  }
  return [...byAddress.values()]
}
