import { type Family, familyOf, parseAddress } from '../../net/address.ts'
import { prefixOf, type RouteWords } from './route-words.ts'

export interface Settled {
  readonly words: RouteWords
  readonly family: Family
  /** nothing in the line itself tells */
  readonly assumed: boolean
}

/**
 * The family of every route. `default` alone tells none: its gateway, source and next hops do; `pref` and `proto ra` are IPv6 only, `scope`
 * other than global is IPv4 only; else the list around it does, in which `ip route show table all` prints all of IPv4 before all of IPv6.
 */
export function familiesOf(routes: readonly RouteWords[], hint: Family | undefined): Settled[] {
  const certain = routes.map(certainFamily)
  const nearestAfter: (Family | undefined)[] = []
  for (let i = routes.length - 1, next: Family | undefined; i >= 0; i--) {
    nearestAfter[i] = next
    next = certain[i] ?? next
  }
  const shownPref = routes.some((route, i) => certain[i] === 'ip6' && hasPref(route))
  const mixed = certain.includes('ip') && certain.includes('ip6')
  const lonely = !certain.includes('ip') && !certain.includes('ip6')
  const out: Settled[] = []
  for (const [i, words] of routes.entries()) {
    const own = certain[i]
    const family = own ?? hint ?? guess(words, out.at(-1), nearestAfter[i], shownPref)
    out.push({ words, family, assumed: own === undefined && hint === undefined && (mixed || (lonely && routes.length > 1)) })
  }
  return out
}

const hasPref = (route: RouteWords): boolean => route.extra.some((part) => part.startsWith('pref '))

function certainFamily(route: RouteWords): Family | undefined {
  if (route.destination !== 'default') return prefixOf(route.destination, 'ip') ? 'ip' : 'ip6'
  if (hasPref(route) || route.protocol === 'ra') return 'ip6'
  const src = familyOfText(route.src) ?? familyOfText(route.from?.split('/')[0])
  if (src !== undefined) return src
  // IPv4 routes may have an IPv6 gateway (`via inet6`); an IPv4 gateway is IPv4 only.
  const gateways = route.hops.map((hop) => familyOfText(hop.via))
  if (gateways.includes('ip') || route.hops.some((hop) => hop.viaOther)) return 'ip'
  if (gateways.includes('ip6')) return 'ip6'
  return route.scope !== undefined && route.scope !== 'global' ? 'ip' : undefined
}

function familyOfText(text: string | undefined): Family | undefined {
  const address = parseAddress(text ?? '')
  return address === undefined ? undefined : familyOf(address)
}

function guess(words: RouteWords, before: Settled | undefined, after: Family | undefined, shownPref: boolean): Family {
  if (before?.family === 'ip6') return 'ip6'
  if (after !== 'ip6') return 'ip'
  if (before === undefined) return shownPref ? 'ip' : 'ip6'
  if (shownPref) return 'ip'
  // fib_table_dump goes by key: the default route of a table comes before its others, and local is the last table.
  const table = words.table ?? 'main'
  const tableBefore = before.words.table ?? 'main'
  if (tableBefore === table && before.words.destination !== 'default') return 'ip6'
  return tableBefore === 'local' && table !== 'local' ? 'ip6' : 'ip'
}
