import type { Note } from '../../facts/source.ts'
import type { Expression, SetElement } from './expression.ts'
import type { Statement } from './statement.ts'

export type NftFamily = 'ip' | 'ip6' | 'inet' | 'arp' | 'bridge' | 'netdev'

/** A ruleset as `nft list ruleset` or `nft -j list ruleset` shows it: both readers make the same tree. */
export interface NftRuleset {
  readonly kind: 'nft'
  readonly file: string
  readonly tables: readonly NftTable[]
  readonly notes: readonly Note[]
}

export interface NftTable {
  readonly family: NftFamily
  readonly name: string
  /** `dormant`, `owner`, `persist` */
  readonly flags: readonly string[]
  readonly comment?: string | undefined
  readonly handle?: number | undefined
  /** Counters, quotas, limits, ct helpers … in their order. */
  readonly objects: readonly NftObject[]
  /** Sets and maps, in their order. */
  readonly sets: readonly NftSet[]
  readonly flowtables: readonly NftFlowtable[]
  readonly chains: readonly NftChain[]
  readonly line: number
}

export interface NftChain {
  readonly name: string
  readonly handle?: number | undefined
  readonly comment?: string | undefined
  /** undefined: a chain that is only jumped to. */
  readonly base?: NftBaseChain | undefined
  readonly flags: readonly string[]
  /** The body of `jump { … }`: listed where it is used. */
  readonly implicit?: true | undefined
  readonly rules: readonly NftRule[]
  readonly line: number
}

export interface NftBaseChain {
  /** filter, nat, route */
  readonly type: string
  /** prerouting input forward output postrouting ingress egress */
  readonly hook: string
  readonly priority: number
  /** As nft prints it: `filter`, `dstnat + 1`, `-225`. */
  readonly priorityText: string
  readonly devices: readonly string[]
  /** accept where a list does not tell: the kernel's default. */
  readonly policy?: 'accept' | 'drop' | undefined
}

export interface NftRule {
  readonly kind: 'rule'
  /** 1-based place in its chain. */
  readonly number: number
  readonly handle?: number | undefined
  readonly comment?: string | undefined
  readonly statements: readonly Statement[]
  /** What was not understood; a rule with any decides unknown, never no. */
  readonly opaque: readonly string[]
  /** In one line, as it was read from text, or as nft prints it. */
  readonly text: string
  /** Only where the text spelled it otherwise than nft's own list does (`mark or 0x4000` in a translated iptables rule): as it was read. */
  readonly spelling?: string | undefined
  /** 1-based line in the ruleset's file. */
  readonly line: number
}

/** A set's key or a map's data: datatype names (`ipv4_addr . inet_service`), or `typeof` an expression. */
export type NftType =
  | { readonly kind: 'type'; readonly names: readonly string[] }
  | { readonly kind: 'typeof'; readonly expression: Expression }

export interface NftSet {
  readonly kind: 'set' | 'map'
  readonly name: string
  readonly handle?: number | undefined
  readonly comment?: string | undefined
  readonly type: NftType
  /** Of a map. Type names also `verdict`, `counter`, `quota`, `limit`, `ct helper`, `synproxy` …; `interval`: data are ranges. */
  readonly data?: NftType | undefined
  readonly dataInterval?: true | undefined
  /** constant, interval, timeout, dynamic */
  readonly flags: readonly string[]
  readonly size?: number | undefined
  /** `# count N` behind the size. */
  readonly count?: number | undefined
  readonly timeout?: string | undefined
  readonly gcInterval?: string | undefined
  /** performance or memory */
  readonly policy?: string | undefined
  readonly autoMerge?: true | undefined
  /** `counter`, `limit rate …`: what every element carries. */
  readonly statements: readonly Statement[]
  readonly elements: readonly SetElement[]
  /** false: a terse list (`nft -t`) leaves the elements out, so that absence proves nothing. */
  readonly complete: boolean
  readonly line: number
}

export interface NftFlowtable {
  readonly name: string
  readonly handle?: number | undefined
  readonly hook: string
  readonly priority: number
  readonly priorityText: string
  readonly devices: readonly string[]
  readonly flags: readonly string[]
  readonly counter: boolean
  readonly line: number
}

/** A stateful or named object. */
export interface NftObject {
  readonly kind: 'object'
  readonly type: 'counter' | 'quota' | 'limit' | 'ct helper' | 'ct timeout' | 'ct expectation' | 'secmark' | 'synproxy' | 'tunnel'
  readonly name: string
  readonly handle?: number | undefined
  readonly comment?: string | undefined
  /** The lines of its body as nft prints them, without the comment. */
  readonly body: readonly string[]
  readonly line: number
}
