import type { Family } from '../../net/address.ts'
import { formatAddress } from '../../net/address.ts'
import type { Namespace } from '../namespace.ts'
import { normaliseTable } from '../tables.ts'
import { hopsText, isSet, routeKey } from './canonical.ts'
import type { Item } from './items.ts'

/** Routes by family and table, as `ip main`. Those of the kernel's own table local are no part of it. */
export function routeItems({ fib }: Namespace): ReadonlyMap<string, readonly Item[]> {
  const tables = new Map<string, Item[]>()
  for (const family of ['ip', 'ip6'] as const)
    for (const route of fib[family].routes) {
      if (!isSet(route)) continue
      const table = normaliseTable(route.table)
      const { preferredSource, mtu, protocol, scope, type } = route
      const item: Item = {
        kind: 'route',
        key: `${family} ${table} ${routeKey(route)}`,
        object: `route table ${table}`,
        side: { text: route.text.trim().replace(/\s+/g, ' '), source: route.source },
        fields: {
          type,
          'next hop': hopsText(route),
          src: preferredSource === undefined ? '' : formatAddress(preferredSource),
          mtu: mtu === undefined ? '' : `${mtu}`,
          protocol,
          scope,
        },
      }
      const known = tables.get(`${family} ${table}`)
      if (known) known.push(item)
      else tables.set(`${family} ${table}`, [item])
    }
  return tables
}

/** Routing rules by family; a family of which none was captured is not there. */
export function routingRuleItems({ fib, evidence }: Namespace): ReadonlyMap<Family, readonly Item[]> {
  const families = new Map<Family, readonly Item[]>()
  if (!evidence.has('ip-rule')) return families
  for (const family of ['ip', 'ip6'] as const) {
    const rules = fib[family].rules.filter(({ source }) => source.line > 0)
    if (rules.length > 0)
      families.set(
        family,
        rules.map((rule): Item => {
          const text = rule.text.trim().replace(/\s+/g, ' ')
          return {
            kind: 'routing-rule',
            key: `${family} ${text}`,
            object: family === 'ip' ? 'routing rules' : 'IPv6 routing rules',
            side: { text, source: rule.source },
            fields: {},
          }
        }),
      )
  }
  return families
}
