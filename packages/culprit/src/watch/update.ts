import type { ExamineAnswer } from './examine/exchange.ts'
import type { Incident, IncidentCause, Snapshot } from './incident.ts'
import type { Moment } from './moment.ts'

export interface Digest {
  readonly answer: ExamineAnswer | undefined
  readonly problem: string | undefined
  readonly snapshot: Snapshot | null
  /** The last snapshot of a time when everything held. */
  readonly good: Snapshot | null
  readonly now: Moment
}

/** An incident with what an examination found of it; undefined where it says nothing new. The first examination gives the snapshots; a later one causes and changes. */
export function examinedIncident(
  incident: Incident,
  { answer, problem, snapshot, good, now }: Digest,
): { readonly incident: Incident; readonly text: string } | undefined {
  const notes = new Set(incident.notes)
  if (!answer) {
    const note = `not examined: ${problem ?? ''}`
    return notes.has(note) ? undefined : { incident: { ...incident, notes: [...notes, note], updated: now }, text: note }
  }
  const fault = answer.faults.find(({ name }) => name === incident.criterion.name)
  if (!fault) return undefined
  const first = incident.snapshots.after === null
  for (const note of answer.notes) notes.add(note)
  if ('problem' in answer.snapshot) notes.add(answer.snapshot.problem)
  const next: Incident = {
    ...incident,
    updated: now,
    causes: fault.causes,
    snapshots: first ? { before: incident.snapshots.before ?? good, after: snapshot } : incident.snapshots,
    changes: first || answer.changes.length > 0 ? answer.changes : incident.changes,
    notes: [...notes],
  }
  if (
    !first &&
    same(incident.causes, next.causes) &&
    next.changes.length === incident.changes.length &&
    next.notes.length === incident.notes.length
  )
    return undefined
  return { incident: next, text: textOf(next) }
}

const same = (a: readonly IncidentCause[], b: readonly IncidentCause[]): boolean =>
  a.length === b.length && a.every(({ id, status, where }, i) => id === b[i]?.id && status === b[i]?.status && where === b[i]?.where)

function textOf({ causes, changes }: Incident): string {
  const [cause] = causes
  const [change] = changes
  const why = cause
    ? `${cause.status}: ${cause.title} (${cause.id})${cause.where === '' ? '' : ` at ${cause.where}`}`
    : 'no cause was found'
  return change
    ? `${why}; changed since it worked: ${change.where} ${change.text}${changes.length > 1 ? ` and ${changes.length - 1} more` : ''}`
    : why
}
