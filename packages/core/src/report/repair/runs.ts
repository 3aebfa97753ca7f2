import { escapeAll } from '../escape.ts'
import type { Style } from '../style.ts'

/** A repair that was begun, as its journal tells. */
export interface RunSummary {
  readonly id: string
  readonly state: 'prepared' | 'unfinished' | 'confirmed' | 'rolled-back' | 'stuck'
  readonly watched: boolean
  readonly title: string
  readonly host: string
  readonly journal: readonly { readonly event: string; readonly time: string }[]
}

/** A line a repair, the latest first. */
export function runsReport(given: readonly RunSummary[], style: Style): string {
  if (given.length === 0) return 'No repair was made here.\n'
  const runs = [...escapeAll(given)].sort((a, b) => startOf(b).localeCompare(startOf(a)))
  const width = Math.max(...runs.map(({ id }) => id.length))
  return runs
    .map((run) => `${run.id.padEnd(width)}  ${startOf(run).padEnd(20)}  ${colour(run.state, style)(run.state.padEnd(11))}  ${run.title}\n`)
    .join('')
}

const startOf = ({ journal }: RunSummary): string => journal[0]?.time ?? ''

/** One repair with its journal, and what can be done with it. */
export function runReport(given: RunSummary & { readonly folder: string }, style: Style): string {
  const run = escapeAll(given)
  const lines = [
    `${style.strong(run.id)}: ${run.title}`,
    `state: ${colour(run.state, style)(run.state)}${run.state === 'unfinished' ? (run.watched ? ', and its timer runs' : ', and nobody watches it') : ''}`,
    `files: ${run.folder}`,
    ...run.journal.map(({ event, time }) => `  ${time}  ${event}`),
    ...adviceOf(run).map((line) => style.dim(line)),
  ]
  return `${lines.join('\n')}\n`
}

function adviceOf({ id, state, watched }: RunSummary): readonly string[] {
  switch (state) {
    case 'unfinished':
      return watched
        ? [`keep it: culprit repair confirm ${id}`, `take it back now: culprit repair rollback ${id}`]
        : [`take it back: culprit repair rollback ${id}`]
    case 'confirmed':
      return [`take it back: culprit repair rollback ${id}`]
    case 'stuck':
      return ['what could not be undone is marked not-undone; the state before is in the folder backup of its files']
    default:
      return []
  }
}

function colour(state: RunSummary['state'], style: Style): (text: string) => string {
  if (state === 'confirmed') return style.good
  return state === 'stuck' ? style.bad : state === 'unfinished' ? style.unsure : style.dim
}
