import type { CauseBook } from '../../diagnose/causes/book.ts'
import { type Diagnosis, WORTH_MENDING } from '../../diagnose/diagnosis.ts'
import type { Finding } from '../../diagnose/finding.ts'
import type { Source } from '../../facts/source.ts'
import type { Option } from '../../repair/options/option.ts'
import type { Runbook } from '../../repair/runbook.ts'
import type { Whose } from '../trace/words.ts'
import { flowText } from './flow-words.ts'

/** Everything that a report of a diagnosis is made from. */
export interface Diagnosed {
  readonly diagnosis: Diagnosis
  readonly options: readonly Option[]
  readonly book: CauseBook
  readonly whose: Whose
  /** Runbooks by id; those for the causes found are named. */
  readonly runbooks?: ReadonlyMap<string, Runbook> | undefined
  /** Real attempts that were made for it, each in a sentence, and whether the model says otherwise. */
  readonly tried?: readonly { readonly text: string; readonly differs: boolean; readonly source: Source | undefined }[] | undefined
  /** What checks found that speaks of the causes: what must be gone in the end. */
  readonly failing?: readonly Finding[] | undefined
}

/** Runbooks that mend a cause that was found. */
export function runbooksFor({ diagnosis, runbooks }: Diagnosed): readonly Runbook[] {
  const causes = new Set<string>(diagnosis.causes.filter(({ confidence }) => confidence >= WORTH_MENDING).map(({ id }) => id))
  return [...(runbooks?.values() ?? [])].filter((runbook) => runbook.causes.some((id) => causes.has(id)))
}

/** What to do now, and what to do so that it stays mended; by the ids of options. */
export function recommended(options: readonly Option[]): { readonly now: string | null; readonly later: string | null } {
  const mends = options.filter(
    ({ proof, kind }) => kind !== 'last-resort' && (proof === null || (proof.symptom !== 'stays' && proof.broken === 0)),
  )
  const now =
    mends.find(({ kind, proof }) => kind === 'immediate' && proof?.symptom === 'repaired') ?? mends.find(({ kind }) => kind === 'immediate')
  const later = mends.find(({ kind }) => kind === 'proper')
  return { now: now?.id ?? null, later: later?.id ?? null }
}

/** Who is hit, and who is not. Whoever the best option would mend beside those who complained is hit as well. */
export function impactOf(
  diagnosis: Diagnosis,
  options: readonly Option[],
): {
  readonly affected: readonly string[]
  readonly unaffected: readonly { readonly what: string; readonly why: string }[]
} {
  const { symptoms, works } = diagnosis
  const mended = options[0]?.proof?.flows.filter(({ before, after }) => before !== 'works' && after === 'works') ?? []
  const told = symptoms.map((symptom) => flowText(diagnosis, symptom))
  return {
    affected: [...new Set([...told, ...mended.map(({ from, to }) => `${from} to ${to} (on the model)`)])],
    unaffected: works.map((symptom) => ({
      what: flowText(diagnosis, symptom),
      why: symptom.outcomes.length > 0 ? 'it was seen to work, and the model has a way for it' : 'it was seen to work',
    })),
  }
}

/** What was observed with a time to it, in the order of the times as they stand. */
export function timelineOf({
  observations,
}: Diagnosis): readonly { readonly time: string; readonly text: string; readonly observation: string }[] {
  return observations
    .flatMap(({ time, text, id }) => (time === undefined ? [] : [{ time, text, observation: id }]))
    .sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0))
}
