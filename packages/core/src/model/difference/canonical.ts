import type { Route } from '../../facts/network.ts'
import { formatAddress } from '../../net/address.ts'
import { formatPrefix } from '../../net/prefix.ts'
import type { Rule } from '../../netfilter/iptables/ast.ts'
import { printRule } from '../../netfilter/iptables/print.ts'
import type { NftRule } from '../../netfilter/nft/ast.ts'
import { normaliseTable } from '../tables.ts'

/** A rule as its own program prints it: the same however it was spelled. One that is not wholly understood is what it reads. */
export const canonicalRule = (rule: Rule, family: 'ip' | 'ip6'): string => (rule.opaque.length > 0 ? rule.text : printRule(rule, family))

/** An nft rule without what counts by itself: packets, bytes, a quota's use, the time of the last packet. */
export const canonicalNftRule = ({ text }: Pick<NftRule, 'text'>): string => withoutCounts(text)

export const withoutCounts = (text: string): string =>
  text
    .replace(/\bcounter packets \d+ bytes \d+/g, 'counter')
    .replace(/ used \d+ \w+/g, '')
    .replace(/\blast used (?:never|\S+)/g, 'last')

/** A route that somebody set: not the kernel's own of an address (table local), multicast, nor one that the model added. */
export const isSet = (route: Route): boolean =>
  route.source.line > 0 && normaliseTable(route.table) !== 'local' && route.type !== 'multicast' && route.type !== 'broadcast'

/** Where a route leads, in one line: `192.0.2.1%eth0*1`. */
export const hopsText = ({ nextHops }: Route): string =>
  nextHops
    .map(({ device, via, weight }) => `${via === undefined ? '' : formatAddress(via)}%${device ?? ''}*${weight}`)
    .sort()
    .join(' ')

/** What a route is for: two of the same are the same route, wherever they lead. */
export const routeKey = ({ destination, from, metric, tos }: Route): string =>
  [formatPrefix(destination), from ? formatPrefix(from) : '', metric, tos].join(' ')
