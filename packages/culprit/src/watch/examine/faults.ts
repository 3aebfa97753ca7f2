import type { Engine } from '@culprit/core/datapath/engine'
import type { CheckReport } from '@culprit/core/diagnose/checks/run'
import { diagnose, type Knowledge } from '@culprit/core/diagnose/diagnose'
import type { Diagnosis, FoundCause } from '@culprit/core/diagnose/diagnosis'
import { WORTH_A_LOOK } from '@culprit/core/diagnose/diagnosis'
import type { Observed } from '@culprit/core/diagnose/observations/observation'
import type { OwnershipOf } from '@culprit/core/diagnose/ownership'
import type { Document } from '@culprit/core/intake/document'
import { optionsFor } from '@culprit/core/repair/options/options'
import { recommended } from '@culprit/core/report/diagnosis/diagnosed'
import type { Criterion } from '../config/criteria.ts'
import type { IncidentCause } from '../incident.ts'
import { offending } from './checks.ts'
import type { ExaminedCriterion, ExaminedFault, ExamineRequest } from './exchange.ts'
import { requestOf, symptomOf } from './question.ts'

export interface Ground {
  readonly documents: readonly Document[]
  readonly engine: Engine
  readonly ownership: OwnershipOf
  readonly knowledge: Knowledge
  readonly host: string
  readonly report: CheckReport | undefined
}

const MOST_CAUSES = 6

/** Why the criteria fail that somebody wants to know of, and those that the examination itself found failing. */
export function faultsOf(request: ExamineRequest, states: readonly ExaminedCriterion[], ground: Ground): readonly ExaminedFault[] {
  const failing = new Set([...request.diagnose, ...states.filter(({ state }) => state === 'fails').map(({ name }) => name)])
  return request.criteria.filter(({ name }) => failing.has(name)).map((criterion) => faultOf(criterion, request, ground))
}

function faultOf(criterion: Criterion, request: ExamineRequest, ground: Ground): ExaminedFault {
  const { documents, engine, ownership, knowledge, host, report } = ground
  const question =
    criterion.kind === 'flow'
      ? { request: requestOf(criterion, host), symptom: symptomOf(criterion, request.tried[criterion.name]) }
      : undefined
  const diagnosis = diagnose(documents, knowledge, { question, observed: seenToWork(criterion, request, host), engine, ownership })
  const causes = diagnosis.causes.filter(({ confidence }) => confidence > WORTH_A_LOOK).map((cause) => causeOf(cause, knowledge))
  const found = criterion.kind === 'check' && report ? offending(report, criterion).flatMap((finding) => byFinding(finding, knowledge)) : []
  return { name: criterion.name, causes: merged(found, causes), ...mended(diagnosis, request, ground) }
}

/** The flows that were tried and hold are what the model is held against. */
const seenToWork = (failing: Criterion, { criteria, tried }: ExamineRequest, host: string): readonly Observed[] =>
  criteria.flatMap((one): readonly Observed[] => {
    if (one.kind !== 'flow' || one.expect !== 'works' || one.name === failing.name || tried[one.name]?.state !== 'holds') return []
    const { from, to, src } = requestOf(one, host)
    return [
      {
        kind: 'works',
        text: `Tried: ${from} to ${to} works`,
        source: undefined,
        attempt: { from, to, src: typeof src === 'string' ? src : undefined, result: 'connects' },
      },
    ]
  })

const causeOf = ({ id, status, confidence, where, because }: FoundCause, { causes }: Knowledge): IncidentCause => ({
  id,
  title: causes.get(id)?.title ?? id,
  status,
  confidence,
  where: [where.host, where.netns, where.object].filter((part) => part !== undefined && part !== '').join(' '),
  because: because.slice(0, 4).map(({ text, source }) => `${text}${source ? ` (${source.file}:${source.line})` : ''}`),
})

type Found = ReturnType<typeof offending>[number]

function byFinding({ cause, text, where, because, severity }: Found, { causes }: Knowledge): readonly IncidentCause[] {
  if (cause === undefined) return []
  return [
    {
      id: cause,
      title: causes.get(cause)?.title ?? cause,
      status: 'supported',
      confidence: severity === 'error' ? 0.8 : 0.5,
      where: [where.host, where.object].filter((part) => part !== '').join(' '),
      because: [text, ...because.slice(0, 3).map((one) => `${one.text}${one.source ? ` (${one.source.file}:${one.source.line})` : ''}`)],
    },
  ]
}

/** What a check found comes first: that is what fails. What the diagnosis proved of the same cause is told in its place. */
function merged(found: readonly IncidentCause[], diagnosed: readonly IncidentCause[]): readonly IncidentCause[] {
  const first = found.map((cause) => diagnosed.find(({ id, status }) => id === cause.id && status === 'proved') ?? cause)
  const all = [...first, ...diagnosed.filter((cause) => !first.some(({ id }) => id === cause.id))]
  return all.filter((cause, i) => all.findIndex(({ id, where }) => id === cause.id && where === cause.where) === i).slice(0, MOST_CAUSES)
}

/** Options are worked out only where one of them could be taken. */
function mended(
  diagnosis: Diagnosis,
  { optionsFor: allowed }: ExamineRequest,
  { documents, engine, ownership }: Ground,
): Pick<ExaminedFault, 'options' | 'recommended'> {
  if (!diagnosis.causes.some(({ id }) => allowed.includes(id))) return { options: [], recommended: null }
  const options = optionsFor(diagnosis, { documents, engine, ownership })
  return {
    options: options.map(({ id, cause, title, risk, proof }) => ({
      id,
      cause,
      title,
      risk,
      repairs: proof === null || proof.symptom === 'unknown' ? null : proof.symptom === 'repaired',
      breaks: proof?.broken ?? 0,
    })),
    recommended: recommended(options).now,
  }
}
