import type { Source } from '../../facts/source.ts'
import { type Address, parseAddress } from '../../net/address.ts'
import { type Prefix, parsePrefix } from '../../net/prefix.ts'
import { fields, items, labelsOf, string, strings } from './fields.ts'
import { conditionsOf } from './pod.ts'
import type { SourcedObject } from './read.ts'

export interface Node {
  readonly name: string
  readonly internalAddresses: readonly Address[]
  readonly externalAddresses: readonly Address[]
  readonly hostname: string | undefined
  readonly podCidrs: readonly Prefix[]
  readonly ready: boolean | undefined
  readonly unschedulable: boolean
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  readonly conditions: Readonly<Record<string, string>>
  readonly kubeletVersion: string | undefined
  readonly kubeProxyVersion: string | undefined
  readonly containerRuntime: string | undefined
  readonly osImage: string | undefined
  readonly kernelVersion: string | undefined
  readonly partial: boolean
  readonly source: Source
}

export function nodeOf({ object, source, partial = false }: SourcedObject): Node | undefined {
  if (object.kind !== 'Node') return undefined
  const spec = fields(object.spec)
  const status = fields(object.status)
  const info = fields(status.nodeInfo)
  const addresses = items(status.addresses).map(fields)
  const ofType = (type: string) =>
    addresses.filter((address) => address.type === type).flatMap((address) => parseAddress(string(address.address) ?? '') ?? [])
  const conditions = conditionsOf(status.conditions)
  const cidrs = strings(spec.podCIDRs)
  return {
    name: object.metadata.name,
    internalAddresses: ofType('InternalIP'),
    externalAddresses: ofType('ExternalIP'),
    hostname: string(addresses.find((address) => address.type === 'Hostname')?.address),
    podCidrs: (cidrs.length > 0 ? cidrs : [string(spec.podCIDR) ?? '']).flatMap((cidr) => parsePrefix(cidr) ?? []),
    ready: conditions.Ready === undefined ? undefined : conditions.Ready === 'True',
    unschedulable: spec.unschedulable === true,
    labels: labelsOf(object.metadata.labels),
    annotations: labelsOf(object.metadata.annotations),
    conditions,
    kubeletVersion: string(info.kubeletVersion),
    kubeProxyVersion: string(info.kubeProxyVersion),
    containerRuntime: string(info.containerRuntimeVersion),
    osImage: string(info.osImage),
    kernelVersion: string(info.kernelVersion),
    partial,
    source,
  }
}
