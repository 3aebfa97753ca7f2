import type { Link, Route } from '../facts/network.ts'
import type { Document } from '../intake/document.ts'
import { canonicalNftRule, canonicalRule, hopsText, isSet } from '../model/difference/canonical.ts'
import type { Namespace } from '../model/namespace.ts'
import { normaliseTable } from '../model/tables.ts'
import { formatAddress } from '../net/address.ts'
import { formatPrefix } from '../net/prefix.ts'
import type { IptablesRuleset } from '../netfilter/iptables/ast.ts'
import type { OwnerBook } from '../netfilter/owners/book.ts'
import { NO_NAMES } from '../netfilter/owners/names.ts'
import { createOwners } from '../netfilter/owners/ownership.ts'
import { sha256 } from '../netfilter/owners/sha256.ts'
import { iptablesTables, nftTables } from '../netfilter/owners/view.ts'
import { namespaceAt } from './guards.ts'

/** Programs that write their rules whenever a pod or a Service changes: what is in their chains is theirs, and no ground to refuse a plan. */
const RESTLESS: ReadonlySet<string> = new Set(['kube-proxy', 'calico', 'cilium', 'kube-router', 'antrea'])

/**
 * The state that a plan rests on, part by part, each as a digest: the same for the same state however it was captured (text or JSON). Counters,
 * learned neighbours, connections, veth ends and the chains of service proxies are no part of it. A part that the evidence lacks is not there.
 */
export function stateOf(documents: readonly Document[], host: string, netns: string, book: OwnerBook): Readonly<Record<string, string>> {
  const namespace = namespaceAt(documents, host, netns)
  if (!namespace) return {}
  const parts: [string, readonly string[]][] = [
    ...namespace.iptables.flatMap((ruleset) => iptablesParts(ruleset, namespace, book)),
    ...nftParts(namespace, book),
  ]
  if (namespace.evidence.has('ip-route')) parts.push(...routeParts(namespace))
  if (namespace.evidence.has('ip-rule')) parts.push(...ruleParts(namespace))
  if (namespace.evidence.has('ip-addr')) parts.push(['addresses', addressLines(namespace)])
  if (namespace.evidence.has('ip-link') || namespace.evidence.has('ip-addr')) parts.push(['links', linkLines(namespace)])
  for (const [name, value] of namespace.sysctls.all()) if (SYSCTLS.test(name)) parts.push([`sysctl ${name}`, [value.replace(/\s+/g, ' ')]])
  return Object.fromEntries(parts.map(([name, lines]) => [name, sha256hex(lines.join('\n'))]))
}

const SYSCTLS = /^net\.(?:ipv4\.ip_forward$|ipv[46]\.conf\.(?:all|default)\.(?:forwarding|rp_filter|route_localnet|proxy_arp)$|bridge\.)/

const sha256hex = (text: string): string =>
  [...sha256(text.replace(/[^\x20-\x7e\n]/g, (c) => `\\u${c.charCodeAt(0)}`))]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('')
    .slice(0, 32)

function iptablesParts(ruleset: IptablesRuleset, namespace: Namespace, book: OwnerBook): [string, readonly string[]][] {
  const owners = createOwners(book, NO_NAMES, namespace.name)
  const views = new Map(iptablesTables(ruleset).map((view) => [view.name, view]))
  return ruleset.tables.map((table) => {
    const lines = [...table.chains.values()].flatMap((chain) => {
      const view = views.get(table.name)
      const known = view?.chains.get(chain.name)
      if (view && known && known.hook === undefined && RESTLESS.has(owners.chain(view, known).owner.id)) return []
      const rules = chain.rules.map((rule) => canonicalRule(rule, ruleset.family))
      return [`:${chain.name} ${chain.policy ?? '-'}`, ...rules]
    })
    return [`iptables${ruleset.backend === 'legacy' ? '-legacy' : ''} ${ruleset.family} ${table.name}`, lines]
  })
}

function nftParts(namespace: Namespace, book: OwnerBook): [string, readonly string[]][] {
  const owners = createOwners(book, NO_NAMES, namespace.name)
  const saved = new Set(
    namespace.iptables
      .filter(({ backend }) => backend !== 'legacy')
      .flatMap(({ family, tables }) => tables.map(({ name }) => `${family} ${name}`)),
  )
  const tables = namespace.nft.flatMap((ruleset) =>
    nftTables(ruleset).filter((table) => !saved.has(`${table.family} ${table.name}`) && !RESTLESS.has(owners.table(table).owner.id)),
  )
  const native = tables.filter(({ family, name }) => !/^ip6? (?:filter|nat|mangle|raw|security)$/.test(`${family} ${name}`))
  return [
    ...(namespace.nft.length > 0
      ? [['nft tables', native.map(({ family, name }) => `${family} ${name}`).sort()] as [string, readonly string[]]]
      : []),
    ...tables.map((table): [string, readonly string[]] => [
      `nft ${table.family} ${table.name}`,
      [...table.chains.values()].flatMap((chain) => [
        `chain ${chain.name} ${chain.hook ?? ''} ${chain.priority ?? ''} ${chain.policy ?? ''}`,
        ...chain.rules.map(canonicalNftRule),
      ]),
    ]),
  ]
}

/** One for each table that has routes: an output may show one table or all. */
function routeParts(namespace: Namespace): [string, readonly string[]][] {
  const tables = new Map<string, string[]>()
  for (const route of [...namespace.fib.ip.routes, ...namespace.fib.ip6.routes]) {
    if (!isKept(route)) continue
    const name = `routes ${route.family} ${normaliseTable(route.table)}`
    tables.set(name, [...(tables.get(name) ?? []), routeLine(route)])
  }
  return [...tables].map(([name, lines]) => [name, lines.sort()])
}

const isKept = (route: Route): boolean =>
  isSet(route) && route.protocol !== 'kernel' && !route.extra.some((word) => word.startsWith('expires'))

const routeLine = (route: Route): string =>
  [
    route.type,
    formatPrefix(route.destination),
    route.metric,
    route.preferredSource === undefined ? '' : formatAddress(route.preferredSource),
    hopsText(route),
  ].join(' ')

function ruleParts({ fib }: Namespace): [string, readonly string[]][] {
  return (['ip', 'ip6'] as const).flatMap((family): [string, readonly string[]][] => {
    const lines = fib[family].rules.filter(({ source }) => source.line > 0).map(({ text }) => text.trim().replace(/\s+/g, ' '))
    return lines.length > 0 ? [[`routing rules ${family}`, lines.sort()]] : []
  })
}

const addressLines = ({ addresses }: Namespace): readonly string[] =>
  addresses.filter(({ scope }) => scope !== 'link').map((one) => `${one.device} ${formatAddress(one.address)}/${one.prefixLength}`)

const linkLines = ({ links }: Namespace): readonly string[] =>
  [...links.values()]
    .filter(({ type, name }) => type !== 'veth' && !name.startsWith('veth'))
    .map(({ name, flags, mtu, master }: Link) => [name, flags.includes('UP') ? 'up' : 'down', mtu ?? '', master ?? ''].join(' '))
    .sort()

/** Parts that are not as they were, by name. What one capture shows by iptables-save and the other by nft alone is not compared. */
export const changedParts = (planned: Readonly<Record<string, string>>, now: Readonly<Record<string, string>>): readonly string[] =>
  Object.keys(planned).filter(
    (name) => planned[name] !== now[name] && (now[name] !== undefined || now[name.replace(/^nft (ip6?) /, 'iptables $1 ')] === undefined),
  )
