import type { Cell } from './cell.ts'
import type { Sender, Target } from './place.ts'

/** Senders whose packets fare alike, whoever of them sends. */
export interface SenderGroup {
  readonly kind: Sender['kind']
  readonly host: string | undefined
  readonly members: readonly [Sender, ...Sender[]]
}

/** Targets that fare alike. */
export interface TargetGroup {
  readonly kind: Target['kind']
  readonly host: string | undefined
  readonly members: readonly [Target, ...Target[]]
}

/** Pairs of a group that fare otherwise than the rest: a pod that asks for a Service whose endpoint it is. */
export interface Exception {
  readonly sender: Sender
  readonly target: Target
  readonly row: number
  readonly column: number
  readonly cell: Cell
}

/** Who reaches whom. */
export interface Matrix {
  readonly senders: readonly SenderGroup[]
  readonly targets: readonly TargetGroup[]
  /** Distinct findings; `at` points into it. */
  readonly cells: readonly Cell[]
  /** Index of the finding of a row and a column; -1: no pair of them is part of the matrix. */
  at(row: number, column: number): number
  /** Pairs that `at` speaks for: not a place with itself, and not those in `exceptions`. */
  pairsAt(row: number, column: number): number
  readonly exceptions: readonly Exception[]
  /** Pairs covered, and packets (with their answers) that were really sent through the model. */
  readonly pairs: number
  readonly traced: number
}

/** Called now and then with how much is done; `total` may grow. */
export type Progress = (done: number, total: number, what: string) => void
