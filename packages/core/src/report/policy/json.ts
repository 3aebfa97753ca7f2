import type { DirectionAnswer } from '../../model/policy/answer.ts'
import type { Answered } from './answers.ts'

/** `culprit.policy/v1`: a flow each, with both sides' answers. */
export function policyJson(answered: readonly Answered[], policies: number): object {
  return { schema: 'culprit.policy/v1', policies, flows: answered.map(flowJson) }
}

function flowJson({ question, answer, rules }: Answered): object {
  const { from, to, flow } = question
  return {
    from,
    to,
    protocol: flow.protocol,
    port: flow.port ?? null,
    verdict: answer.verdict,
    egress: sideJson(answer.egress),
    ingress: sideJson(answer.ingress),
    rules: rules ? { kind: rules.kind, text: rules.text, evidence: rules.step?.evidence ?? null } : null,
  }
}

const sideJson = ({ verdict, why, by, missing }: DirectionAnswer): object => ({
  verdict,
  why,
  policies: by.map(({ kind, name, rule, action, source }) => ({ kind, name, rule: rule ?? null, action: action ?? null, source })),
  missing: missing ?? null,
})
