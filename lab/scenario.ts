import type { Version } from './network.ts'

/** One drawn situation, as data: what is loaded into H and which packets are sent. Shrinking removes parts of it. */
export type Family = 'iptables-nft' | 'iptables-legacy' | 'ip6tables' | 'nft'

export const versionOf = (family: Family): Version => (family === 'ip6tables' ? 6 : 4)

export interface Rule {
  /** The conditions, each a piece that can be left out. */
  readonly matches: readonly string[]
  /** With `-j` or `-g`; empty for a rule that only counts. In native tables: the statements. */
  readonly target: string
}

export interface Chain {
  readonly name: string
  /** iptables: ACCEPT or DROP of a built-in chain. Native: `type filter hook … priority …; policy …;`. Undefined: a user chain. */
  readonly base: string | undefined
  readonly rules: readonly Rule[]
}

export interface Table {
  /** iptables: `nat`. Native: family and name. */
  readonly name: string
  /** Native only: sets and maps, as text that stands before the chains. */
  readonly objects: readonly string[]
  readonly chains: readonly Chain[]
}

export interface IpsetSpec {
  readonly name: string
  readonly create: string
  readonly members: readonly string[]
}

export type Sender = 'X' | 'P1' | 'P2' | 'C1' | 'H'

/** A packet as packets.jsonl holds it. */
export interface PacketSpec {
  readonly from: Sender
  readonly iif?: 'eth0' | 'wg0'
  /** Left out for some packets of H itself: the kernel selects it. */
  readonly src?: string
  readonly dst: string
  readonly proto: 'tcp' | 'udp' | 'icmp'
  readonly id: number
  readonly sport?: number
  readonly dport?: number
  readonly flags?: string
  readonly icmpType?: number
  readonly ttl?: number
  readonly tos?: number
  readonly length: number
}

export interface Scenario {
  readonly family: Family
  readonly tables: readonly Table[]
  readonly sets: readonly IpsetSpec[]
  /** Arguments of `ip rule add` and `ip route add` (or `del`: a route of the main table that goes). */
  readonly policies: readonly string[]
  readonly routes: readonly string[]
  /** Paths under /proc/sys with their values. */
  readonly sysctls: Readonly<Record<string, string>>
  /** Bridge ports in hairpin mode. */
  readonly hairpin: readonly string[]
  readonly packets: readonly PacketSpec[]
}

export const ruleText = (chain: string, rule: Rule): string =>
  ['-A', chain, ...rule.matches, ...(rule.target ? [rule.target] : [])].join(' ')

/** What iptables-restore reads. */
export function restoreText(tables: readonly Table[]): string {
  return tables
    .map((table) => {
      const declared = table.chains.map((c) => `:${c.name} ${c.base ?? '-'} [0:0]`)
      const rules = table.chains.flatMap((c) => c.rules.map((r) => ruleText(c.name, r)))
      return [`*${table.name}`, ...declared, ...rules, 'COMMIT', ''].join('\n')
    })
    .join('')
}

/** What nft -f reads. Chains are declared before rules jump to them. */
export function nftText(tables: readonly Table[]): string {
  return tables
    .map((table) => {
      const declared = table.chains.map((c) => `  chain ${c.name} {${c.base ? ` ${c.base}` : ''} }`)
      const objects = table.objects.map((o) => `  ${o}`)
      const rules = table.chains.flatMap((c) =>
        c.rules.map((r) => `add rule ${table.name} ${c.name} ${[...r.matches, r.target].join(' ').trim()}`),
      )
      return [`table ${table.name} {`, ...declared, ...objects, '}', ...rules, ''].join('\n')
    })
    .join('')
}

/** What ipset restore reads. */
export const ipsetText = (sets: readonly IpsetSpec[]): string =>
  sets.flatMap((s) => [`create ${s.name} ${s.create}`, ...s.members.map((m) => `add ${s.name} ${m}`)].map((line) => `${line}\n`)).join('')

/** What ip -batch reads: routes first, so that rules find their tables. */
export const routingLines = (scenario: Scenario): readonly string[] => [
  ...scenario.routes.map((r) => `route ${r}`),
  ...scenario.policies.map((p) => `rule add ${p}`),
]

export const BUILT_IN: Readonly<Record<string, readonly string[]>> = {
  raw: ['PREROUTING', 'OUTPUT'],
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
  nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
  security: ['INPUT', 'FORWARD', 'OUTPUT'],
}
