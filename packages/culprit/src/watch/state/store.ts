import type { Incident, IncidentEventKind, WatchEvent, WatcherEventKind, WatchListener } from '../incident.ts'
import type { Clock } from '../moment.ts'
import { Journal, readJournal } from './journal.ts'

const MOST_LINES = 5000

/**
 * What the watch knows of incidents, in memory and in the journal. Whatever happens is written first and told then. Where nothing can be written it goes on in
 * memory, says so once, and writes what it kept when there is room again.
 */
export class Store {
  readonly #journal: Journal
  readonly #clock: Clock
  readonly #listeners: readonly WatchListener[]
  readonly #incidents: Map<string, Incident>
  #seq: number
  #lines: number
  #stopped: boolean
  #stored = true
  /** Lines that a crash had torn. */
  readonly torn: number

  /** @throws the system's error for a journal that is there and cannot be read. */
  constructor(path: string, clock: Clock, listeners: readonly WatchListener[]) {
    const past = readJournal(path)
    this.#journal = new Journal(path)
    this.#clock = clock
    this.#listeners = listeners
    this.#incidents = new Map(past.incidents)
    this.#seq = past.seq
    this.#lines = past.lines
    this.#stopped = past.stopped
    this.torn = past.torn
  }

  /** All that are known, in the order in which they were opened. */
  get incidents(): readonly Incident[] {
    return [...this.#incidents.values()]
  }

  get open(): readonly Incident[] {
    return this.incidents.filter(({ state }) => state !== 'closed')
  }

  /** Is everything on the disk? */
  get stored(): boolean {
    return this.#stored
  }

  /** Repairs by itself wait for a person. */
  get stopped(): boolean {
    return this.#stopped
  }

  current(criterion: string): Incident | undefined {
    return this.incidents.find(({ criterion: { name }, state }) => name === criterion && state !== 'closed')
  }

  get(id: string): Incident | undefined {
    return this.#incidents.get(id)
  }

  /** Remembers without telling anybody: what is not worth a line. */
  remember(incident: Incident): void {
    this.#incidents.set(incident.id, incident)
  }

  /** Something happened to an incident. False: it is in memory alone. */
  happened(kind: IncidentEventKind, incident: Incident, text: string): boolean {
    this.#incidents.set(incident.id, incident)
    return this.#tell({ kind, seq: ++this.#seq, at: this.#clock.now(), text, incident })
  }

  /** Something happened to the watch. */
  told(kind: WatcherEventKind, text: string): boolean {
    if (kind === 'repairs-stopped') this.#stopped = true
    if (kind === 'repairs-resumed') this.#stopped = false
    return this.#tell({ kind, seq: ++this.#seq, at: this.#clock.now(), text })
  }

  /** Tries again to write what waits; `problem`: something else in the folder could not be written. True where there is room again. */
  settle(problem?: string): boolean {
    this.#journal.flush()
    const why = problem ?? this.#journal.problem
    if (why !== undefined) this.#lost(why)
    else if (!this.#stored) {
      this.#stored = true
      this.told('store-back', 'what was kept in memory is written')
      return this.#stored
    }
    return false
  }

  /** Forgets the oldest closed incidents beyond so many, and makes the journal short again. */
  shorten(most: number): void {
    const closed = this.incidents.filter(({ state }) => state === 'closed')
    const old = closed.slice(0, Math.max(0, closed.length - most))
    if (old.length === 0 && this.#lines < MOST_LINES) return
    for (const { id } of old) this.#incidents.delete(id)
    const written = this.#journal.compact({ incidents: this.#incidents, seq: this.#seq, stopped: this.#stopped }, this.#clock.now())
    if (written) this.#lines = this.#incidents.size + 1
  }

  close(): void {
    this.#journal.close()
  }

  #tell(event: WatchEvent): boolean {
    this.#lines++
    const written = this.#journal.append(event)
    for (const listener of this.#listeners) listener.event(event)
    if (this.#journal.problem !== undefined) this.#lost(this.#journal.problem)
    return written
  }

  #lost(problem: string): void {
    if (!this.#stored) return
    this.#stored = false
    this.told('store-lost', `the state cannot be written, the watch goes on in memory and repairs nothing: ${problem}`)
  }
}
