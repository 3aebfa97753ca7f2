import type { CriterionKind, Severity } from './config/criteria.ts'
import type { WatchConfig } from './config.ts'
import type { Moment } from './moment.ts'

/**
 * What becomes of one criterion that failed.
 * - `open`: it fails
 * - `recovered`: it holds again, and the quiet time runs
 * - `closed`: it held for the whole quiet time
 */
export type IncidentState = 'open' | 'recovered' | 'closed'

/** An incident: a criterion that failed, from then until it has held for a quiet time. All text in it may come from evidence: it is not escaped. */
export interface Incident {
  /** `20261121-115900-web`: when it was opened, and the criterion. Fit for a file name. */
  readonly id: string
  readonly state: IncidentState
  readonly criterion: { readonly name: string; readonly kind: CriterionKind; readonly text: string }
  readonly severity: Severity
  readonly opened: Moment
  readonly updated: Moment
  /** Since when it holds again; undefined while it fails. */
  readonly recovered?: Moment | undefined
  readonly closed?: Moment | undefined
  /** How it fails, as last seen: `timeout`, a finding's text. */
  readonly seen: string
  /** How often it failed again within the quiet time. */
  readonly relapses: number
  /** Most likely first. */
  readonly causes: readonly IncidentCause[]
  readonly snapshots: { readonly before: Snapshot | null; readonly after: Snapshot | null }
  /** From the snapshot before to the one after, the most telling first. */
  readonly changes: readonly IncidentChange[]
  readonly repairs: readonly RepairAttempt[]
  /** What could not be done for it, and why: a snapshot that found no room, a diagnosis that did not end. */
  readonly notes: readonly string[]
}

export interface IncidentCause {
  /** As in knowledge/causes.yaml. */
  readonly id: string
  readonly title: string
  readonly status: 'proved' | 'supported' | 'possible'
  readonly confidence: number
  /** The host, the namespace and the object or rule, in words. */
  readonly where: string
  readonly because: readonly string[]
}

/** A bundle that the watch took. */
export interface Snapshot {
  /** Absolute path of the archive. */
  readonly path: string
  readonly taken: Moment
  readonly bytes: number
}

/** One thing that is not what it was. */
export interface IncidentChange {
  /** `n1`, `n1/p1`: the host and the namespace. */
  readonly where: string
  /** `route removed: default via 192.0.2.1 dev eth0` */
  readonly text: string
}

/**
 * How a repair by the watch itself ended.
 * - `under-way`: begun; written before the first step, so that it is known after a crash
 * - `repaired`: applied, the criterion seen to hold, confirmed
 * - `rolled-back`: applied, and taken back: a check failed, or the criterion did not come to hold
 * - `refused`: a guard or the proof spoke against it; nothing was changed
 * - `failed`: it could not be planned or begun; nothing was changed
 * - `stuck`: taking it back failed: a person is needed
 */
export type RepairOutcome = 'under-way' | 'repaired' | 'rolled-back' | 'refused' | 'failed' | 'stuck'

export interface RepairAttempt {
  /** The plan's id, as `culprit repair status` knows it. Empty: there was no plan. */
  readonly id: string
  /** The permission that allowed it, by its name in the configuration. */
  readonly allowed: string
  readonly cause: string
  /** `runbook add-default-route`, `option route.overlap-1` */
  readonly means: string
  readonly began: Moment
  readonly ended?: Moment | undefined
  readonly outcome: RepairOutcome
  /** Why, where it did not succeed. */
  readonly why: string
}

/** Something that happened to an incident. */
export type IncidentEventKind =
  | 'opened'
  /** Causes, changes or the way it fails are known better, or another. */
  | 'updated'
  | 'repairing'
  | 'repaired'
  /** Rolled back, refused, failed or stuck: the last of `repairs` tells. */
  | 'repair-failed'
  /** It holds again; the quiet time runs. */
  | 'recovered'
  /** It failed again within the quiet time. */
  | 'relapsed'
  | 'closed'

/** Something that happened to the watch itself. */
export type WatcherEventKind =
  | 'started'
  | 'stopped'
  | 'reloaded'
  /** A new configuration cannot be read; the former one goes on. */
  | 'reload-failed'
  /** Nothing can be written; the watch goes on in memory, and repairs nothing. */
  | 'store-lost'
  | 'store-back'
  /** Repairs by itself are stopped after a failed one, or the budget is used up. */
  | 'repairs-stopped'
  | 'repairs-resumed'

/** What the journal, the metrics and the notifications are told; `incident` is as it is after the event. */
export type WatchEvent =
  | {
      readonly kind: IncidentEventKind
      /** Rises by one with every event of a state folder. */
      readonly seq: number
      readonly at: Moment
      readonly text: string
      readonly incident: Incident
    }
  | { readonly kind: WatcherEventKind; readonly seq: number; readonly at: Moment; readonly text: string; readonly incident?: undefined }

export const isIncidentEvent = (event: WatchEvent): event is WatchEvent & { readonly incident: Incident } => event.incident !== undefined

/** How a criterion stood at the end of a round. */
export interface CriterionState {
  readonly name: string
  readonly kind: CriterionKind
  readonly text: string
  readonly severity: Severity
  /** `unknown`: it could not be asked; that opens no incident. */
  readonly state: 'holds' | 'fails' | 'unknown'
  /** What was seen. */
  readonly seen: string
  /** Rounds in a row that it failed. */
  readonly failures: number
}

/** What a round of the watch came to. */
export interface Round {
  /** From 1 on since this process started. */
  readonly number: number
  readonly began: Moment
  readonly milliseconds: number
  readonly criteria: readonly CriterionState[]
  /** Did anything that decides about packets change since the round before? */
  readonly changed: boolean
  /** Was there a full examination (bundle, checks, predictions, diagnosis)? Its wall time and processor time. */
  readonly examined: { readonly milliseconds: number; readonly cpuMilliseconds: number } | null
  /** Incidents that are not closed. */
  readonly open: readonly Incident[]
  /** False while nothing can be written. */
  readonly stored: boolean
  /** Automatic repairs within the last hour, and how many are allowed in one. */
  readonly budget: { readonly used: number; readonly perHour: number; readonly stopped: boolean }
}

/**
 * Who is told: metrics, notifications. Told after the journal has it. Neither call may throw or block; what takes time goes on by itself, and `close` waits for
 * it a second at most.
 */
export interface WatchListener {
  readonly event: (event: WatchEvent) => void
  readonly round: (round: Round) => void
  /** The configuration was read again. */
  readonly reload?: (config: WatchConfig) => void
  readonly close: () => Promise<void>
}
