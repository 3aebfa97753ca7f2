import type { Source } from '../../facts/source.ts'
import { type Address, parseAddress } from '../../net/address.ts'
import { type Prefix, parsePrefix } from '../../net/prefix.ts'
import { fields, integer, items, labelsOf, portOrName, protocolOf, string, strings } from './fields.ts'
import { namespaceOf } from './pod.ts'
import type { SourcedObject } from './read.ts'

export interface ServicePort {
  readonly name: string | undefined
  readonly port: number
  readonly protocol: string
  readonly targetPort: number | string | undefined
  readonly nodePort: number | undefined
}

export interface Service {
  readonly name: string
  readonly namespace: string
  /** ClusterIP, NodePort, LoadBalancer, ExternalName */
  readonly type: string
  /** Empty for a headless service (`None`). */
  readonly clusterAddresses: readonly Address[]
  readonly headless: boolean
  readonly externalAddresses: readonly Address[]
  readonly loadBalancerAddresses: readonly Address[]
  readonly loadBalancerSourceRanges: readonly Prefix[]
  readonly ports: readonly ServicePort[]
  /** undefined: no selector, its endpoints are kept by someone else. */
  readonly selector: Readonly<Record<string, string>> | undefined
  /** Cluster or Local */
  readonly externalTrafficPolicy: string
  readonly internalTrafficPolicy: string
  readonly sessionAffinity: string
  /** sessionAffinityConfig.clientIP.timeoutSeconds; 10800 where it is left out. */
  readonly sessionAffinitySeconds: number
  /** The name that an ExternalName Service stands for. */
  readonly externalName: string | undefined
  /** DNS and EndpointSlices name pods that are not ready as well. */
  readonly publishNotReady: boolean
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  readonly healthCheckNodePort: number | undefined
  readonly partial: boolean
  readonly source: Source
}

export function serviceOf({ object, source, partial = false }: SourcedObject): Service | undefined {
  if (object.kind !== 'Service') return undefined
  const spec = fields(object.spec)
  const given = [spec.clusterIP, ...items(spec.clusterIPs)]
  const ingress = items(fields(fields(object.status).loadBalancer).ingress)
  const addresses = (values: readonly unknown[]) => [...new Set(values.flatMap((value) => parseAddress(string(value) ?? '') ?? []))]
  const selector = labelsOf(spec.selector)
  return {
    name: object.metadata.name,
    namespace: namespaceOf(object),
    type: string(spec.type) ?? 'ClusterIP',
    clusterAddresses: addresses(given),
    headless: given.includes('None'),
    externalAddresses: addresses(items(spec.externalIPs)),
    loadBalancerAddresses: addresses([spec.loadBalancerIP, ...ingress.map((item) => fields(item).ip)]),
    loadBalancerSourceRanges: strings(spec.loadBalancerSourceRanges).flatMap((range) => parsePrefix(range.trim()) ?? []),
    ports: items(spec.ports).flatMap(port),
    selector: Object.keys(selector).length > 0 ? selector : undefined,
    externalTrafficPolicy: string(spec.externalTrafficPolicy) ?? 'Cluster',
    internalTrafficPolicy: string(spec.internalTrafficPolicy) ?? 'Cluster',
    sessionAffinity: string(spec.sessionAffinity) ?? 'None',
    sessionAffinitySeconds: integer(fields(fields(spec.sessionAffinityConfig).clientIP).timeoutSeconds) ?? 10_800,
    externalName: string(spec.externalName),
    publishNotReady: spec.publishNotReadyAddresses === true,
    labels: labelsOf(object.metadata.labels),
    annotations: labelsOf(object.metadata.annotations),
    healthCheckNodePort: integer(spec.healthCheckNodePort),
    partial,
    source,
  }
}

function port(value: unknown): readonly ServicePort[] {
  const given = fields(value)
  const number = integer(given.port)
  if (number === undefined) return []
  return [
    {
      name: string(given.name),
      port: number,
      protocol: protocolOf(given.protocol),
      targetPort: portOrName(given.targetPort),
      nodePort: integer(given.nodePort),
    },
  ]
}
