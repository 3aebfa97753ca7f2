import { type Criterion, criterionText } from '../config/criteria.ts'
import type { CriterionState, Incident, IncidentEventKind } from '../incident.ts'
import { type Moment, secondsBetween } from '../moment.ts'

/** What a criterion's state makes of its incident: the incident afterwards, and what is to be told of it; an empty text: nobody is told. */
export interface Step {
  readonly kind: IncidentEventKind
  readonly incident: Incident
  readonly text: string
}

/** `20261121-115900-web`. */
export const incidentId = (name: string, { wall }: Moment): string =>
  `${wall.slice(0, 19).replace(/[-:]/g, '').replace('T', '-')}-${name.replace(/[^a-z0-9._-]/g, '_')}`

/** How many rounds in a row a criterion must fail. What the model or a check says does not pass by chance. */
export const roundsNeeded = (criterion: Criterion): number =>
  criterion.kind === 'check' || (criterion.kind === 'flow' && criterion.by === 'model') ? 1 : criterion.failures

/**
 * Takes an incident one round further; undefined where nothing is to be told. `current` is the criterion's incident that is not closed. `quiet` in seconds.
 */
export function advance(
  current: Incident | undefined,
  criterion: Criterion,
  state: CriterionState,
  now: Moment,
  quiet: number,
): Step | undefined {
  if (state.state === 'unknown') return undefined
  if (state.state === 'fails')
    return state.failures < roundsNeeded(criterion) ? unsettled(current, now) : failing(current, criterion, state, now)
  if (current === undefined) return undefined
  if (current.state === 'open')
    return {
      kind: 'recovered',
      incident: { ...current, state: 'recovered', recovered: now, updated: now },
      text: `${state.text}: holds again`,
    }
  const since = current.recovered ?? now
  // Across a restart of the machine nobody knows whether it held: the quiet time begins anew.
  if (since.boot !== now.boot)
    return {
      kind: 'updated',
      incident: { ...current, recovered: now, updated: now },
      text: 'the quiet time begins anew: the machine was restarted',
    }
  if (secondsBetween(since, now) < quiet) return undefined
  return {
    kind: 'closed',
    incident: { ...current, state: 'closed', closed: now, updated: now },
    text: `${state.text}: held for ${spanText(quiet)}`,
  }
}

/** It failed, and not yet often enough: where it had recovered, the quiet time begins anew. Of that nobody is told. */
function unsettled(current: Incident | undefined, now: Moment): Step | undefined {
  if (current?.state !== 'recovered') return undefined
  return { kind: 'updated', incident: { ...current, recovered: now }, text: '' }
}

function failing(current: Incident | undefined, criterion: Criterion, state: CriterionState, now: Moment): Step | undefined {
  const { seen, text } = state
  if (current === undefined) return { kind: 'opened', incident: opened(criterion, seen, now), text: `${text}: ${seen}` }
  if (current.state === 'recovered') {
    const { recovered: _, ...rest } = current
    return {
      kind: 'relapsed',
      incident: { ...rest, state: 'open', relapses: current.relapses + 1, seen, updated: now },
      text: `${text}: fails again: ${seen}`,
    }
  }
  if (current.seen === seen) return undefined
  // A timeout now, an ICMP error then: that is no news.
  return { kind: 'updated', incident: { ...current, seen }, text: '' }
}

function opened(criterion: Criterion, seen: string, now: Moment): Incident {
  const { name, kind, severity } = criterion
  return {
    id: incidentId(name, now),
    state: 'open',
    criterion: { name, kind, text: criterionText(criterion) },
    severity,
    opened: now,
    updated: now,
    seen,
    relapses: 0,
    causes: [],
    snapshots: { before: null, after: null },
    changes: [],
    repairs: [],
    notes: [],
  }
}

/** `90 s`, `5 min`, `2 h`. */
export function spanText(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`
}
