import { engineOf } from '@culprit/core/datapath/engine'
import { askRules } from '@culprit/core/diagnose/policies/rules'
import type { Document } from '@culprit/core/intake/document'
import { assemble } from '@culprit/core/model/assemble'
import { collectCluster } from '@culprit/core/model/kubernetes/cluster'
import { collectObjects } from '@culprit/core/model/objects'
import { type PlaceText, parsePlace } from '@culprit/core/model/place'
import type { PolicyVerdict } from '@culprit/core/model/policy/answer'
import { evaluatePolicies } from '@culprit/core/model/policy/evaluate'
import { policiesOf } from '@culprit/core/model/policy/policies'
import { isBad, type Question, questionsOf } from '@culprit/core/model/policy/question'
import { type Answered, verdictOf } from '@culprit/core/report/policy/answers'
import { policyJson } from '@culprit/core/report/policy/json'
import { policyText } from '@culprit/core/report/policy/text'
import type { Context, SharedFlags } from '../context.ts'
import { loadEvidence } from '../evidence.ts'
import { EXIT, type ExitCode, usageError } from '../exit.ts'

export interface PolicyFlags extends SharedFlags {
  readonly output?: 'text' | 'json'
  readonly from?: string
  readonly to?: string
}

/** More flows than this are not sent through the rules as well: `matrix` is for that. */
const MOST_TRACED = 2000

/** `culprit policy`: who may reach whom by the network policies alone, and whether the captured rules keep to them. */
export async function policy(evidence: readonly string[], flags: PolicyFlags, context: Context): Promise<ExitCode> {
  const from = placeOf(flags.from, 'from')
  const to = placeOf(flags.to, 'to')
  const documents = await loadEvidence(evidence, context)
  const cluster = collectCluster(documents)
  const policies = policiesOf(cluster)
  const questions = questionsOf(cluster, from, to)
  if (isBad(questions)) throw usageError(questions.text, questions.hint)
  const rules = questions.length <= MOST_TRACED ? rulesOf(documents) : undefined
  const answered = questions.map((question): Answered => {
    const answer = evaluatePolicies(policies, question.flow)
    return { question, answer, rules: rules?.(question, answer) }
  })
  const count = policies.ranked.length
  await context.out.write(
    flags.output === 'json' ? `${JSON.stringify(policyJson(answered, count), null, 2)}\n` : policyText(answered, count, context.style),
  )
  return EXIT_OF[verdictOf(answered)]
}

const EXIT_OF: Readonly<Record<PolicyVerdict, ExitCode>> = { allowed: EXIT.fine, denied: EXIT.fault, unknown: EXIT.evidence }

function placeOf(text: string | undefined, flag: string): PlaceText | undefined {
  if (text === undefined) return undefined
  const place = parsePlace(text)
  if (!place)
    throw usageError(
      `--${flag} ${text} is no place`,
      'write pod/NS/NAME, svc/NS/NAME, host/NODE, outside or an address, with :PORT/PROTOCOL behind it',
    )
  return place
}

/** Only where a host's rules were captured is there anything to compare with. */
function rulesOf(documents: readonly Document[]): ((question: Question, answer: Answered['answer']) => Answered['rules']) | undefined {
  const model = assemble(documents)
  if (!model.namespaces.some((namespace) => namespace.iptables.length > 0 || namespace.nft.length > 0)) return undefined
  const engine = engineOf(model, collectObjects(documents))
  return (question, answer) => askRules(engine, question, answer)
}
