import type { Source } from '../../facts/source.ts'
import { type Address, parseAddress } from '../../net/address.ts'
import { fields, integer, items, labelsOf, protocolOf, string } from './fields.ts'
import type { KubernetesObject } from './object.ts'
import type { SourcedObject } from './read.ts'

export interface ContainerPort {
  readonly name: string | undefined
  readonly port: number
  readonly protocol: string
  /** Published on the node by the portmap plugin (or docker): hostPort. */
  readonly hostPort: number | undefined
  readonly hostAddress: Address | undefined
}

export interface PodContainer {
  readonly name: string
  readonly ports: readonly ContainerPort[]
  /** As the runtime numbers it: `containerd://…` without the scheme. */
  readonly id: string | undefined
  readonly ready: boolean | undefined
}

export interface Pod {
  readonly name: string
  readonly namespace: string
  readonly uid: string | undefined
  readonly addresses: readonly Address[]
  readonly node: string | undefined
  readonly nodeAddress: Address | undefined
  readonly hostNetwork: boolean
  readonly phase: string | undefined
  /** Condition Ready; undefined where it is not shown. */
  readonly ready: boolean | undefined
  readonly terminating: boolean
  readonly labels: Readonly<Record<string, string>>
  readonly containers: readonly PodContainer[]
  readonly conditions: Readonly<Record<string, string>>
  readonly dnsPolicy: string | undefined
  readonly partial: boolean
  readonly source: Source
}

export const namespaceOf = (object: KubernetesObject): string => object.metadata.namespace ?? 'default'

export function podOf({ object, source, partial = false }: SourcedObject): Pod | undefined {
  if (object.kind !== 'Pod') return undefined
  const spec = fields(object.spec)
  const status = fields(object.status)
  const conditions = conditionsOf(status.conditions)
  const addresses = [status.podIP, ...items(status.podIPs).map((ip) => fields(ip).ip)].flatMap((ip) => parseAddress(string(ip) ?? '') ?? [])
  const statuses = new Map(items(status.containerStatuses).map((item) => [fields(item).name, fields(item)]))
  return {
    name: object.metadata.name,
    namespace: namespaceOf(object),
    uid: string(object.metadata.uid),
    addresses: [...new Set(addresses)],
    node: string(spec.nodeName),
    nodeAddress: parseAddress(string(status.hostIP) ?? ''),
    hostNetwork: spec.hostNetwork === true,
    phase: string(status.phase),
    ready: conditions.Ready === undefined ? undefined : conditions.Ready === 'True',
    terminating: object.metadata.deletionTimestamp !== undefined,
    labels: labelsOf(object.metadata.labels),
    containers: items(spec.containers).map((item) => container(fields(item), statuses.get(fields(item).name))),
    conditions,
    dnsPolicy: string(spec.dnsPolicy),
    partial,
    source,
  }
}

function container(spec: ReturnType<typeof fields>, status: ReturnType<typeof fields> | undefined): PodContainer {
  return {
    name: string(spec.name) ?? '',
    ports: items(spec.ports).flatMap((item) => {
      const port = fields(item)
      const number = integer(port.containerPort)
      if (number === undefined) return []
      return [
        {
          name: string(port.name),
          port: number,
          protocol: protocolOf(port.protocol),
          hostPort: integer(port.hostPort),
          hostAddress: parseAddress(string(port.hostIP) ?? ''),
        },
      ]
    }),
    id: string(status?.containerID)?.replace(/^\w+:\/\//, ''),
    ready: typeof status?.ready === 'boolean' ? status.ready : undefined,
  }
}

/** type → status: `Ready` → `True`. */
export function conditionsOf(value: unknown): Readonly<Record<string, string>> {
  return Object.fromEntries(
    items(value).flatMap((item) => {
      const { type, status } = fields(item)
      return typeof type === 'string' && typeof status === 'string' ? [[type, status]] : []
    }),
  )
}
