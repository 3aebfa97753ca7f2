import type { CauseBook } from '../../diagnose/causes/book.ts'
import { type Diagnosis, WORTH_MENDING } from '../../diagnose/diagnosis.ts'
import type { Source } from '../../facts/source.ts'
import type { Option } from '../../repair/options/option.ts'
import type { Runbook } from '../../repair/runbook.ts'
import type { Whose } from '../trace/words.ts'

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
  { symptoms, works }: Diagnosis,
  options: readonly Option[],
): {
  readonly affected: readonly string[]
  readonly unaffected: readonly { readonly what: string; readonly why: string }[]
} {
  const mended = options[0]?.proof?.flows.filter(({ before, after }) => before !== 'works' && after === 'works') ?? []
  const told = symptoms.map(({ request: { from, to }, untraceable }) => `${untraceable === undefined ? from : 'somebody'} to ${to}`)
  return {
    affected: [...new Set([...told, ...mended.map(({ from, to }) => `${from} to ${to} (on the model)`)])],
    unaffected: works.map(({ request: { from, to }, outcomes }) => ({
      what: `${from} to ${to}`,
      why: outcomes.length > 0 ? 'it was seen to work, and the model has a way for it' : 'it was seen to work',
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

/** What has to hold once it is mended: everything that failed, tried again, and everything that works still. */
export function criteriaOf({
  symptoms,
  works,
}: Diagnosis): readonly { readonly text: string; readonly command: string; readonly expect: string }[] {
  const each = (verb: string) => (symptom: Diagnosis['symptoms'][number]) => {
    const { from, to } = symptom.request
    const exposed = symptom.result === 'exposed'
    return {
      text: `${from} ${exposed ? 'no longer reaches' : verb} ${to}`,
      command: commandFor(to),
      expect: exposed ? 'no connection' : 'a connection',
    }
  }
  return [...symptoms.map(each('reaches')), ...works.map(each('still reaches'))].slice(0, MOST_CRITERIA)
}

const MOST_CRITERIA = 20

/** A command for anyone at the sender: bash, nc and ping are nearly everywhere. */
function commandFor(to: string): string {
  const found = /^\[?([0-9a-fA-F.:]+?)\]?:(\d+)(?:\/(tcp|udp))?$/.exec(to)
  if (!found) return /^[0-9a-fA-F.:]+$/.test(to) ? `ping -c 3 ${to}` : ''
  const [, address = '', port = '', protocol] = found
  return protocol === 'udp' ? `nc -u -z -w 3 ${address} ${port}` : `nc -z -w 3 ${address} ${port}`
}
