import { escapeTerminal } from '@culprit/core/report/escape'
import type { Incident } from '../incident.ts'

/** A postableAlert of Alertmanager's API v2 (api/v2/openapi.yaml). Times are RFC 3339. */
export interface Alert {
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  readonly startsAt: string
  readonly endsAt: string
}

const MOST = 1000

/**
 * An incident as an alert. Its labels are what tells it from others, and stay the same while it lasts; what is found out is in its annotations. An alert that
 * is not sent again in time counts as resolved, so `endsAt` is some rounds ahead while it fails, and the time of its end afterwards.
 */
export function alertOf(incident: Incident, host: string, now: Date, ahead: number): Alert {
  const { criterion, severity, opened, state, seen, causes, changes, repairs, recovered, id } = incident
  const [cause] = causes
  const annotations: Readonly<Record<string, string | undefined>> = {
    summary: `${criterion.text}: ${seen}`,
    incident: id,
    cause: cause && `${cause.title} (${cause.id}, ${cause.status})${cause.where === '' ? '' : ` at ${cause.where}`}`,
    changed:
      changes.length === 0
        ? undefined
        : changes
            .slice(0, 3)
            .map(({ where, text }) => `${where}: ${text}`)
            .join('; '),
    repair: repairs.length === 0 ? undefined : `${repairs.at(-1)?.means} ${repairs.at(-1)?.outcome}`,
  }
  return {
    labels: { alertname: 'CulpritIncident', criterion: criterion.name, kind: criterion.kind, severity, instance: shown(host) },
    annotations: Object.fromEntries(
      Object.entries(annotations).flatMap(([name, text]) => (text === undefined ? [] : [[name, shown(text)]])),
    ),
    startsAt: opened.wall,
    endsAt: state === 'open' ? new Date(now.getTime() + ahead).toISOString() : (recovered?.wall ?? now.toISOString()),
  }
}

const shown = (text: string): string => escapeTerminal(text.length > MOST ? `${text.slice(0, MOST)}…` : text)
