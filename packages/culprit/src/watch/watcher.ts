import { existsSync, rmSync } from 'node:fs'
import type { Executor } from '../exec/executor.ts'
import type { WatchConfig } from './config.ts'
import { Examiner } from './examine/examiner.ts'
import type { Examined } from './examine/run.ts'
import type { CriterionState, Incident, Round, Snapshot, WatchListener } from './incident.ts'
import type { Tried } from './look/flow.ts'
import { Looker } from './look/looker.ts'
import { Mender } from './mend/mender.ts'
import { type Clock, type Moment, secondsBetween } from './moment.ts'
import { isAsked, isSuspect, Standing } from './rounds.ts'
import type { Self } from './self.ts'
import { usedOf } from './state/budget.ts'
import { isThere, pruneSnapshots, readStatus, type WatchFolder, writeStatus } from './state/folder.ts'
import { advance } from './state/ledger.ts'
import type { Store } from './state/store.ts'
import { examinedIncident } from './update.ts'

export interface WatcherSetup {
  readonly config: WatchConfig
  readonly configFile: string
  readonly clock: Clock
  readonly machine: Executor
  readonly self: Self
  readonly folder: WatchFolder
  /** The folder of repairs. */
  readonly state: string
  readonly store: Store
  readonly listeners: readonly WatchListener[]
}

type States = readonly CriterionState[]

/** The healing agent's rounds: look, try, examine where something changed or failed, open and close incidents, repair what is allowed. */
export class Watcher {
  readonly #setup: WatcherSetup
  readonly #started: Moment
  readonly #standing = new Standing()
  readonly #looker: Looker
  readonly #examiner: Examiner
  readonly #mender: Mender
  #config: WatchConfig
  #number = 0
  #good: Snapshot | null

  constructor(setup: WatcherSetup) {
    const { config, clock, folder, store, self, state, machine } = setup
    this.#setup = setup
    this.#config = config
    this.#started = clock.now()
    this.#looker = new Looker(machine, config)
    this.#examiner = new Examiner({ self, clock, folder }, config)
    this.#mender = new Mender({ store, clock, self, folder, state })
    const good = readStatus(folder)?.good ?? null
    this.#good = good && isThere(good) ? good : null
  }

  get config(): WatchConfig {
    return this.#config
  }

  /** Is any criterion failing, and not yet often enough? */
  suspects(states: States): boolean {
    return states.some((state) => this.#isSuspect(state))
  }

  /** Another configuration: incidents of criteria that are gone are closed, the rest goes on. */
  reload(config: WatchConfig): void {
    this.#config = config
    this.#looker.reload(config)
    this.#examiner.reload(config)
    this.#standing.forget()
    this.#dropStrangers()
    for (const listener of this.#setup.listeners) listener.reload?.(config)
    this.#setup.store.told('reloaded', `${config.criteria.length} criteria`)
  }

  /** Before the first round: what an earlier watch left in the middle. */
  async begin(signal?: AbortSignal): Promise<void> {
    const { store } = this.#setup
    const torn = store.torn > 0 ? `; ${store.torn} torn lines of the journal were passed over` : ''
    store.told('started', `process ${process.pid}, ${this.#config.criteria.length} criteria${torn}`)
    this.#dropStrangers()
    await this.#mender.reconcile(signal)
    store.shorten(this.#config.keep.incidents)
    this.#prune()
  }

  async round(signal?: AbortSignal): Promise<Round> {
    const { clock, store } = this.#setup
    const [began, start] = [clock.now(), performance.now()]
    this.#number++
    this.#resumed()
    const changed = await this.#looker.look(signal)
    let tried = await this.#looker.tryAll(signal)
    let states = this.#states(tried, true)
    const examined = signal?.aborted ? undefined : await this.#examineIfDue(states, tried, signal)
    if (examined?.answer && !signal?.aborted) {
      // What was just found out where to try, or just told by the model, belongs to this round.
      tried = await this.#looker.tryAll(signal, tried)
      states = this.#states(tried, false)
    }
    if (!signal?.aborted) {
      this.#advance(states, clock.now())
      if (examined) this.#digest(examined, states, began)
      await this.#mend(tried, states, signal)
      store.shorten(this.#config.keep.incidents)
    }
    return this.#finish({ began, start, states, changed, examined })
  }

  #states(tried: ReadonlyMap<string, Tried>, count: boolean): States {
    return this.#standing.states(this.#config.criteria, tried, count)
  }

  #isSuspect(state: CriterionState): boolean {
    const criterion = this.#config.criteria.find(({ name }) => name === state.name)
    return criterion !== undefined && isSuspect(criterion, state)
  }

  /** `culprit watch resume` has left its word. */
  #resumed(): void {
    const { folder, store } = this.#setup
    if (!existsSync(folder.resume)) return
    rmSync(folder.resume, { force: true })
    if (store.stopped) store.told('repairs-resumed', 'as asked for')
  }

  async #examineIfDue(states: States, tried: ReadonlyMap<string, Tried>, signal?: AbortSignal): Promise<Examined | undefined> {
    const { store } = this.#setup
    const { seen, unresolved } = this.#looker
    const failing = states.filter((state) => state.state === 'fails' && !this.#isSuspect(state)).map(({ name }) => name)
    const asked = this.#config.criteria.filter(isAsked)
    const occasion = {
      seen,
      failing,
      urgent: unresolved.new || failing.some((name) => store.current(name)?.state !== 'open'),
      suspected: this.suspects(states),
      waiting: unresolved.lost || asked.some(({ name }) => store.current(name)?.state === 'open'),
    }
    if (!this.#examiner.isDue(occasion)) return undefined
    const known = store.open.find(({ criterion, snapshots }) => failing.includes(criterion.name) && snapshots.before)
    return this.#examine({ tried, failing, before: known?.snapshots.before ?? this.#good, seen }, signal)
  }

  async #examine(task: Parameters<Examiner['examine']>[0], signal?: AbortSignal): Promise<Examined> {
    const examined = await this.#examiner.examine(task, signal)
    if (examined.answer) {
      this.#looker.learn(examined.answer.flows)
      this.#standing.keep(examined.answer)
    }
    return examined
  }

  #advance(states: States, now: Moment): void {
    const { store } = this.#setup
    for (const state of states) {
      const criterion = this.#config.criteria.find(({ name }) => name === state.name)
      const step = criterion && advance(store.current(state.name), criterion, state, now, this.#config.quiet / 1000)
      if (step?.text === '') store.remember(step.incident)
      else if (step) store.happened(step.kind, step.incident, step.text)
    }
  }

  /** Puts what an examination found into the incidents, and keeps its snapshot for what it is good for. */
  #digest({ answer, problem }: Examined, states: States, taken: Moment): void {
    const { store, clock } = this.#setup
    const snapshot = answer && 'path' in answer.snapshot ? { ...answer.snapshot, taken } : null
    for (const incident of store.open.filter(({ state }) => state === 'open')) {
      const next = examinedIncident(incident, { answer, problem, snapshot, good: this.#good, now: clock.now() })
      if (next) store.happened('updated', next.incident, next.text)
    }
    if (snapshot && states.every(({ state }) => state === 'holds')) this.#good = snapshot
    this.#prune()
  }

  async #mend(tried: ReadonlyMap<string, Tried>, states: States, signal?: AbortSignal): Promise<void> {
    const { store } = this.#setup
    const held = states.filter(({ state }) => state === 'holds').map(({ name }) => name)
    for (const { name } of states.filter(({ state }) => state === 'fails')) {
      const incident = store.current(name)
      const fault = this.#examiner.fault(name, this.#looker.seen)
      if (incident?.state !== 'open' || !fault || signal?.aborted) continue
      const verify = (): Promise<string | undefined> => this.#verify(new Set([name, ...held]), signal)
      const { host } = this.#examiner
      if (!(await this.#mender.mend({ config: this.#config, incident, fault, tried: tried.get(name), host, verify, signal }))) continue
      // One at a time: what else fails is looked at anew.
      this.#examiner.forget()
      return
    }
  }

  /** After a repair: do these criteria hold? undefined: they do. Asked for a while: connections need a moment to come back. */
  async #verify(names: ReadonlySet<string>, signal?: AbortSignal): Promise<string | undefined> {
    const { clock } = this.#setup
    const began = clock.now()
    const patience = Math.min(30, this.#config.repair.timer / 3000)
    const examines = this.#config.criteria.some((one) => names.has(one.name) && isAsked(one))
    for (;;) {
      const tried = await this.#looker.tryAll(signal)
      if (examines) await this.#examine({ tried, failing: [], before: null, seen: undefined }, signal)
      const wrong = this.#states(tried, false).find(({ name, state }) => names.has(name) && state !== 'holds')
      if (!wrong) return undefined
      if (signal?.aborted || secondsBetween(began, clock.now()) >= patience) return `${wrong.text}: ${wrong.seen}`
      await new Promise((later) => setTimeout(later, 500))
    }
  }

  #dropStrangers(): void {
    const { store, clock } = this.#setup
    const now = clock.now()
    for (const incident of store.open)
      if (!this.#config.criteria.some(({ name }) => name === incident.criterion.name))
        store.happened('closed', closed(incident, now), 'the configuration does not ask for it any more')
  }

  #prune(): void {
    const { folder, store } = this.#setup
    pruneSnapshots(folder, store.incidents, this.#good, this.#config.keep.megabytes * 1024 * 1024)
  }

  /** Writes the status, and tells who listens. */
  #finish(done: { began: Moment; start: number; states: States; changed: boolean; examined: Examined | undefined }): Round {
    const { store, clock, folder, configFile, listeners } = this.#setup
    const { began, start, states, changed, examined } = done
    const round = (): Round => ({
      number: this.#number,
      began,
      milliseconds: Math.round(performance.now() - start),
      criteria: states,
      changed,
      examined: examined ? { milliseconds: examined.milliseconds, cpuMilliseconds: Math.round(examined.cpuSeconds * 1000) } : null,
      open: store.open,
      stored: store.stored,
      budget: { used: usedOf(store.incidents, clock.now()), perHour: this.#config.repair.perHour, stopped: store.stopped },
    })
    const status = { schema: 'culprit.watch/v1' as const, pid: process.pid, config: configFile, started: this.#started, good: this.#good }
    // What was found while nothing could be kept is found again.
    if (store.settle(writeStatus(folder, { ...status, round: round() }))) this.#examiner.forget()
    const last = round()
    for (const listener of listeners) listener.round(last)
    return last
  }
}

const closed = (incident: Incident, now: Moment): Incident => ({ ...incident, state: 'closed', closed: now, updated: now })
