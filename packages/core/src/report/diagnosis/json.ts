import type { Because } from '../../diagnose/causes/cause.ts'
import type { CauseId } from '../../diagnose/causes/ids.ts'
import type { Option } from '../../repair/options/option.ts'
import { lineOf } from '../../repair/words.ts'
import { criteriaOf } from '../criteria/make.ts'
import { type Diagnosed, impactOf, recommended, runbooksFor, timelineOf } from './diagnosed.ts'

/** The diagnosis as INTERFACE.md gives it: `culprit.diagnosis/v1`. */
export function diagnosisJson(diagnosed: Diagnosed): object {
  const { diagnosis, options, book } = diagnosed
  const { question, observations, causes, ruledOut, contradictions, next } = diagnosis
  const titleOf = (id: CauseId): string => book.get(id)?.title ?? id
  return {
    schema: 'culprit.diagnosis/v1',
    question: question ? { ...question.request, symptom: question.symptom ?? null } : null,
    observations: observations.map(({ id, kind, text, source }) => ({ id, kind, text, source: source ?? null })),
    causes: causes.map(({ id, status, confidence, where, because, against, explains, behind }) => ({
      id,
      title: titleOf(id),
      status,
      confidence,
      where,
      because: because.map(plain),
      against: against.map(plain),
      explains,
      ...(behind === undefined ? {} : { behind }),
    })),
    ruledOut: ruledOut.map(({ id, because }) => ({ id, title: titleOf(id), because: because.map(plain) })),
    contradictions,
    options: options.map(optionJson),
    recommended: recommended(options),
    runbooks: runbooksFor(diagnosed).map(({ id, title, when }) => ({ id, title, when })),
    next,
    impact: impactOf(diagnosis, options),
    timeline: timelineOf(diagnosis),
    successCriteria: criteriaOf(diagnosis, diagnosed.failing),
  }
}

const plain = ({ text, source, observation }: Because) => ({
  text,
  ...(source ? { source } : {}),
  ...(observation === undefined ? {} : { observation }),
})

/** Commands as lines that a shell takes as they stand; `argv` beside them for programs. */
function optionJson({ id, cause, title, kind, risk, downtime, pros, cons, where, steps, lasts, proof }: Option): unknown {
  return {
    id,
    cause,
    title,
    kind,
    risk,
    downtime,
    pros,
    cons,
    where,
    lasts,
    steps: steps.map(({ command, undo, undoNote, why }) => ({
      command: lineOf(command),
      undo: lineOf(undo),
      ...(undoNote === '' ? {} : { undoNote }),
      why,
      argv: command,
      undoArgv: undo,
    })),
    proof,
  }
}
