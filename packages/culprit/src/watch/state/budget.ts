import type { RepairSettings } from '../config/repair.ts'
import type { Incident, RepairAttempt } from '../incident.ts'
import { type Moment, secondsBetween } from '../moment.ts'

export type Allowance = { readonly kind: 'yes' } | { readonly kind: 'no'; readonly why: string }

const HOUR = 3600
/** Doubling ends here, at most a day. */
const MOST_BACKOFF = 86_400

/** Attempts that touched the machine, of all incidents; those that were refused or could not be planned did not. */
export const attemptsOf = (incidents: Iterable<Incident>): readonly RepairAttempt[] =>
  [...incidents].flatMap(({ repairs }) => repairs.filter(({ outcome }) => outcome !== 'refused' && outcome !== 'failed'))

/** How many were begun within the last hour. */
export const usedOf = (incidents: Iterable<Incident>, now: Moment): number =>
  attemptsOf(incidents).filter(({ began }) => secondsBetween(began, now) < HOUR).length

/** May a repair be made for this incident now? `incidents` are all that are known, closed ones too. */
export function allowance(
  settings: RepairSettings,
  incidents: readonly Incident[],
  incident: Incident,
  stopped: boolean,
  now: Moment,
): Allowance {
  if (stopped) return no('repairs are stopped after one that failed: culprit watch resume')
  if (incidents.some(({ repairs }) => repairs.some(({ outcome }) => outcome === 'under-way'))) return no('another repair is under way')
  const used = usedOf(incidents, now)
  if (used >= settings.perHour) return no(`the budget of ${settings.perHour} an hour is used up`)
  const own = incidents.filter(({ criterion }) => criterion.name === incident.criterion.name).flatMap(({ repairs }) => repairs)
  const last = own.at(-1)
  if (!last) return { kind: 'yes' }
  const recent = own.filter(({ began }) => secondsBetween(began, now) < MOST_BACKOFF).length
  const wait = Math.min(MOST_BACKOFF, (settings.backoff / 1000) * 2 ** Math.max(0, recent - 1))
  const passed = secondsBetween(last.ended ?? last.began, now)
  return recent > 0 && passed < wait
    ? no(`the last repair of ${incident.criterion.name} was ${Math.round(passed)} s ago, and the next waits ${Math.round(wait)} s`)
    : { kind: 'yes' }
}

const no = (why: string): Allowance => ({ kind: 'no', why })
