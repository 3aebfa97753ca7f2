import type { Plan } from '@culprit/core/repair/plan'
import { type Executor, failureOf, succeeded } from '../exec/executor.ts'
import { parsePlan } from './plan-file.ts'

/** Where repairs keep what they did, on the machine that they change. */
export const DEFAULT_STATE = '/var/lib/culprit'

export const isRunId = (text: string): boolean => /^[a-z0-9][a-z0-9-]{0,63}$/.test(text)

/** What became of a repair, by its journal. */
export type RunState = 'prepared' | 'unfinished' | 'confirmed' | 'rolled-back' | 'stuck'

export interface JournalLine {
  /** `armed`, `unseen 2` (its state could not be read), `start 2`, `done 2`, `failed 2`, `expired`, `rollback`, `undo 2`, `undone 2`, `not-undone 2`, `confirmed`, `rolled-back`, `stuck` */
  readonly event: string
  readonly time: string
}

export interface Run {
  readonly id: string
  readonly state: RunState
  readonly journal: readonly JournalLine[]
  /** Is its timer there, to undo it should nobody confirm? */
  readonly watched: boolean
  readonly plan: Plan | undefined
}

/** Files of repairs on a machine, through its executor alone: the same on this machine, over SSH and for a namespace. */
export class Store {
  readonly executor: Executor
  readonly folder: string

  constructor(executor: Executor, state: string) {
    this.executor = executor
    this.folder = `${state}/repairs`
  }

  path(id: string, ...more: readonly string[]): string {
    return [this.folder, id, ...more].join('/')
  }

  /** Writes a file whole or not at all, and to the disk before it returns. @throws Error where that fails. */
  async write(path: string, text: string): Promise<void> {
    const script = 'umask 077; mkdir -p "$(dirname "$1")" && cat >"$1.new" && { sync "$1.new" 2>/dev/null || sync; } && mv "$1.new" "$1"'
    const ran = await this.executor.run({ argv: ['sh', '-c', script, 'write', path], stdin: text })
    const failure = failureOf(ran, 'sh')
    if (failure) throw new Error(`cannot write ${path} on ${this.executor.name}: ${failure}`)
  }

  async read(path: string): Promise<string | undefined> {
    const ran = await this.executor.run({ argv: ['cat', path] })
    return succeeded(ran) ? ran.stdout : undefined
  }

  /** Runs the repair's own program; its exit code, and what it said. */
  async script(
    id: string,
    words: readonly string[],
    seconds: number,
  ): Promise<{ readonly code: number | null; readonly said: string; readonly lost: string | undefined }> {
    const ran = await this.executor.run({ argv: ['sh', this.path(id, 'run.sh'), ...words], timeout: seconds * 1000 })
    return { code: ran.code, said: ran.stdout.trim(), lost: ran.end === 'exited' ? undefined : failureOf(ran, 'the repair') }
  }

  async list(): Promise<readonly Run[]> {
    const ran = await this.executor.run({ argv: ['ls', '-1', this.folder] })
    const ids = succeeded(ran) ? ran.stdout.split('\n').filter(isRunId) : []
    const runs = await Promise.all(ids.map((id) => this.run(id)))
    return runs.filter((run): run is Run => run !== undefined)
  }

  async run(id: string): Promise<Run | undefined> {
    const [plan, journal, watched] = await Promise.all([
      this.read(this.path(id, 'plan.json')),
      this.read(this.path(id, 'journal')),
      this.#isWatched(id),
    ])
    if (plan === undefined) return undefined
    const lines = readJournal(journal ?? '')
    const parsed = parsePlan(plan)
    return { id, state: stateOf(lines), journal: lines, watched, plan: 'problem' in parsed ? undefined : parsed }
  }

  /** The process of the timer, told from a later one of the same number by what it runs. */
  async #isWatched(id: string): Promise<boolean> {
    const script =
      'p=$(cat "$1/timer.pid" 2>/dev/null) && tr "\\0" " " <"/proc/$p/cmdline" 2>/dev/null | grep -q "run.sh timer" && [ "$(cat "$1/boot")" = "$(cat /proc/sys/kernel/random/boot_id)" ]'
    return succeeded(await this.executor.run({ argv: ['sh', '-c', script, 'watched', this.path(id)] }))
  }
}

export function readJournal(text: string): readonly JournalLine[] {
  return text.split('\n').flatMap((line) => {
    const [event = '', time = ''] = line.split('\t')
    return event === '' || time === '' ? [] : [{ event, time }]
  })
}

export function stateOf(journal: readonly JournalLine[]): RunState {
  const events = new Set(journal.map(({ event }) => event))
  if (events.has('rolled-back')) return 'rolled-back'
  if (events.has('stuck')) return events.has('confirmed') && journal.at(-1)?.event === 'confirmed' ? 'confirmed' : 'stuck'
  if (events.has('rollback') || events.has('expired')) return 'unfinished'
  if (events.has('confirmed')) return 'confirmed'
  return events.size === 0 ? 'prepared' : 'unfinished'
}
