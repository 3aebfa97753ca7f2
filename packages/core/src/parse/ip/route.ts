import type { Route } from '../../facts/network.ts'
import type { Family } from '../../net/address.ts'
import { readJson } from '../json.ts'
import { looksLikeJson, objectsOf } from '../json-fields.ts'
import { type Notes, notesOn } from '../notes.ts'
import type { Parsed } from '../parsed.ts'
import { familiesOf } from './route-family.ts'
import { routeOfJson } from './route-json.ts'
import { looksLikeKernelTable, readKernelTable } from './route-n.ts'
import { type RouteWords, readRouteWords } from './route-text.ts'
import { finishRoute } from './route-words.ts'

export interface RouteOptions {
  /** what the command said: `ip -6 route` */
  readonly family?: Family | undefined
  /** what the command said: `ip route show table 52`, which does not repeat it in its output */
  readonly table?: string | undefined
}

export interface ParsedRoutes extends Parsed<Route> {
  /** `ip route show table all`: the routes of the local table are there. */
  readonly complete: boolean
}

/**
 * `ip route`, with or without `table all`, `-6`, `-d`, `-o`, `-j`, in colours or not; `route -n` and `netstat -rn` too.
 * IPv4 and IPv6 may follow each other in a file.
 */
export function readIpRoute(text: string, file: string, options: RouteOptions = {}): ParsedRoutes {
  const notes = notesOn(file)
  if (!looksLikeJson(text) && looksLikeKernelTable(text)) return { ...readKernelTable(text, file), complete: false }
  const json = looksLikeJson(text) ? readJson(text, file) : undefined
  const read = json ? objectsOf(json).map(({ value, line }) => routeOfJson(value, line)) : readRouteWords(text, notes)
  const hints = { family: options.family ?? familyOfName(file), table: options.table ?? tableOfName(file) }
  const facts = assemble(read, file, hints, notes)
  const complete = hints.table === 'all' || (hints.table !== 'local' && read.some((route) => route.table === 'local'))
  return { facts, complete, notes: [...(json?.notes ?? []), ...notes.list()] }
}

/** `ip-6-route.txt`, `ip6-route.json`, `ip-route-v6.txt` */
export const familyOfName = (file: string): Family | undefined => {
  const name = file.slice(file.lastIndexOf('/') + 1).replace(/table[-_ ]?\d+/, '')
  return /(?:^|[-_.])(?:ip)?-?v?6(?:[-_.]|$)/.test(name) ? 'ip6' : undefined
}

const tableOfName = (file: string): string | undefined =>
  /table[-_ ]?(\d+|local|main|default)\b/.exec(file.slice(file.lastIndexOf('/') + 1))?.[1]

/** What the kernel only keeps in the local table, when the output does not name tables at all: `ip route show table local`. */
const isLocalType = (words: RouteWords): boolean =>
  /^(?:local|broadcast|anycast)$/.test(words.type ?? '') || (words.type === 'multicast' && words.destination.includes(':'))

/** A unicast route without device and gateway is the beginning of a line that was cut off. */
const leadsNowhere = (route: Route): boolean =>
  route.type === 'unicast' && route.nextHops.length === 0 && !route.extra.some((part) => part.startsWith('nhid '))

function assemble(read: readonly RouteWords[], file: string, hints: RouteOptions, notes: Notes): Route[] {
  const shown = read.some((route) => route.table !== undefined)
  const table = hints.table === 'all' ? undefined : hints.table
  const facts: Route[] = []
  for (const { words, family, assumed } of familiesOf(read, hints.family)) {
    const source = { file, line: words.line }
    if (assumed) notes.add('assumed', `${family === 'ip' ? 'IPv4' : 'IPv6'}: the line does not tell`, words.line, words.text)
    const silent = table ?? (!shown && isLocalType(words) ? 'local' : 'main')
    const route = finishRoute(words, family, silent, source)
    if (route === undefined || leadsNowhere(route)) notes.add('not-understood', 'not a route', words.line, words.text)
    else facts.push(route)
    if (words.unknown.length > 0) notes.add('not-understood', `of a route: ${words.unknown.join(' ')}`, words.line, words.text)
  }
  return facts
}
