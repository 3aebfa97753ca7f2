import type { Source } from '../../facts/source.ts'
import type { Direction } from './party.ts'
import type { RankedPolicy, RankedRule } from './ranked.ts'

export type PolicyVerdict = 'allowed' | 'denied' | 'unknown'

/** A policy that has a part in an answer, and which of its rules; no rule: that it selects the pod was enough. */
export interface PolicyPart {
  readonly kind: string
  readonly name: string
  readonly rule: number | undefined
  readonly action: string | undefined
  readonly source: Source
}

/** What the policies say of one side of a flow: may the sender send it (egress), may the receiver get it (ingress)? */
export interface DirectionAnswer {
  readonly direction: Direction
  readonly verdict: PolicyVerdict
  /** The policy that decided; for a denial by default all policies that isolate the pod. */
  readonly by: readonly PolicyPart[]
  readonly why: string
  /** Evidence that would settle an unknown. */
  readonly missing: string | undefined
}

export type Tell = (verdict: PolicyVerdict, why: string, by?: readonly PolicyPart[], missing?: string) => DirectionAnswer

export const tellOf =
  (direction: Direction): Tell =>
  (verdict, why, by = [], missing) => ({ direction, verdict, by, why, missing })

export const partOf = (policy: RankedPolicy, rule?: RankedRule): PolicyPart => ({
  kind: policy.kind,
  name: policy.name,
  rule: rule?.number,
  action: rule?.action,
  source: policy.source,
})
