import { join } from 'node:path'
import type { WatchConfig } from '../config.ts'
import { Governor } from '../governor.ts'
import type { Snapshot } from '../incident.ts'
import type { Tried } from '../look/flow.ts'
import { LOOKING } from '../look/looker.ts'
import { type Clock, type Moment, secondsBetween } from '../moment.ts'
import type { Self } from '../self.ts'
import type { WatchFolder } from '../state/folder.ts'
import type { ExaminedFault } from './exchange.ts'
import { type Examined, runExamination } from './run.ts'

export interface ExaminerSetup {
  readonly self: Self
  readonly clock: Clock
  readonly folder: WatchFolder
}

/** What speaks for an examination. */
export interface Occasion {
  /** What the machine's state is; undefined: nobody knows. */
  readonly seen: string | undefined
  /** Nobody knows yet where a flow starts, or something has just begun to fail. */
  readonly urgent: boolean
  /** Criteria that fail for sure. */
  readonly failing: readonly string[]
  /** Something failed, and may be chance: what waits, waits until that is settled. */
  readonly suspected: boolean
  /** Only an examination can tell whether what fails holds again. */
  readonly waiting: boolean
}

export interface ExamineTask {
  readonly tried: ReadonlyMap<string, Tried>
  readonly failing: readonly string[]
  readonly before: Snapshot | null
  readonly seen: string | undefined
}

/** So old, in seconds, may be what is known of a fault on a machine that has changed since. */
const STALE = 120

/** Decides when the machine is examined, and remembers what was found. */
export class Examiner {
  readonly #setup: ExaminerSetup
  #config: WatchConfig
  #governor: Governor
  #last: { readonly at: Moment; readonly of: string | undefined } | undefined
  #count = 0
  #host = ''
  /** Criteria that causes were looked for, found or not. */
  readonly #diagnosed = new Set<string>()
  #faults = new Map<string, ExaminedFault>()

  constructor(setup: ExaminerSetup, config: WatchConfig) {
    this.#setup = setup
    this.#config = config
    this.#governor = new Governor(config.cost * (1 - LOOKING))
  }

  reload(config: WatchConfig): void {
    this.#config = config
    this.#governor = new Governor(config.cost * (1 - LOOKING))
    this.forget()
  }

  /** The machine is not what it was: the next round examines it. */
  forget(): void {
    this.#last = undefined
    this.#diagnosed.clear()
    this.#faults.clear()
  }

  /** What the bundles call this machine. */
  get host(): string {
    return this.#host
  }

  /** What was found of a criterion, where the machine is what it was then. */
  fault(name: string, seen: string | undefined): ExaminedFault | undefined {
    return this.#last?.of === seen ? this.#faults.get(name) : undefined
  }

  isDue({ seen, urgent, failing, suspected, waiting }: Occasion): boolean {
    if (this.#last === undefined || urgent) return true
    const age = secondsBetween(this.#last.at, this.#setup.clock.now())
    const changed = seen !== undefined && seen !== this.#last.of
    if (failing.some((name) => !this.#diagnosed.has(name) || (changed && age >= STALE))) return true
    return !suspected && (age * 1000 >= this.#config.examine || changed || waiting) && this.#governor.mayWork()
  }

  async examine({ tried, failing, before, seen }: ExamineTask, signal?: AbortSignal): Promise<Examined> {
    const { self, clock, folder } = this.#setup
    const { criteria, repair } = this.#config
    const at = clock.now()
    const examined = await runExamination(
      self,
      {
        schema: 'culprit.examine/v1',
        criteria,
        tried: Object.fromEntries([...tried].map(([name, { state, result }]) => [name, { state, result }])),
        diagnose: failing,
        optionsFor: repair.allow.flatMap(({ option, causes }) => (option === undefined ? [] : causes)),
        snapshot: join(folder.snapshots, `${at.wall.replace(/[-:]|\.\d+Z$/g, '')}-${++this.#count}.tar.gz`),
        before: before?.path ?? null,
      },
      signal,
    )
    this.#governor.spent(examined.cpuSeconds)
    this.#last = { at: clock.now(), of: seen }
    this.#host = examined.answer?.host ?? this.#host
    for (const name of failing) this.#diagnosed.add(name)
    for (const { name } of examined.answer?.faults ?? []) this.#diagnosed.add(name)
    this.#faults = new Map(examined.answer?.faults.map((fault) => [fault.name, fault]))
    return examined
  }
}
