import type { Link, Route } from '../facts/network.ts'
import type { Document } from '../intake/document.ts'
import type { Namespace } from '../model/namespace.ts'
import { normaliseTable } from '../model/tables.ts'
import { formatAddress } from '../net/address.ts'
import { formatPrefix } from '../net/prefix.ts'
import type { IptablesRuleset } from '../netfilter/iptables/ast.ts'
import { printRule } from '../netfilter/iptables/print.ts'
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
  if (namespace.evidence.has('ip-route'))
    parts.push(['routes', [...namespace.fib.ip.routes, ...namespace.fib.ip6.routes].filter(isKept).map(routeLine).sort()])
  if (namespace.evidence.has('ip-rule'))
    parts.push([
      'routing rules',
      [...namespace.fib.ip.rules, ...namespace.fib.ip6.rules]
        .filter(({ source }) => source.line > 0)
        .map(({ family, text }) => `${family} ${text.trim().replace(/\s+/g, ' ')}`)
        .sort(),
    ])
  if (namespace.evidence.has('ip-addr'))
    parts.push([
      'addresses',
      namespace.addresses
        .filter(({ scope }) => scope !== 'link')
        .map((one) => `${one.device} ${formatAddress(one.address)}/${one.prefixLength}`),
    ])
  if (namespace.evidence.has('ip-link') || namespace.evidence.has('ip-addr'))
    parts.push([
      'links',
      [...namespace.links.values()]
        .filter(({ type, name }) => type !== 'veth' && !name.startsWith('veth'))
        .map(linkLine)
        .sort(),
    ])
  if (namespace.sysctls.known)
    parts.push([
      'sysctls',
      [...namespace.sysctls.all()]
        .filter(([name]) => SYSCTLS.test(name))
        .map(([name, value]) => `${name}=${value.replace(/\s+/g, ' ')}`)
        .sort(),
    ])
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
      const rules = chain.rules.map((rule) => (rule.opaque.length > 0 ? rule.text : printRule(rule, ruleset.family)))
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
  return namespace.nft.flatMap((ruleset) =>
    nftTables(ruleset)
      .filter((table) => !saved.has(`${table.family} ${table.name}`) && !RESTLESS.has(owners.table(table).owner.id))
      .map((table): [string, readonly string[]] => [
        `nft ${table.family} ${table.name}`,
        [...table.chains.values()].flatMap((chain) => [
          `chain ${chain.name} ${chain.hook ?? ''} ${chain.priority ?? ''} ${chain.policy ?? ''}`,
          ...chain.rules.map(({ text }) => text.replace(/\bcounter packets \d+ bytes \d+/g, 'counter')),
        ]),
      ]),
  )
}

const isKept = (route: Route): boolean =>
  route.source.line > 0 &&
  normaliseTable(route.table) !== 'local' &&
  route.type !== 'multicast' &&
  !route.extra.some((word) => word.startsWith('expires'))

const routeLine = ({ family, type, destination, table, nextHops, metric, preferredSource }: Route): string =>
  [
    family,
    type,
    formatPrefix(destination),
    normaliseTable(table),
    metric,
    preferredSource === undefined ? '' : formatAddress(preferredSource),
    ...nextHops.map(({ device, via, weight }) => `${via === undefined ? '' : formatAddress(via)}%${device ?? ''}*${weight}`),
  ].join(' ')

const linkLine = ({ name, flags, mtu, master }: Link): string =>
  [name, flags.includes('UP') ? 'up' : 'down', mtu ?? '', master ?? ''].join(' ')

/** Parts that are not as they were, by name. */
export const changedParts = (planned: Readonly<Record<string, string>>, now: Readonly<Record<string, string>>): readonly string[] =>
  Object.keys(planned).filter((name) => planned[name] !== now[name])
