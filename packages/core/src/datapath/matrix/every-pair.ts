import type { Engine } from '../engine.ts'
import { isAsked, requestFor } from './asked.ts'
import { type Cell, cellOf, unsettled } from './cell.ts'
import type { Matrix, Progress } from './matrix.ts'
import type { Places, Sender, Target } from './place.ts'

/** Traces one pair. */
export function tracePair(engine: Engine, sender: Sender, target: Target): Cell {
  const result = engine.trace(requestFor(sender, target), { reply: true })
  return 'kind' in result ? unsettled(result.text) : cellOf(result, sender, target, engine.model)
}

/** The matrix with nothing taken together: each pair is traced. */
export function everyPair(engine: Engine, { senders, targets }: Places, named: boolean, progress: Progress): Matrix {
  const cells: Cell[] = []
  const known = new Map<string, number>()
  const table = senders.map(() => new Int32Array(targets.length).fill(-1))
  let traced = 0
  for (const [row, sender] of senders.entries()) {
    for (const [column, target] of targets.entries()) {
      if (!isAsked(sender, target, named)) continue
      const cell = tracePair(engine, sender, target)
      traced++
      let index = known.get(cell.key)
      if (index === undefined) {
        index = cells.push(cell) - 1
        known.set(cell.key, index)
      }
      ;(table[row] as Int32Array)[column] = index
    }
    progress(row + 1, senders.length, 'senders')
  }
  const at = (row: number, column: number): number => table[row]?.[column] ?? -1
  return {
    senders: senders.map((sender) => ({ kind: sender.kind, host: sender.host, members: [sender] })),
    targets: targets.map((target) => ({ kind: target.kind, host: target.host, members: [target] })),
    cells,
    at,
    pairsAt: (row, column) => (at(row, column) < 0 ? 0 : 1),
    exceptions: [],
    pairs: traced,
    traced,
  }
}
