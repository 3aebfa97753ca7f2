import type { Source } from '../../facts/source.ts'
import { type Address, parseAddress } from '../../net/address.ts'
import { type Prefix, parsePrefix } from '../../net/prefix.ts'
import { type Fields, fields, integer, items, labelsOf, string, strings } from './fields.ts'
import { namespaceOf } from './pod.ts'
import type { SourcedObject } from './read.ts'

/** A port in a Calico rule: a number, `80:90`, or the name of a container's port. */
export type CalicoPort = { readonly first: number; readonly last: number } | { readonly name: string }

/** One end of a rule (EntityRule). Empty strings and lists ask for nothing. */
export interface CalicoEntity {
  readonly nets: readonly Prefix[]
  readonly notNets: readonly Prefix[]
  readonly selector: string
  readonly notSelector: string
  readonly namespaceSelector: string
  readonly ports: readonly CalicoPort[]
  readonly notPorts: readonly CalicoPort[]
  /** Conditions on what the evaluation does not know: serviceAccounts, services, domains. */
  readonly others: readonly string[]
}

export interface CalicoRule {
  readonly action: string
  /** Name or number; `!` in front of notProtocol's. */
  readonly protocol: string | undefined
  readonly notProtocol: string | undefined
  readonly ipVersion: number | undefined
  readonly icmp: { readonly type: number | undefined; readonly code: number | undefined } | undefined
  readonly source: CalicoEntity
  readonly destination: CalicoEntity
  readonly others: readonly string[]
}

/** projectcalico.org NetworkPolicy and GlobalNetworkPolicy. */
export interface CalicoPolicy {
  readonly name: string
  /** undefined: global */
  readonly namespace: string | undefined
  readonly tier: string
  /** undefined: behind all that have one */
  readonly order: number | undefined
  readonly selector: string
  readonly namespaceSelector: string
  readonly serviceAccountSelector: string
  readonly ingress: readonly CalicoRule[] | undefined
  readonly egress: readonly CalicoRule[] | undefined
  /** For host endpoints alone: preDNAT, doNotTrack. */
  readonly hostsOnly: boolean
  readonly source: Source
}

const isCalico = (sourced: SourcedObject, ...kinds: readonly string[]): boolean =>
  kinds.includes(sourced.object.kind) && /(?:^|\.)projectcalico\.org\//.test(sourced.object.apiVersion ?? '')

export function calicoPolicyOf(sourced: SourcedObject): CalicoPolicy | undefined {
  if (!isCalico(sourced, 'NetworkPolicy', 'GlobalNetworkPolicy', 'StagedNetworkPolicy')) return undefined
  const { object, source } = sourced
  if (object.kind === 'StagedNetworkPolicy') return undefined
  const spec = fields(object.spec)
  const types = strings(spec.types)
  const rules = (value: unknown) => items(value).map((rule) => ruleOf(fields(rule)))
  // Without types: Ingress, unless there are egress rules alone; Egress when there are egress rules.
  const ingress = types.length > 0 ? types.includes('Ingress') : items(spec.ingress).length > 0 || items(spec.egress).length === 0
  const egress = types.length > 0 ? types.includes('Egress') : items(spec.egress).length > 0
  return {
    name: object.metadata.name,
    namespace: object.kind === 'NetworkPolicy' ? namespaceOf(object) : undefined,
    tier: string(spec.tier) ?? 'default',
    order: typeof spec.order === 'number' ? spec.order : undefined,
    selector: string(spec.selector) ?? '',
    namespaceSelector: string(spec.namespaceSelector) ?? '',
    serviceAccountSelector: string(spec.serviceAccountSelector) ?? '',
    ingress: ingress ? rules(spec.ingress) : undefined,
    egress: egress ? rules(spec.egress) : undefined,
    hostsOnly: spec.preDNAT === true || spec.doNotTrack === true,
    source,
  }
}

function ruleOf(rule: Fields): CalicoRule {
  const icmp = rule.icmp === undefined ? undefined : fields(rule.icmp)
  return {
    action: string(rule.action) ?? 'Allow',
    protocol: protocol(rule.protocol),
    notProtocol: protocol(rule.notProtocol),
    ipVersion: integer(rule.ipVersion),
    icmp: icmp && { type: integer(icmp.type), code: integer(icmp.code) },
    source: entityOf(fields(rule.source)),
    destination: entityOf(fields(rule.destination)),
    others: ['notICMP', 'http'].filter((key) => rule[key] !== undefined),
  }
}

const protocol = (value: unknown): string | undefined => (typeof value === 'number' ? `${value}` : string(value)?.toLowerCase())

function entityOf(entity: Fields): CalicoEntity {
  const nets = (value: unknown, one: unknown) => [...strings(value), string(one) ?? ''].flatMap((net) => parsePrefix(net) ?? [])
  return {
    nets: nets(entity.nets, entity.net),
    notNets: nets(entity.notNets, entity.notNet),
    selector: string(entity.selector) ?? '',
    notSelector: string(entity.notSelector) ?? '',
    namespaceSelector: string(entity.namespaceSelector) ?? '',
    ports: items(entity.ports).flatMap(portOf),
    notPorts: items(entity.notPorts).flatMap(portOf),
    others: ['serviceAccounts', 'services', 'domains'].filter((key) => entity[key] !== undefined),
  }
}

function portOf(value: unknown): readonly CalicoPort[] {
  if (typeof value === 'number') return [{ first: value, last: value }]
  if (typeof value !== 'string') return []
  const range = /^(\d+)(?::(\d+))?$/.exec(value)
  return range ? [{ first: Number(range[1]), last: Number(range[2] ?? range[1]) }] : [{ name: value }]
}

/** Tier: policies of a tier are asked together, and what none of them decides is its default action. */
export function calicoTierOf(
  sourced: SourcedObject,
): { readonly name: string; readonly order: number | undefined; readonly passes: boolean } | undefined {
  if (!isCalico(sourced, 'Tier')) return undefined
  const spec = fields(sourced.object.spec)
  return {
    name: sourced.object.metadata.name,
    order: typeof spec.order === 'number' ? spec.order : undefined,
    passes: spec.defaultAction === 'Pass',
  }
}

/** NetworkSet, GlobalNetworkSet: addresses with labels, for selectors in rules. */
export interface CalicoNetworkSet {
  readonly name: string
  readonly namespace: string | undefined
  readonly labels: Readonly<Record<string, string>>
  readonly nets: readonly Prefix[]
}

export function calicoNetworkSetOf(sourced: SourcedObject): CalicoNetworkSet | undefined {
  if (!isCalico(sourced, 'NetworkSet', 'GlobalNetworkSet')) return undefined
  const { object } = sourced
  return {
    name: object.metadata.name,
    namespace: object.kind === 'NetworkSet' ? namespaceOf(object) : undefined,
    labels: labelsOf(object.metadata.labels),
    nets: strings(fields(object.spec).nets).flatMap((net) => parsePrefix(net) ?? []),
  }
}

/** HostEndpoint: an interface of a node, or the node, under policy. */
export interface CalicoHostEndpoint {
  readonly name: string
  readonly node: string | undefined
  readonly interfaceName: string | undefined
  readonly addresses: readonly Address[]
  readonly labels: Readonly<Record<string, string>>
  readonly source: Source
}

export function calicoHostEndpointOf(sourced: SourcedObject): CalicoHostEndpoint | undefined {
  if (!isCalico(sourced, 'HostEndpoint')) return undefined
  const { object, source } = sourced
  const spec = fields(object.spec)
  return {
    name: object.metadata.name,
    node: string(spec.node),
    interfaceName: string(spec.interfaceName),
    addresses: strings(spec.expectedIPs).flatMap((address) => parseAddress(address) ?? []),
    labels: labelsOf(object.metadata.labels),
    source,
  }
}

/** IPPool: where pods get their addresses, and how packets between nodes travel. */
export interface CalicoPool {
  readonly name: string
  readonly prefix: Prefix
  /** Always, CrossSubnet, Never */
  readonly ipip: string
  readonly vxlan: string
  readonly natOutgoing: boolean
  readonly disabled: boolean
  readonly source: Source
}

export function calicoPoolOf(sourced: SourcedObject): CalicoPool | undefined {
  if (!isCalico(sourced, 'IPPool')) return undefined
  const { object, source } = sourced
  const spec = fields(object.spec)
  const prefix = parsePrefix(string(spec.cidr) ?? '')
  return (
    prefix && {
      name: object.metadata.name,
      prefix,
      ipip: string(spec.ipipMode) ?? 'Never',
      vxlan: string(spec.vxlanMode) ?? 'Never',
      natOutgoing: spec.natOutgoing === true,
      disabled: spec.disabled === true,
      source,
    }
  )
}
