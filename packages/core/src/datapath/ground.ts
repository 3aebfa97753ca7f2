import type { Decision } from '../netfilter/decision.ts'
import type { Missing } from './trace.ts'

/** What a branch of a trace rests on beside the evidence. */
export interface Ground {
  /** Product of the kernel's draws; null where missing evidence, not chance, splits the way. */
  readonly probability: number | null
  readonly assumptions: readonly string[]
  readonly missing: readonly Missing[]
}

export const FIRM: Ground = { probability: 1, assumptions: [], missing: [] }

export function assume(ground: Ground, text: string): Ground {
  return ground.assumptions.includes(text) ? ground : { ...ground, assumptions: [...ground.assumptions, text] }
}

export function lacking(ground: Ground, missing: Missing): Ground {
  const known = ground.missing.some((other) => other.evidence === missing.evidence && other.why === missing.why)
  return known ? ground : { ...ground, missing: [...ground.missing, missing] }
}

/** The ground of the branch in which `decision` turned out `yes` or not. `folder` is that of the namespace whose evidence is missing. */
export function branchOf(ground: Ground, decision: Exclude<Decision, boolean>, yes: boolean, folder: string): Ground {
  switch (decision.kind) {
    case 'chance':
      return scale(ground, yes ? decision.probability : 1 - decision.probability)
    case 'assumed':
      return assume(ground, decision.why)
    case 'unknown':
      return lacking(
        { ...ground, probability: null },
        { evidence: decision.evidence ? `${folder}/${decision.evidence}` : '', why: decision.why },
      )
  }
}

export function scale(ground: Ground, probability: number): Ground {
  return ground.probability === null || probability === 1 ? ground : { ...ground, probability: ground.probability * probability }
}
