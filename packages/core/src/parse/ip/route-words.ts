import type { NextHop, Route, RouteType } from '../../facts/network.ts'
import type { Source } from '../../facts/source.ts'
import { type Family, familyOf, parseAddress } from '../../net/address.ts'
import { type Prefix, parsePrefix } from '../../net/prefix.ts'
import { dsfieldNumber, tableName } from './names.ts'

export interface HopWords {
  readonly device?: string | undefined
  readonly via?: string | undefined
  /** `via inet6 …`: a gateway of the other family (RTA_VIA), which IPv4 routes alone have */
  readonly viaOther?: boolean | undefined
  readonly weight?: number | undefined
  readonly flags: readonly string[]
}

/** A route as it was shown, before its family and what the output leaves out are settled. */
export interface RouteWords {
  readonly line: number
  readonly text: string
  readonly type: string | undefined
  /** `default` or a prefix */
  readonly destination: string
  readonly from: string | undefined
  readonly table: string | undefined
  readonly hops: readonly HopWords[]
  readonly protocol: string | undefined
  readonly scope: string | undefined
  readonly src: string | undefined
  readonly metric: number | undefined
  readonly tos: string | undefined
  readonly mtu: number | undefined
  readonly extra: readonly string[]
  readonly unknown: readonly string[]
}

const TYPES: ReadonlySet<string> = new Set('unicast local broadcast anycast multicast blackhole unreachable prohibit throw nat'.split(' '))

export const isRouteType = (text: string | undefined): text is RouteType => text !== undefined && TYPES.has(text)

/** The fact; undefined when its destination is not one of that family. */
export function finishRoute(words: RouteWords, family: Family, table: string, source: Source): Route | undefined {
  const destination = prefixOf(words.destination, family)
  if (destination === undefined) return undefined
  return {
    family,
    type: isRouteType(words.type) ? words.type : 'unicast',
    destination,
    ...(words.from !== undefined && { from: prefixOf(words.from, family) }),
    table: tableName(words.table ?? table),
    nextHops: words.hops.map(hopOf),
    protocol: words.protocol,
    scope: words.scope,
    preferredSource: parseAddress(words.src ?? ''),
    metric: words.metric ?? (family === 'ip6' ? 1024 : 0),
    tos: dsfieldNumber(words.tos) ?? 0,
    mtu: words.mtu,
    extra: words.extra,
    text: words.text,
    source,
  }
}

function hopOf(hop: HopWords): NextHop {
  return {
    device: hop.device,
    via: parseAddress(hop.via ?? ''),
    weight: hop.weight ?? 1,
    onlink: hop.flags.includes('onlink'),
    flags: hop.flags.filter((flag) => flag !== 'onlink'),
  }
}

/** A shortened IPv4 prefix (`10/8`, `127`) is what old versions print. */
export function prefixOf(text: string, family: Family): Prefix | undefined {
  if (text === 'default' || text === 'all' || text === 'any') return { address: family === 'ip' ? 0 : 0n, length: 0 }
  const prefix = parsePrefix(text) ?? shortPrefix(text)
  return prefix !== undefined && familyOf(prefix.address) === family ? prefix : undefined
}

function shortPrefix(text: string): Prefix | undefined {
  const found = /^(\d{1,3}(?:\.\d{1,3}){0,2})\/(\d{1,2})$/.exec(text)
  if (!found) return undefined
  const octets = (found[1] as string).split('.')
  return parsePrefix(`${[...octets, '0', '0', '0'].slice(0, 4).join('.')}/${found[2]}`)
}

/** The line as `ip route show table all` prints it; for routes that were read from JSON. */
export function routeText(route: Omit<RouteWords, 'text'>): string {
  const hop = (h: HopWords) => [...viaText(h), ...(h.device === undefined ? [] : ['dev', h.device])]
  const single = route.hops.length === 1 ? route.hops[0] : undefined
  const out = [
    ...(route.type === undefined || route.type === 'unicast' ? [] : [route.type]),
    route.destination,
    ...(route.from === undefined ? [] : ['from', route.from]),
    ...(route.tos === undefined ? [] : ['tos', route.tos]),
    ...(single ? hop(single) : []),
    ...(route.table === undefined || route.table === 'main' ? [] : ['table', route.table]),
    ...(route.protocol === undefined ? [] : ['proto', route.protocol]),
    ...(route.scope === undefined ? [] : ['scope', route.scope]),
    ...(route.src === undefined ? [] : ['src', route.src]),
    ...(route.metric === undefined ? [] : ['metric', String(route.metric)]),
    ...(single?.flags ?? []),
    ...(route.mtu === undefined ? [] : ['mtu', String(route.mtu)]),
    ...route.extra,
  ]
  for (const h of single ? [] : route.hops) out.push('nexthop', ...hop(h), 'weight', String(h.weight ?? 1), ...h.flags)
  return out.join(' ')
}

const viaText = (hop: HopWords): string[] => (hop.via === undefined ? [] : hop.viaOther ? ['via', 'inet6', hop.via] : ['via', hop.via])
