/**
 * What a condition says of one packet. Decision 2 of the design: yes, no, or unknown-because; never a guess.
 * - `true` / `false`: settled by the evidence.
 * - `chance`: the kernel draws at random (`statistic --mode random`, `numgen random`); `probability` is that of yes.
 * - `assumed`: depends on what a snapshot cannot hold (a rate limit's bucket); answered by a stated assumption.
 * - `unknown`: evidence is missing; `evidence` names the file that would settle it, relative to the host's folder
 *   (`ipset-save.txt`), where there is one.
 */
export type Decision = boolean | Chance | Assumed | Unknown

export interface Chance {
  readonly kind: 'chance'
  readonly probability: number
}
export interface Assumed {
  readonly kind: 'assumed'
  readonly value: boolean
  readonly why: string
}
export interface Unknown {
  readonly kind: 'unknown'
  readonly why: string
  readonly evidence?: string
}

export const unknown = (why: string, evidence?: string): Unknown =>
  evidence ? { kind: 'unknown', why, evidence } : { kind: 'unknown', why }
export const assumed = (value: boolean, why: string): Assumed => ({ kind: 'assumed', value, why })

/** Negation in three-valued logic: unknown stays unknown. */
export function negate(decision: Decision): Decision {
  if (typeof decision === 'boolean') return !decision
  switch (decision.kind) {
    case 'chance':
      return { kind: 'chance', probability: 1 - decision.probability }
    case 'assumed':
      return { ...decision, value: !decision.value }
    case 'unknown':
      return decision
  }
}
