import type { Source } from '../../facts/source.ts'
import type { Direction, Flow, Party } from './party.ts'
import type { Three } from './three.ts'

/** Pass goes on with the next tier, Log with the next rule. */
export type PolicyAction = 'Allow' | 'Deny' | 'Pass' | 'Log'

export interface RankedRule {
  /** 1-based, within its direction. */
  readonly number: number
  readonly action: PolicyAction
  readonly matches: (flow: Flow) => Three
}

/** A policy of any kind, brought into the one order in which all are asked. */
export interface RankedPolicy {
  /** NetworkPolicy, Calico NetworkPolicy, GlobalNetworkPolicy, CiliumNetworkPolicy … */
  readonly kind: string
  /** `namespace/name`, or the name of a global one. */
  readonly name: string
  readonly source: Source
  readonly tier: Tier
  readonly order: number
  readonly selects: (party: Party) => Three
  /** undefined: it does not speak of this direction. `opaque`: what it says there is not understood, or not evaluated. */
  readonly rules: Readonly<Record<Direction, readonly RankedRule[] | 'opaque' | undefined>>
  /** Why its rules are opaque. */
  readonly why?: string
  /** An opaque one that can only allow more, beside the others. */
  readonly onlyAllows?: boolean
}

export interface Tier {
  readonly name: string
  readonly order: number
  /** What none of its policies decides goes on instead of being denied. */
  readonly passes: boolean
}

/** Kubernetes' own policies stand in Calico's default tier, at order 1000. */
export const DEFAULT_TIER: Tier = { name: 'default', order: 1_000_000, passes: false }
export const KUBERNETES_ORDER = 1000
