import type { Source } from '../../facts/source.ts'
import { type Address, parseAddress } from '../../net/address.ts'
import { fields, integer, items, labelsOf, protocolOf, string, strings } from './fields.ts'
import { namespaceOf } from './pod.ts'
import type { SourcedObject } from './read.ts'

export interface Endpoint {
  readonly addresses: readonly Address[]
  /** `nil` counts as true, as the API says of conditions.ready. */
  readonly ready: boolean
  readonly serving: boolean
  readonly terminating: boolean
  readonly node: string | undefined
  readonly zone: string | undefined
  /** hints.forZones; empty: none are given. */
  readonly forZones: readonly string[]
  readonly target: { readonly kind: string; readonly name: string; readonly namespace: string | undefined } | undefined
}

export interface EndpointPort {
  readonly name: string | undefined
  /** undefined: every port */
  readonly port: number | undefined
  readonly protocol: string
}

/** An EndpointSlice, or a subset of an Endpoints object: endpoints that share their ports. */
export interface EndpointGroup {
  readonly kind: 'EndpointSlice' | 'Endpoints'
  readonly name: string
  readonly namespace: string
  /** The label kubernetes.io/service-name, or the Endpoints object's own name. */
  readonly service: string
  readonly endpoints: readonly Endpoint[]
  readonly ports: readonly EndpointPort[]
  readonly partial: boolean
  readonly source: Source
}

export function endpointsOf(sourced: SourcedObject): readonly EndpointGroup[] {
  switch (sourced.object.kind) {
    case 'EndpointSlice':
      return [slice(sourced)]
    case 'Endpoints':
      return subsets(sourced)
  }
  return []
}

function slice({ object, source, partial = false }: SourcedObject): EndpointGroup {
  const labels = labelsOf(object.metadata.labels)
  return {
    kind: 'EndpointSlice',
    name: object.metadata.name,
    namespace: namespaceOf(object),
    service: labels['kubernetes.io/service-name'] ?? object.metadata.name.replace(/-[a-z0-9]{5}$/, ''),
    endpoints: items(object.endpoints).map((item) => {
      const { addresses, conditions, nodeName, zone, targetRef, topology, hints } = fields(item)
      const { ready, serving, terminating } = fields(conditions)
      return {
        addresses: strings(addresses).flatMap((address) => parseAddress(address) ?? []),
        ready: ready !== false,
        serving: typeof serving === 'boolean' ? serving : ready !== false,
        terminating: terminating === true,
        node: string(nodeName) ?? string(fields(topology)['kubernetes.io/hostname']),
        zone: string(zone),
        forZones: items(fields(hints).forZones).flatMap((one) => string(fields(one).name) ?? []),
        target: target(targetRef),
      }
    }),
    ports: items(object.ports).map(port),
    partial,
    source,
  }
}

function subsets({ object, source, partial = false }: SourcedObject): readonly EndpointGroup[] {
  const base = {
    kind: 'Endpoints',
    name: object.metadata.name,
    namespace: namespaceOf(object),
    service: object.metadata.name,
    partial,
    source,
  } as const
  const groups = items(object.subsets).map((item) => {
    const { addresses, notReadyAddresses, ports } = fields(item)
    const endpoints = [...items(addresses).map((one) => address(one, true)), ...items(notReadyAddresses).map((one) => address(one, false))]
    return { ...base, endpoints, ports: items(ports).map(port) }
  })
  return groups.length > 0 ? groups : [{ ...base, endpoints: [], ports: [] }]
}

function address(value: unknown, ready: boolean): Endpoint {
  const { ip, nodeName, targetRef } = fields(value)
  const parsed = parseAddress(string(ip) ?? '')
  return {
    addresses: parsed === undefined ? [] : [parsed],
    ready,
    serving: ready,
    terminating: false,
    node: string(nodeName),
    zone: undefined,
    forZones: [],
    target: target(targetRef),
  }
}

function port(value: unknown): EndpointPort {
  const given = fields(value)
  return { name: string(given.name), port: integer(given.port), protocol: protocolOf(given.protocol) }
}

function target(value: unknown): Endpoint['target'] {
  const { kind, name, namespace } = fields(value)
  return typeof name === 'string' ? { kind: string(kind) ?? 'Pod', name, namespace: string(namespace) } : undefined
}
