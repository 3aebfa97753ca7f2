import { VERSION } from '../../cli/program.ts'
import type { Round, WatchEvent } from '../incident.ts'
import type { Family, Sample } from './exposition.ts'
import { Histogram } from './histogram.ts'

const SECONDS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]
const STATES = ['holds', 'fails', 'unknown'] as const

/** Counts by one label. */
type Counts = Map<string, number>
const count = (counts: Counts, key: string): void => void counts.set(key, (counts.get(key) ?? 0) + 1)
const byLabel = (counts: Counts, label: string): readonly Sample[] =>
  [...counts].map(([key, value]) => ({ labels: { [label]: key }, value }))

/** What the watch has come to, in numbers: told by its rounds and events, asked by whoever scrapes. */
export class Numbers {
  readonly #started: number
  readonly #rounds = new Histogram(SECONDS)
  readonly #examinations = new Histogram(SECONDS)
  readonly #opened: Counts = new Map()
  readonly #events: Counts = new Map([...['opened', 'recovered', 'relapsed', 'closed'].map((kind) => [kind, 0] as const)])
  readonly #repairs: Counts = new Map(['repaired', 'rolled-back', 'refused', 'failed', 'stuck'].map((outcome) => [outcome, 0]))
  #changes = 0
  #examinationCpu = 0
  #last: Round | undefined
  #lastAt = 0

  /** `now`: seconds since 1970. */
  constructor(now: number) {
    this.#started = now
  }

  event({ kind, incident }: WatchEvent): void {
    count(this.#events, kind)
    if (kind === 'opened' && incident) count(this.#opened, incident.criterion.name)
    const repair = kind === 'repaired' || kind === 'repair-failed' ? incident?.repairs.at(-1) : undefined
    if (repair) count(this.#repairs, repair.outcome)
  }

  round(round: Round): void {
    this.#last = round
    this.#lastAt = Date.parse(round.began.wall) / 1000 + round.milliseconds / 1000
    this.#rounds.observe(round.milliseconds / 1000)
    if (round.changed) this.#changes++
    if (!round.examined) return
    this.#examinations.observe(round.examined.milliseconds / 1000)
    this.#examinationCpu += round.examined.cpuMilliseconds / 1000
  }

  /** `process`: of this process, now. */
  families(process: { readonly cpuSeconds: number; readonly residentBytes: number }): readonly Family[] {
    const gauge = (name: string, help: string, value: number): Family => ({ name, type: 'gauge', help, samples: [{ value }] })
    const counter = (name: string, help: string, samples: readonly Sample[]): Family => ({ name, type: 'counter', help, samples })
    return [
      { ...gauge('culprit_build_info', 'The version of culprit.', 1), samples: [{ labels: { version: VERSION }, value: 1 }] },
      gauge('culprit_watch_start_time_seconds', 'When this watch started, in seconds since 1970.', this.#started),
      { name: 'culprit_watch_round_duration_seconds', type: 'histogram', help: 'How long rounds take.', samples: this.#rounds.samples() },
      {
        name: 'culprit_watch_examination_duration_seconds',
        type: 'histogram',
        help: 'How long full examinations take: bundle, checks, predictions, diagnosis.',
        samples: this.#examinations.samples(),
      },
      counter('culprit_watch_examination_cpu_seconds_total', 'Processor time of examinations.', [{ value: this.#examinationCpu }]),
      counter('culprit_watch_changes_total', 'Rounds in which something that decides about packets had changed.', [
        { value: this.#changes },
      ]),
      counter('culprit_watch_events_total', 'What happened to incidents and to the watch, by kind.', byLabel(this.#events, 'kind')),
      counter('culprit_incidents_opened_total', 'Incidents opened since the start, by criterion.', byLabel(this.#opened, 'criterion')),
      counter('culprit_repairs_total', 'Repairs by the watch itself since the start, by outcome.', byLabel(this.#repairs, 'outcome')),
      ...(this.#last ? ofRound(this.#last, this.#lastAt) : []),
      counter('process_cpu_seconds_total', 'Processor time of the watch itself, in seconds.', [{ value: process.cpuSeconds }]),
      gauge('process_resident_memory_bytes', 'Resident memory of the watch itself, in bytes.', process.residentBytes),
    ]
  }
}

/** How things stand since the last round. */
function ofRound({ criteria, open, budget, stored }: Round, at: number): readonly Family[] {
  const gauge = (name: string, help: string, samples: readonly Sample[]): Family => ({ name, type: 'gauge', help, samples })
  const failing = open.filter(({ state }) => state === 'open')
  return [
    gauge('culprit_watch_last_round_timestamp_seconds', 'When the last round ended, in seconds since 1970.', [{ value: at }]),
    gauge(
      'culprit_criterion_state',
      'How a criterion stands: 1 for the state that it is in.',
      criteria.flatMap(({ name, kind, severity, state }) =>
        STATES.map((one) => ({ labels: { criterion: name, kind, severity, state: one }, value: one === state ? 1 : 0 })),
      ),
    ),
    gauge(
      'culprit_criterion_failures',
      'Rounds in a row that a criterion has failed.',
      criteria.map(({ name, failures }) => ({ labels: { criterion: name }, value: failures })),
    ),
    gauge('culprit_incidents', 'Incidents that are not closed, by state.', [
      { labels: { state: 'open' }, value: failing.length },
      { labels: { state: 'recovered' }, value: open.length - failing.length },
    ]),
    gauge(
      'culprit_incident_cause',
      'The most likely cause of each open incident.',
      failing.flatMap(({ criterion, causes: [cause] }) =>
        cause ? [{ labels: { criterion: criterion.name, cause: cause.id, status: cause.status }, value: 1 }] : [],
      ),
    ),
    gauge('culprit_repairs_budget_used', 'Repairs by the watch itself within the last hour.', [{ value: budget.used }]),
    gauge('culprit_repairs_budget', 'Repairs that the watch may make in an hour.', [{ value: budget.perHour }]),
    gauge('culprit_repairs_stopped', '1: no repair is made until culprit watch resume.', [{ value: budget.stopped ? 1 : 0 }]),
    gauge('culprit_store_writable', '0: nothing can be written; the watch goes on in memory.', [{ value: stored ? 1 : 0 }]),
  ]
}
