import type { Step } from '../../datapath/trace.ts'
import type { ChainSpot, Change, RuleSpot, Spot } from '../../model/change/change.ts'
import type { Blame } from '../blame.ts'
import { observationsOf } from '../scene.ts'
import type { Because, Fault, Suspect } from './cause.ts'
import type { CauseId } from './ids.ts'

export const spotOf = ({ host, netns }: { readonly host: string; readonly netns: string }): Spot => ({ host, netns })

/** The chain of a step that met one. */
export function chainSpotOf(step: Step): ChainSpot {
  return { ...spotOf(step), family: step.family ?? 'ip', table: step.table ?? '', chain: step.chain ?? '', file: step.evidence?.file }
}

export const ruleSpotOf = (step: Step): RuleSpot => ({ ...chainSpotOf(step), rule: step.rule ?? 0 })

/** The machine without the rule that a step met, or with a policy that accepts. */
export function withoutStep(step: Step): Change | undefined {
  if (step.kind === 'rule' && step.rule !== undefined) return { kind: 'rule-removed', at: ruleSpotOf(step) }
  return step.kind === 'policy' && step.chain !== undefined ? { kind: 'policy', at: chainSpotOf(step), policy: 'ACCEPT' } : undefined
}

/** The object at fault where it is a rule or a chain's policy. */
export function faultOfStep(step: Step): Fault {
  const { host, netns, table, chain, rule, text, evidence } = step
  const place = { host, netns }
  if (chain === undefined || table === undefined) return { ...place, object: text }
  if (rule === undefined) return { ...place, object: `policy of chain ${chain} (table ${table})`, source: evidence }
  return {
    ...place,
    object: `rule ${rule} of chain ${chain} (table ${table})`,
    source: evidence,
    rule: { table, chain, rule, text, source: evidence },
  }
}

/** A sentence that quotes a step. */
export const quoted = (before: string, step: Step): Because => ({ text: `${before}: ${step.text}`, source: step.evidence })

/** A suspect found on the way of a symptom's packet. */
export function accuse(
  cause: CauseId,
  blame: Blame,
  told: {
    readonly where: Fault
    readonly because: readonly Because[]
    readonly likelihood: number
    readonly without?: readonly (Change | undefined)[]
  },
): Suspect {
  const without = told.without?.filter((change): change is Change => change !== undefined)
  return {
    cause,
    where: told.where,
    because: told.because,
    against: [],
    likelihood: told.likelihood,
    ...(without?.length ? { without } : {}),
    onWay: true,
    explains: observationsOf(blame.symptom),
  }
}
