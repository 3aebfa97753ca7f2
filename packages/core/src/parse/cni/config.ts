import type { Source } from '../../facts/source.ts'
import { type Prefix, parsePrefix } from '../../net/prefix.ts'
import { type Json, type JsonObject, readJson } from '../json.ts'
import { isObject, list, number, object, objectsOf, strings, text } from '../json-fields.ts'
import type { Parsed } from '../parsed.ts'

/** One plugin of a chain: bridge, portmap, flannel, calico, firewall, bandwidth … `options` is its part of the file as it stands. */
export interface CniPlugin {
  readonly type: string
  readonly bridge: string | undefined
  readonly isGateway: boolean
  readonly ipMasq: boolean
  readonly hairpinMode: boolean
  readonly mtu: number | undefined
  readonly subnets: readonly Prefix[]
  readonly capabilities: readonly string[]
  readonly options: JsonObject
}

/** A .conf or .conflist of /etc/cni/net.d. */
export interface CniConfig {
  readonly name: string
  readonly cniVersion: string | undefined
  readonly plugins: readonly CniPlugin[]
  readonly source: Source
}

export function readCniConfig(content: string, file: string): Parsed<CniConfig> {
  const json = readJson(content, file)
  const facts = objectsOf(json).map(({ value, line }) => ({
    name: text(value, 'name') ?? '',
    cniVersion: text(value, 'cniVersion'),
    plugins: (Array.isArray(value.plugins) ? (value.plugins as readonly Json[]) : [value]).filter(isObject).map(plugin),
    source: { file, line },
  }))
  return { facts, notes: json.notes }
}

function plugin(value: JsonObject): CniPlugin {
  // flannel hands its `delegate` on to the bridge plugin
  const own: JsonObject = { ...value, ...(object(value, 'delegate') ?? {}), type: value.type ?? '' }
  const type = text(own, 'type') ?? ''
  return {
    type,
    bridge: text(own, 'bridge') ?? (type === 'bridge' || type === 'flannel' ? 'cni0' : undefined),
    isGateway: own.isGateway === true || own.isDefaultGateway === true || type === 'flannel',
    ipMasq: own.ipMasq === true,
    hairpinMode: own.hairpinMode === true,
    mtu: number(own, 'mtu'),
    subnets: subnets(object(own, 'ipam')),
    capabilities: Object.entries(object(own, 'capabilities') ?? {}).flatMap(([name, on]) => (on === true ? [name] : [])),
    options: value,
  }
}

function subnets(ipam: JsonObject | undefined): readonly Prefix[] {
  if (!ipam) return []
  const ranges = list(ipam, 'ranges').flatMap((range) => (Array.isArray(range) ? (range as readonly Json[]) : [range]))
  const given = [
    text(ipam, 'subnet'),
    ...ranges.filter(isObject).map((range) => text(range, 'subnet')),
    ...strings(ipam, 'ipv4_pools'),
    ...strings(ipam, 'ipv6_pools'),
  ]
  return given.flatMap((subnet) => parsePrefix(subnet ?? '') ?? [])
}
