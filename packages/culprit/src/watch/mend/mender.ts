import { join } from 'node:path'
import type { FlowCriterion } from '../config/criteria.ts'
import type { WatchConfig } from '../config.ts'
import type { ExaminedFault } from '../examine/exchange.ts'
import { questionOf } from '../examine/question.ts'
import type { Incident, RepairAttempt } from '../incident.ts'
import type { Tried } from '../look/flow.ts'
import type { Clock } from '../moment.ts'
import type { Self } from '../self.ts'
import { allowance } from '../state/budget.ts'
import type { WatchFolder } from '../state/folder.ts'
import type { Store } from '../state/store.ts'
import { type Chosen, choose } from './choose.ts'
import { applyHeld, confirm, type Ended, planRepair, reconcile, takeBack } from './repair.ts'

export interface MenderSetup {
  readonly store: Store
  readonly clock: Clock
  readonly self: Self
  readonly folder: WatchFolder
  /** The folder of repairs, as `culprit repair --state` takes it. */
  readonly state: string
}

/** What a repair is made from, of one incident. */
export interface MendRequest {
  readonly config: WatchConfig
  readonly incident: Incident
  readonly fault: ExaminedFault | undefined
  readonly tried: Tried | undefined
  readonly host: string
  /** Does the criterion hold now, and every other that held before? undefined: it does; else what does not. */
  readonly verify: () => Promise<string | undefined>
  readonly signal: AbortSignal | undefined
}

/** Repairs by itself what the configuration allows, as `culprit repair` does it: planned, proved, guarded, applied under the machine's timer, verified, confirmed or taken back. */
export class Mender {
  readonly #setup: MenderSetup
  /** Why nothing was done for an incident, as last told. */
  readonly #told = new Map<string, string>()

  constructor(setup: MenderSetup) {
    this.#setup = setup
  }

  /** Ends what an earlier watch left in the middle. */
  async reconcile(signal?: AbortSignal): Promise<void> {
    const { store, self, state } = this.#setup
    for (const incident of store.incidents) {
      const attempt = incident.repairs.find(({ outcome }) => outcome === 'under-way')
      const ended = attempt && (await reconcile(self, attempt.id, state, signal))
      if (attempt && ended && !signal?.aborted) this.#ended(incident.id, attempt, ended, false)
    }
  }

  /** True where something was done to the machine. */
  async mend(request: MendRequest): Promise<boolean> {
    const { store, clock } = this.#setup
    const { config, incident, fault } = request
    const { repair } = config
    if (repair.allow.length === 0 || incident.state !== 'open') return false
    const chosen = choose(repair.allow, incident, fault)
    if ('why' in chosen) return this.#notDone(incident, chosen.why)
    const allowed = allowance(repair, store.incidents, incident, store.stopped, clock.now())
    if (allowed.kind === 'no') return this.#notDone(incident, `${chosen.permission.name}: ${allowed.why}`)
    if (!store.stored) return this.#notDone(incident, `${chosen.permission.name}: the state cannot be written`)
    if (incident.snapshots.after === null) return this.#notDone(incident, `${chosen.permission.name}: there is no snapshot to plan from`)
    this.#told.delete(incident.id)
    return this.#carryOut(request, chosen, incident.snapshots.after.path)
  }

  async #carryOut(request: MendRequest, chosen: Chosen, evidence: string): Promise<boolean> {
    const { self, clock, folder, state, store } = this.#setup
    const { config, incident, host, tried, signal } = request
    const { permission, cause, option } = chosen
    const criterion = config.criteria.find((one): one is FlowCriterion => one.kind === 'flow' && one.name === incident.criterion.name)
    const means = option ? `option ${option.id}` : `runbook ${permission.runbook}`
    const began = { id: '', allowed: permission.name, cause: cause.id, means, began: clock.now(), outcome: 'under-way' as const, why: '' }
    const planned = await planRepair(
      self,
      {
        chosen,
        host,
        evidence,
        question: criterion && questionOf(criterion, tried, host),
        timer: config.repair.timer,
        state,
        file: join(folder.path, `plan-${incident.id}.json`),
      },
      signal,
    )
    if (signal?.aborted) return false
    if (planned.kind === 'failed')
      return this.#ended(incident.id, began, { outcome: 'failed', why: planned.why }, config.repair.afterFailure === 'stop')
    const attempt: RepairAttempt = { ...began, id: planned.id }
    // Written before anything is changed: a repair that nobody would remember is not begun.
    if (!store.happened('repairing', withAttempt(current(store, incident), attempt), `${means} for ${cause.id}`))
      return this.#ended(incident.id, attempt, { outcome: 'failed', why: 'the state could not be written' }, false)
    const stopped = await applyHeld(self, planned, state, signal)
    const ended = stopped ?? (await this.#verified(planned.id, request))
    // Told to end in the middle: the machine's timer takes it back, and the next watch looks what became of it.
    if (signal?.aborted && ended.outcome !== 'repaired') return true
    return this.#ended(incident.id, attempt, ended, config.repair.afterFailure === 'stop')
  }

  async #verified(id: string, { verify, signal }: MendRequest): Promise<Ended> {
    const { self, state } = this.#setup
    const wrong = await verify()
    return wrong === undefined ? confirm(self, id, state, signal) : takeBack(self, id, state, wrong, signal)
  }

  /** True where the machine was touched. */
  #ended(id: string, attempt: RepairAttempt, { outcome, why }: Ended, stops: boolean): boolean {
    const { store, clock } = this.#setup
    const incident = store.get(id)
    if (!incident) return false
    const done = { ...attempt, ended: clock.now(), outcome, why }
    const text =
      outcome === 'repaired' ? `${attempt.means}: applied, verified and confirmed (${attempt.id})` : `${attempt.means}: ${outcome}: ${why}`
    store.happened(outcome === 'repaired' ? 'repaired' : 'repair-failed', withAttempt(incident, done), text)
    const touched = outcome === 'rolled-back' || outcome === 'stuck'
    if ((touched && stops) || outcome === 'stuck')
      store.told(
        'repairs-stopped',
        `repairs by itself are stopped after one that failed (${attempt.means}); culprit watch resume lets them go on`,
      )
    return touched || outcome === 'repaired'
  }

  /** Said once, until it is another reason. */
  #notDone(incident: Incident, why: string): false {
    const short = why.replace(/\d+ s/g, '')
    if (this.#told.get(incident.id) === short) return false
    this.#told.set(incident.id, short)
    const { store } = this.#setup
    const now = current(store, incident)
    const notes = [...now.notes.filter((note) => !note.startsWith(NOT_REPAIRED)), `${NOT_REPAIRED}${why}`]
    store.happened('updated', { ...now, notes, updated: this.#setup.clock.now() }, `${NOT_REPAIRED}${why}`)
    return false
  }
}

const NOT_REPAIRED = 'not repaired by itself: '

const current = (store: Store, incident: Incident): Incident => store.get(incident.id) ?? incident

function withAttempt(incident: Incident, attempt: RepairAttempt): Incident {
  const before = incident.repairs.filter(({ outcome, began }) => !(outcome === 'under-way' && began.up === attempt.began.up))
  return { ...incident, repairs: [...before, attempt], updated: attempt.ended ?? attempt.began }
}
