import type { Version } from './network.ts'

/** One drawn situation, as data: what is loaded into H and which packets are sent. Shrinking removes parts of it. */
export type Family = 'iptables-nft' | 'iptables-legacy' | 'ip6tables' | 'ip6tables-legacy' | 'nft' | 'nft6' | 'mixed'

export const FAMILIES: readonly Family[] = ['iptables-nft', 'iptables-legacy', 'ip6tables', 'ip6tables-legacy', 'nft', 'nft6', 'mixed']

export const versionOf = (family: Family): Version => (family.includes('6') ? 6 : 4)

/** The iptables that a family loads its tables with; undefined where all is native. */
export function iptablesOf(family: Family): string | undefined {
  switch (family) {
    case 'iptables-nft':
    case 'mixed':
      return 'iptables-nft'
    case 'iptables-legacy':
    case 'ip6tables-legacy':
      return family
    case 'ip6tables':
      return 'ip6tables-nft'
    case 'nft':
    case 'nft6':
      return undefined
  }
}

export const isLegacy = (family: Family): boolean => family.endsWith('-legacy')

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
  /** Sent by the side that was connected to: its TCP numbers are that side's. */
  readonly back?: true
  /**
   * Belongs to the connection that an opener made: sent once more the same way, or back from where it arrived. Addresses and ports are then
   * the kernel's to tell. `after`: the opener that has to have arrived, since a TCP packet out of turn is INVALID.
   */
  readonly follows?: { readonly id: number; readonly way: 'again' | 'back'; readonly after?: number }
}

export interface Scenario {
  readonly family: Family
  /** Tables of iptables. */
  readonly tables: readonly Table[]
  /** Tables of nft. */
  readonly native: readonly Table[]
  readonly sets: readonly IpsetSpec[]
  /** Arguments of `ip rule add` and `ip route add` (or `del`: a route of the main table that goes). */
  readonly policies: readonly string[]
  readonly routes: readonly string[]
  /** Paths under /proc/sys with their values. */
  readonly sysctls: Readonly<Record<string, string>>
  /** Bridge ports in hairpin mode, and such as are isolated from each other. */
  readonly hairpin: readonly string[]
  readonly isolated: readonly string[]
  /** `ADDRESS dev NAME`: neighbours that do not answer. */
  readonly failed: readonly string[]
  /** Sent before the evidence of conntrack is taken, to make connections. */
  readonly openers: readonly PacketSpec[]
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
  ...scenario.failed.map((n) => `neigh replace ${n} nud failed`),
]

export const BUILT_IN: Readonly<Record<string, readonly string[]>> = {
  raw: ['PREROUTING', 'OUTPUT'],
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
  nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
  security: ['INPUT', 'FORWARD', 'OUTPUT'],
}

/**
 * A raw socket is routed without protocol and ports (raw_sendmsg), as no socket of a real program is: where routing rules ask for them,
 * the host itself sends nothing.
 */
export const hostSends = ({ policies }: Pick<Scenario, 'policies'>): boolean => !policies.some((p) => p.includes('ipproto'))

/**
 * A raw socket finds its source by one look-up. connect(2) makes a second one with the source found (ip_route_connect), which a rule for that
 * source answers otherwise: there the host sends only what has a source.
 */
export const hostSendsThis = ({ policies }: Pick<Scenario, 'policies'>, { src }: Pick<PacketSpec, 'src'>): boolean =>
  hostSends({ policies }) && (src !== undefined || !policies.some((p) => /\bfrom (?!all\b)/.test(p)))
