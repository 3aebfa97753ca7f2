import { append, isCommand, type Line, readLines, words } from '../lines.ts'
import type { Notes } from '../notes.ts'
import { numberOf } from './fields.ts'
import { type HopWords, isRouteType, prefixOf, type RouteWords } from './route-words.ts'

export type { RouteWords } from './route-words.ts'

/** What stands alone in print_rta_flags; the first two decide where a packet goes. */
const FLAGS: ReadonlySet<string> = new Set(
  'onlink linkdown dead pervasive offload trap unresolved rt_notify rt_offload rt_trap rt_offload_failed offload_failed notify'.split(' '),
)

/** Keys with one value that are kept as they stand. `lock` behind one of them says that the kernel does not change it. */
const EXTRA: ReadonlySet<string> = new Set(
  `nhid pref expires error advmss hoplimit window rtt rttvar rto_min ssthresh cwnd initcwnd initrwnd reordering features quickack congctl
   fastopen_no_cookie realm realms uid age users used ttl-propagate as flowlabel protocol`.split(/\s+/),
)

/** Lines of `ip route`, wrapped ones and nexthop blocks joined. */
export function readRouteWords(text: string, notes: Notes): RouteWords[] {
  const out: RouteWords[] = []
  for (const { line, list } of routeLines(readLines(text), notes)) out.push(routeOfWords(list, line))
  return out
}

interface RouteLine {
  readonly line: Line
  readonly list: string[]
}

const CONTINUES =
  /^(?:nexthop|via|dev|proto|scope|src|metric|table|pref|mtu|onlink|linkdown|dead|weight|expires|error|advmss|hoplimit|nhid)$/

/** A line begins a route when it begins with a type or a destination; `nexthop` lines and wrapped rests belong to the one above. */
function routeLines(lines: readonly Line[], notes: Notes): RouteLine[] {
  const out: RouteLine[] = []
  for (const line of lines) {
    if (isCommand(line.text)) continue
    const list = words(line.text)
    const first = list[0] ?? ''
    const last = out.at(-1)
    if (/^(?:cache|nh_info)$/.test(first)) continue
    if (begins(list)) out.push({ line, list: list[0] === 'Deleted' ? list.slice(1) : list })
    else if (last && CONTINUES.test(first)) append(last.list, list)
    else if (last && awaits(last.list) && (list[1] === undefined || CONTINUES.test(list[1]))) append(last.list, list)
    else notes.add('not-understood', 'not a line of ip route', line.number, line.text)
  }
  return out
}

function begins(list: readonly string[]): boolean {
  const first = list[0] === 'Deleted' ? list[1] : list[0]
  const destination = isRouteType(first) ? list[list.indexOf(first) + 1] : first
  if (destination === undefined) return false
  return destination === 'default' || prefixOf(destination, 'ip') !== undefined || prefixOf(destination, 'ip6') !== undefined
}

/** The line above was cut behind a key: its value stands on the next. */
const awaits = (list: readonly string[]): boolean =>
  /^(?:via|dev|proto|scope|src|metric|table|pref|mtu|weight|inet6|from|tos|nhid)$/.test(list.at(-1) ?? '')

interface Draft {
  type: string | undefined
  destination: string
  values: Map<string, string>
  hops: { device?: string; via?: string; viaOther?: boolean; weight?: number; flags: string[] }[]
  extra: string[]
  unknown: string[]
}

function routeOfWords(list: readonly string[], line: Line): RouteWords {
  const type = isRouteType(list[0]) ? list[0] : undefined
  const start = type === undefined ? 0 : 1
  const draft: Draft = { type, destination: list[start] ?? '', values: new Map(), hops: [], extra: [], unknown: [] }
  for (let i = start + 1; i < list.length; ) i = take(list, i, draft)
  const { values } = draft
  return {
    line: line.number,
    text: list.join(' '),
    type,
    destination: draft.destination,
    from: values.get('from'),
    table: values.get('table'),
    hops: draft.hops.filter((hop) => hop.device !== undefined || hop.via !== undefined) as readonly HopWords[],
    protocol: values.get('proto'),
    scope: values.get('scope'),
    src: values.get('src'),
    metric: numberOf(values.get('metric')),
    tos: values.get('tos'),
    mtu: numberOf(values.get('mtu')),
    extra: draft.extra,
    unknown: draft.unknown,
  }
}

/** Reads the word at `i` with its value, and gives back where the next one stands. */
function take(list: readonly string[], i: number, draft: Draft): number {
  const word = list[i] as string
  const hop = () => draft.hops.at(-1) ?? (draft.hops[draft.hops.push({ flags: [] }) - 1] as Draft['hops'][number])
  switch (word) {
    case 'nexthop':
      // Flags before the first nexthop belong to the route as a whole.
      if (draft.hops.length === 1 && draft.hops[0]?.device === undefined && draft.hops[0]?.via === undefined) draft.hops.length = 0
      draft.hops.push({ flags: [] })
      return i + 1
    case 'via': {
      const at = /^inet6?$/.test(list[i + 1] ?? '') ? i + 2 : i + 1
      if (list[at] !== undefined) hop().via = list[at]
      if (at === i + 2) hop().viaOther = true
      return at + 1
    }
    case 'dev':
      if (list[i + 1] !== undefined) hop().device = list[i + 1] as string
      return i + 2
    case 'weight':
      hop().weight = numberOf(list[i + 1]) ?? 1
      return i + 2
    case 'encap':
      return takeEncap(list, i, draft)
    case 'mtu': {
      const at = list[i + 1] === 'lock' ? i + 2 : i + 1
      draft.values.set('mtu', list[at] ?? '')
      if (at === i + 2) draft.extra.push('mtu lock')
      return at + 1
    }
    default:
      return takeOther(list, i, draft, hop)
  }
}

const KEYS: Readonly<Record<string, string>> = {
  from: 'from',
  table: 'table',
  proto: 'proto',
  scope: 'scope',
  src: 'src',
  metric: 'metric',
  tos: 'tos',
  dsfield: 'tos',
  priority: 'metric',
  preference: 'metric',
}

function takeOther(list: readonly string[], i: number, draft: Draft, hop: () => Draft['hops'][number]): number {
  const word = list[i] as string
  const key = Object.hasOwn(KEYS, word) ? KEYS[word] : undefined
  if (key !== undefined) {
    draft.values.set(key, list[i + 1] ?? '')
    return i + 2
  }
  if (FLAGS.has(word)) {
    hop().flags.push(word)
    return i + 1
  }
  if (EXTRA.has(word)) {
    const end = list[i + 1] === 'lock' ? i + 3 : i + 2
    draft.extra.push(list.slice(i, end).join(' '))
    return end
  }
  if (word === 'cache' || /^<.*>$/.test(word)) return i + 1
  draft.extra.push(word)
  draft.unknown.push(word)
  return i + 1
}

/** `encap ip id 77 src … dst …`, `encap seg6 mode encap segs 2 [ … ]`: it has words of its own that mean other things in a route. */
function takeEncap(list: readonly string[], i: number, draft: Draft): number {
  let end = i + 1
  while (end < list.length && !/^(?:via|dev|table|proto|scope|metric|nexthop)$/.test(list[end] as string)) end++
  draft.extra.push(list.slice(i, end).join(' '))
  return end
}
