import { escapeTerminal } from '@culprit/core/report/escape'
import type { Style } from '@culprit/core/report/style'
import type { CriterionState, Incident, RepairAttempt, Round, WatchEvent } from './incident.ts'
import type { Status } from './state/folder.ts'

/** One event as a line for the log: the time is the log's affair. Text from evidence is escaped. */
export function eventLine({ kind, text, incident }: WatchEvent): string {
  return escapeTerminal(incident ? `${kind} ${incident.id}: ${text}` : `${kind}: ${text}`)
}

export function statusText(status: Status | undefined, running: boolean, incidents: readonly Incident[], style: Style): string {
  const lines: string[] = []
  if (!status) lines.push(running ? 'A watch runs here, and has not finished its first round.' : 'No watch has run here.')
  else {
    const { round, pid, config } = status
    lines.push(
      `${running ? style.good('Running') : style.unsure('Not running')}: process ${pid}, ${escapeTerminal(config)}`,
      `Round ${round.number} at ${round.began.wall}, ${round.milliseconds} ms${round.stored ? '' : style.bad('; the state cannot be written')}`,
      `Repairs by itself: ${round.budget.used} of ${round.budget.perHour} in the last hour${round.budget.stopped ? style.bad('; stopped until culprit watch resume') : ''}`,
      '',
      ...criteriaLines(round, style),
    )
  }
  const open = incidents.filter(({ state }) => state !== 'closed')
  lines.push(
    '',
    open.length === 0 ? 'No incident is open.' : `Open incidents: ${open.length}`,
    ...open.map((one) => incidentLine(one, style)),
  )
  return `${lines.join('\n')}\n`
}

const criteriaLines = ({ criteria }: Round, style: Style): readonly string[] => {
  const width = Math.max(0, ...criteria.map(({ name }) => name.length))
  return criteria.map(
    (one) => `${mark(one, style)} ${one.name.padEnd(width)}  ${escapeTerminal(one.text)}  ${style.dim(escapeTerminal(one.seen))}`,
  )
}

function mark({ state }: CriterionState, style: Style): string {
  return state === 'holds' ? style.good('holds  ') : state === 'fails' ? style.bad('FAILS  ') : style.unsure('unknown')
}

export const incidentLine = ({ id, state, criterion, seen, causes }: Incident, style: Style): string =>
  `${id}  ${state === 'open' ? style.bad(state) : state}  ${escapeTerminal(criterion.text)}: ${escapeTerminal(seen)}${causes[0] ? `  ${causes[0].id}` : ''}`

/** An incident whole, with what happened to it. */
export function incidentText(incident: Incident, events: readonly WatchEvent[], style: Style): string {
  const { id, state, criterion, opened, recovered, closed, seen, causes, changes, snapshots, repairs, notes } = incident
  const e = escapeTerminal
  const lines = [
    `${style.strong(id)}  ${state === 'open' ? style.bad(state) : state}`,
    `${e(criterion.text)}: ${e(seen)}`,
    `opened ${opened.wall}${recovered ? `, holds since ${recovered.wall}` : ''}${closed ? `, closed ${closed.wall}` : ''}`,
    '',
    style.strong('Causes'),
    ...(causes.length === 0
      ? ['  none was found']
      : causes.flatMap((one) => [
          `  ${one.status} (${one.confidence.toFixed(2)})  ${one.id}  ${e(one.title)}  ${e(one.where)}`,
          ...one.because.map((text) => style.dim(`    ${e(text)}`)),
        ])),
    '',
    style.strong('Changed since it worked'),
    ...(changes.length === 0 ? ['  nothing that is known'] : changes.map(({ where, text }) => `  ${e(where)}  ${e(text)}`)),
    '',
    `Snapshots: before ${e(snapshots.before?.path ?? 'none')}, after ${e(snapshots.after?.path ?? 'none')}`,
    ...repairs.map((one) => repairLine(one, style)),
    ...notes.map((note) => style.dim(`Note: ${e(note)}`)),
    '',
    ...events.map(({ at, kind, text }) => `${at.wall}  ${kind}  ${e(text)}`),
  ]
  return `${lines.join('\n')}\n`
}

const repairLine = ({ id, allowed, means, outcome, why }: RepairAttempt, style: Style): string =>
  `Repair: ${escapeTerminal(means)} (${allowed}): ${outcome === 'repaired' ? style.good(outcome) : style.bad(outcome)}${why === '' ? '' : `: ${escapeTerminal(why)}`}${id === '' ? '' : `  ${id}`}`
