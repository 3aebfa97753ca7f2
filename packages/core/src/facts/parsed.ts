import type { Note } from './source.ts'

/** What every reader gives back: the facts, and notes on what it did not understand. A reader never throws on bad text. */
export interface Parsed<T> {
  readonly facts: readonly T[]
  readonly notes: readonly Note[]
}
