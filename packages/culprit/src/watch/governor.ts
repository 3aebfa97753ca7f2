import { readFileSync } from 'node:fs'

/**
 * Keeps work that nobody waits for within a share of a core: what it cost is paid back by the time that passes. In the long run it costs the share and one job.
 */
export class Governor {
  readonly #share: number
  readonly #now: () => number
  /** Seconds of processor time that may be spent; below zero: owed. */
  #credit = 0
  #seen: number

  /** `now`: seconds of a clock that nobody sets. */
  constructor(share: number, now: () => number = () => performance.now() / 1000) {
    this.#share = share
    this.#now = now
    this.#seen = now()
  }

  /** May work begin? `slack`: seconds of time that the caller gives on top, so that a job that fits exactly is not put off by a jitter. */
  mayWork(slack = 0): boolean {
    const now = this.#now()
    this.#credit = Math.min(0, this.#credit + (now - this.#seen) * this.#share)
    this.#seen = now
    return this.#credit + slack * this.#share >= 0
  }

  spent(seconds: number): void {
    this.#credit -= Math.max(0, seconds)
  }
}

/** Processor seconds of all children of this process that have ended, theirs included: fields 16 and 17 of proc_pid_stat(5), in ticks of 10 ms. */
export function childSeconds(): number {
  const stat = readFileSync('/proc/self/stat', 'latin1')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[13]) + Number(fields[14])) / 100
}
