import { readFileSync } from 'node:fs'
import { uptime } from 'node:os'

/**
 * A point in time that can be compared with another although somebody sets the clock: the wall's time for people, and seconds since this start of
 * the machine (CLOCK_BOOTTIME) for reckoning.
 */
export interface Moment {
  /** ISO 8601, UTC. */
  readonly wall: string
  /** Of /proc/sys/kernel/random/boot_id. */
  readonly boot: string
  /** Seconds since the machine started, sleep included. */
  readonly up: number
}

/** Where the watch takes its time from. */
export interface Clock {
  readonly now: () => Moment
}

/** This machine's. */
export function machineClock(): Clock {
  const boot = bootId()
  return { now: () => ({ wall: new Date().toISOString(), boot, up: uptime() }) }
}

function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    return ''
  }
}

/**
 * Seconds from one moment to a later one: never negative, and never more than have passed for sure within one start of the machine. Across a restart the
 * wall's clock is asked, and at least the time since the restart has passed.
 */
export function secondsBetween(earlier: Moment, later: Moment): number {
  if (earlier.boot === later.boot && earlier.boot !== '') return Math.max(0, later.up - earlier.up)
  const byWall = (Date.parse(later.wall) - Date.parse(earlier.wall)) / 1000
  return Math.max(0, later.up, Number.isFinite(byWall) ? byWall : 0)
}
