import type { CauseBook } from '../../diagnose/causes/book.ts'
import type { Because } from '../../diagnose/causes/cause.ts'
import type { CauseId } from '../../diagnose/causes/ids.ts'
import type { Diagnosis } from '../../diagnose/diagnosis.ts'

/** The diagnosis as INTERFACE.md gives it: `culprit.diagnosis/v1`. */
export function diagnosisJson(diagnosis: Diagnosis, book: CauseBook): unknown {
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
    next,
  }
}

const plain = ({ text, source, observation }: Because) => ({
  text,
  ...(source ? { source } : {}),
  ...(observation === undefined ? {} : { observation }),
})
