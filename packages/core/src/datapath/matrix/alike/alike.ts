import type { Objects } from '../../../model/objects.ts'
import type { Engine } from '../../engine.ts'
import { isAsked } from '../asked.ts'
import { type Cell, unsettled } from '../cell.ts'
import { tracePair } from '../every-pair.ts'
import type { Exception, Matrix, Progress, SenderGroup, TargetGroup } from '../matrix.ts'
import type { Places, Sender, Target } from '../place.ts'
import { type Column, columnsOf, type Row, rowsOf } from './groups.ts'
import { Keys } from './keys.ts'
import { Networks } from './naming.ts'

/** Traces beyond this many are not made: their pairs are open. */
const MOST_TRACES = 400_000

/**
 * The matrix with pairs taken together that differ in nothing their packets may meet. Hosts stand in for hosts whose facts and rules read the same
 * once addresses are told by roles; residents of a host for each other where no fact or rule that their packets may come to names them. One
 * pair of each kind is traced.
 */
export function alikePairs(engine: Engine, objects: Objects, places: Places, named: boolean, progress: Progress): Matrix {
  const networks = new Networks()
  const traces = new Traces(engine)
  for (;;) {
    progress(0, 1, 'comparing hosts')
    const keys = new Keys(engine.model, objects, places, networks)
    const known = networks.size
    const matrix = fill(keys, traces, places, named, progress)
    // A network that only the last look at the rules brought up may tell apart what was taken together.
    if (networks.size === known) return matrix
    traces.forget()
  }
}

function fill(keys: Keys, traces: Traces, places: Places, named: boolean, progress: Progress): Matrix {
  const rows = rowsOf(keys, places.senders)
  const columns = columnsOf(keys, places.targets)
  const table = new Table(rows.length, columns.length)
  for (const [r, row] of rows.entries()) {
    for (const [c, column] of columns.entries()) fillCell(keys, traces, named, table, { row, column, r, c })
    progress(r + 1, rows.length, 'senders compared and traced')
  }
  return {
    senders: rows.map(({ kind, host, members }): SenderGroup => ({ kind, host, members })),
    targets: columns.map(({ kind, host, members }): TargetGroup => ({ kind, host, members })),
    cells: table.cells,
    at: (row, column) => table.found[row * columns.length + column] ?? -1,
    pairsAt: (row, column) => table.counts[row * columns.length + column] ?? 0,
    exceptions: table.exceptions,
    pairs: table.pairs,
    traced: traces.made,
  }
}

class Table {
  readonly found: Int32Array
  readonly counts: Int32Array
  readonly cells: Cell[] = []
  readonly exceptions: Exception[] = []
  pairs = 0
  readonly #width: number
  readonly #known = new Map<Cell, number>()

  constructor(rows: number, columns: number) {
    this.#width = columns
    this.found = new Int32Array(rows * columns).fill(-1)
    this.counts = new Int32Array(rows * columns)
  }

  put(row: number, column: number, cell: Cell, pairs: number): void {
    let index = this.#known.get(cell)
    if (index === undefined) {
      index = this.cells.push(cell) - 1
      this.#known.set(cell, index)
    }
    this.found[row * this.#width + column] = index
    this.counts[row * this.#width + column] = pairs
  }
}

interface Place {
  readonly row: Row
  readonly column: Column
  readonly r: number
  readonly c: number
}

function fillCell(keys: Keys, traces: Traces, named: boolean, table: Table, { row, column, r, c }: Place): void {
  const size = pairsOf(row, column, named)
  if (size === 0) return
  table.pairs += size
  const target = column.first
  const special = keys.exceptions(row, column)
  const apart = special.map((sender) => ({ sender, cell: traces.of(keys.ofException(row, sender, column), sender, target) }))
  if (size === apart.length) {
    for (const { sender, cell } of apart) table.exceptions.push({ sender, target, row: r, column: c, cell })
    return
  }
  const example = exampleOf(row, column, special)
  const cell = traces.of(keys.of(row, column), example.sender, example.target)
  const other = apart.filter((single) => single.cell !== cell)
  for (const single of other) table.exceptions.push({ ...single, target, row: r, column: c })
  table.put(r, c, cell, size - other.length)
}

/** Pairs of a row and a column that are asked for. */
function pairsOf(row: Row, column: Column, named: boolean): number {
  const { sender, target } = exampleOf(row, column, [])
  if (!isAsked(sender, target, named)) return 0
  const all = row.members.length * column.members.length
  if (row.kind !== column.kind || row.host !== column.host) return all
  const places = new Set(column.members.map((member) => member.bare))
  return all - row.members.filter((member) => places.has(member.place)).length
}

/** A sender and a target that stand for the rest: two different places where there are any. */
function exampleOf(row: Row, column: Column, without: readonly Sender[]): { readonly sender: Sender; readonly target: Target } {
  const sender = without.length ? (row.members.find((member) => !without.includes(member)) ?? row.members[0]) : row.members[0]
  const target = column.first
  if (sender.place !== target.bare || column.kind === 'published') return { sender, target }
  const other = row.members.find((member) => member.place !== target.bare && !without.includes(member))
  return other ? { sender: other, target } : { sender, target: column.members.find((member) => member.bare !== sender.place) ?? target }
}

/** Traces made so far, by what they are alike in. */
class Traces {
  made = 0
  readonly #engine: Engine
  readonly #cells = new Map<string, Cell>()
  readonly #byFinding = new Map<string, Cell>()

  constructor(engine: Engine) {
    this.#engine = engine
  }

  forget(): void {
    this.#cells.clear()
  }

  of(key: string, sender: Sender, target: Target): Cell {
    let cell = this.#cells.get(key)
    if (!cell) {
      const found =
        this.made < MOST_TRACES
          ? tracePair(this.#engine, sender, target)
          : unsettled('too many pairs differ from each other: name fewer with --from and --to')
      this.made++
      cell = this.#byFinding.get(found.key) ?? found
      this.#byFinding.set(cell.key, cell)
      this.#cells.set(key, cell)
    }
    return cell
  }
}
