import type { RulesAnswer } from '../../diagnose/policies/rules.ts'
import type { PolicyVerdict } from '../../model/policy/answer.ts'
import type { PolicyAnswer } from '../../model/policy/evaluate.ts'
import type { Question } from '../../model/policy/question.ts'

/** A flow, what the policies say of it, and what the captured rules do with it. */
export interface Answered {
  readonly question: Question
  readonly answer: PolicyAnswer
  readonly rules: RulesAnswer | undefined
}

/** All flows together: a denied one is a fault, as is one that the rules treat otherwise. */
export function verdictOf(answered: readonly Answered[]): PolicyVerdict {
  if (answered.some(({ answer, rules }) => answer.verdict === 'denied' || rules?.kind === 'stopped-by-policy-rule')) return 'denied'
  return answered.length === 0 || answered.some(({ answer }) => answer.verdict === 'unknown') ? 'unknown' : 'allowed'
}

export const portText = ({ flow }: Question): string => (flow.port === undefined ? flow.protocol : `${flow.port}/${flow.protocol}`)
