import type { CauseId } from '../../diagnose/causes/ids.ts'
import type { Proof } from '../plan.ts'

export type OptionKind = 'immediate' | 'proper' | 'alternative' | 'last-resort'

/** A command as an argument list, with how it is taken back. */
export interface OptionStep {
  readonly command: readonly string[]
  /** Empty: nothing takes it back, and `undoNote` says why. */
  readonly undo: readonly string[]
  readonly undoNote: string
  readonly why: string
}

/** A way to mend a cause. */
export interface Option {
  /** `route.overlap-1`: the cause, and its place among the cause's options. */
  readonly id: string
  readonly cause: CauseId
  readonly title: string
  readonly kind: OptionKind
  readonly risk: 'low' | 'medium' | 'high'
  readonly downtime: string
  readonly pros: readonly string[]
  readonly cons: readonly string[]
  /** Where its commands run. */
  readonly where: { readonly host: string; readonly netns: string }
  readonly steps: readonly OptionStep[]
  /** A file to change so that it lasts, in words. */
  readonly lasts: string
  /** What the model says of it; null where the model cannot follow its steps. */
  readonly proof: (Proof & { readonly symptom: 'repaired' | 'stays' | 'unknown' }) | null
}

/** An option before it is worked out: argument lists, and what they are for. */
export interface OptionDraft {
  readonly title: string
  readonly kind: OptionKind
  readonly risk: Option['risk']
  readonly downtime?: string
  readonly pros?: readonly string[]
  readonly cons?: readonly string[]
  readonly where: Option['where']
  readonly steps: readonly { readonly argv: readonly string[]; readonly why: string }[]
  readonly lasts?: string
}
