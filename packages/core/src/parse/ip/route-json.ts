import type { Json, JsonObject } from '../json.ts'
import { isObject, list, number, object, strings, text } from '../json-fields.ts'
import { numberOf } from './fields.ts'
import { type HopWords, isRouteType, type RouteWords, routeText } from './route-words.ts'

/** Members that have a place in RouteWords, or say nothing about where packets go. */
const KNOWN: ReadonlySet<string> = new Set(
  'type dst from tos gateway via dev table protocol scope prefsrc metric flags nexthops metrics nhid pref nh_info expires flow error uid age used users cache'.split(
    ' ',
  ),
)
const ENCAP: ReadonlySet<string> = new Set('encap encap_type mode segs id src hoplimit dst_encap ttl action nh4 nh6 srh'.split(' '))

/** An object of `ip -j route`. */
export function routeOfJson(from: JsonObject, line: number): RouteWords {
  const type = text(from, 'type')
  const metrics = list(from, 'metrics').filter(isObject)
  const route = {
    line,
    type: isRouteType(type) ? type : undefined,
    destination: text(from, 'dst') ?? '',
    from: text(from, 'from'),
    table: text(from, 'table'),
    hops: hopsOf(from),
    protocol: text(from, 'protocol'),
    scope: text(from, 'scope'),
    src: text(from, 'prefsrc'),
    metric: number(from, 'metric'),
    tos: text(from, 'tos'),
    mtu: metrics.map((metric) => number(metric, 'mtu')).find((mtu) => mtu !== undefined),
    extra: extrasOf(from, metrics),
    unknown: type !== undefined && !isRouteType(type) ? [`type ${type}`] : unknownOf(from),
  }
  return { ...route, text: routeText(route) }
}

function hopsOf(from: JsonObject): HopWords[] {
  const several = list(from, 'nexthops').filter(isObject)
  if (several.length > 0) return several.map((hop) => hopOf(hop))
  const hop = hopOf(from)
  return hop.device === undefined && hop.via === undefined ? [] : [{ ...hop, weight: undefined }]
}

function hopOf(from: JsonObject): HopWords {
  const other = object(from, 'via')
  return {
    device: text(from, 'dev'),
    via: text(from, 'gateway') ?? (other && text(other, 'host')),
    viaOther: other !== undefined,
    weight: number(from, 'weight'),
    flags: strings(from, 'flags'),
  }
}

/** What is kept as it stands, in the words of the text form. */
function extrasOf(from: JsonObject, metrics: readonly JsonObject[]): string[] {
  const out: string[] = []
  const nhid = number(from, 'nhid')
  if (nhid !== undefined) out.push(`nhid ${nhid}`)
  const flow = object(from, 'flow')
  if (flow) out.push(`realm ${[text(flow, 'from'), text(flow, 'to')].filter((part) => part !== undefined).join('/')}`)
  const expires = number(from, 'expires')
  if (expires !== undefined) out.push(`expires ${expires}sec`)
  const error = numberOf(text(from, 'error')) ?? text(from, 'error')
  if (error !== undefined) out.push(`error ${error}`)
  for (const metric of metrics) for (const [key, value] of Object.entries(metric)) if (key !== 'mtu') out.push(metricText(key, value))
  if (from.encap !== undefined) out.push(`encap ${JSON.stringify(from.encap)}`)
  const pref = text(from, 'pref')
  if (pref !== undefined) out.push(`pref ${pref}`)
  return out
}

function metricText(key: string, value: Json): string {
  if (key === 'ecn' || key === 'tcp_usec_ts') return `features ${key}`
  if (key === 'congestion') return `congctl ${String(value)}`
  return `${key} ${String(value)}${/^(?:rtt|rttvar|rto_min)$/.test(key) ? 'ms' : ''}`
}

function unknownOf(from: JsonObject): string[] {
  const encap = Object.hasOwn(from, 'encap')
  return Object.keys(from).filter((key) => !KNOWN.has(key) && !(encap && ENCAP.has(key)))
}
