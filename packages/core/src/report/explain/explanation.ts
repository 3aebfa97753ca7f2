import type { Source } from '../../facts/source.ts'
import type { Ownership } from '../../netfilter/owners/ownership.ts'

/** `culprit explain -o json`: whose every chain and rule is and what it does, as data. */
export interface Explanation {
  readonly schema: 'culprit.explain/v1'
  readonly rulesets: readonly RulesetExplanation[]
}

export interface RulesetExplanation {
  readonly file: string
  readonly host: string | undefined
  /** '' is the host's own namespace. */
  readonly netns: string
  readonly backend: 'iptables' | 'nft' | 'ipset'
  readonly tables: readonly TableExplanation[]
  readonly sets: readonly SetExplanation[]
}

export interface TableExplanation extends Ownership {
  readonly family: string
  readonly name: string
  readonly chains: readonly ChainExplanation[]
  readonly sets: readonly SetExplanation[]
  readonly source: Source
}

export interface ChainExplanation extends Ownership {
  readonly table: string
  readonly name: string
  /** Of a chain that the kernel calls. */
  readonly hook: string | undefined
  readonly priority: string | undefined
  readonly policy: string | undefined
  /** Rules that send packets here. */
  readonly calledFrom: readonly { readonly chain: string; readonly rule: number; readonly text: string; readonly source: Source }[]
  readonly rules: readonly RuleExplanation[]
  readonly source: Source
}

/** Purpose and what else is known of the owner are given where it is another than the chain's. */
export interface RuleExplanation
  extends Pick<Ownership, 'owner' | 'subject' | 'rewritten'>,
    Partial<Pick<Ownership, 'purpose' | 'change' | 'persists'>> {
  readonly rule: number
  readonly text: string
  /** What it does, in one sentence of plain words. */
  readonly sentence: string
  readonly comment: string | undefined
  readonly source: Source
}

export interface SetExplanation extends Ownership {
  readonly name: string
  readonly source: Source
}

export interface ExplainFilter {
  /** `nat`, or with its family `ip6 nat`. */
  readonly table?: string | undefined
  readonly chain?: string | undefined
  /** 1-based, as --line-numbers counts. */
  readonly rule?: number | undefined
}
