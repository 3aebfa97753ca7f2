import type { Cause, Part, Word } from '../../datapath/matrix/cell.ts'
import { WORDS } from '../../datapath/matrix/cell.ts'
import type { Matrix, TargetGroup } from '../../datapath/matrix/matrix.ts'
import type { PlaceKind, Sender, Target } from '../../datapath/matrix/place.ts'
import { byKind, groupsText, nounOf } from './phrase.ts'

/** Pairs that fail by the same cause, told in one line. */
export interface Block {
  readonly word: Word
  readonly cause: Cause | undefined
  readonly why: string | undefined
  readonly pairs: number
  readonly from: string
  readonly to: string
  /** Least and most; undefined where missing evidence, not chance, splits the way. */
  readonly probability: { readonly least: number; readonly most: number } | undefined
  readonly example: { readonly sender: Sender; readonly target: Target }
  /** Rows and columns of the matrix that take part; empty for what only single pairs show. */
  readonly rows: readonly number[]
  readonly columns: readonly number[]
}

/** What is at fault, and all that it stops. */
export interface Finding {
  readonly word: Word
  /** That of the first block, as an example. */
  readonly cause: Cause | undefined
  readonly why: string | undefined
  readonly pairs: number
  readonly blocks: readonly [Block, ...Block[]]
}

/** Blocks by what is at fault: those that concern most pairs first. */
export function findingsOf(matrix: Matrix): readonly Finding[] {
  const byFault = new Map<string, [Block, ...Block[]]>()
  for (const block of blocksOf(matrix)) {
    const key = `${block.word} ${block.cause?.fault ?? block.why}`
    const known = byFault.get(key)
    if (known) known.push(block)
    else byFault.set(key, [block])
  }
  const findings = [...byFault.values()].map((blocks): Finding => {
    const { word, cause, why } = blocks.find((block) => block.cause?.kind === 'way') ?? blocks[0]
    return { word, cause, why, pairs: blocks.reduce((sum, block) => sum + block.pairs, 0), blocks }
  })
  return findings.sort((a, b) => b.pairs - a.pairs)
}

/** All pairs with one cause, before they are told in words. */
interface Gathered {
  readonly part: Part
  least: number
  most: number
  open: boolean
  readonly columnsOf: Map<number, number[]>
  readonly single: { readonly sender: Sender; readonly target: Target }[]
}

/** What fails, taken together by cause: those that concern most pairs first. Pairs that work are in none. */
export function blocksOf(matrix: Matrix): readonly Block[] {
  const blocks = [...gather(matrix).values()].flatMap((gathered) => [...rectangles(matrix, gathered), ...singles(gathered)])
  return blocks.sort((a, b) => b.pairs - a.pairs || WORDS.indexOf(b.word) - WORDS.indexOf(a.word))
}

function gather(matrix: Matrix): ReadonlyMap<string, Gathered> {
  const all = new Map<string, Gathered>()
  const into = (part: Part): Gathered => {
    const certain = part.probability === null || part.probability > 0.999999
    const key = `${part.word} ${certain} ${part.cause?.key ?? part.why}`
    let known = all.get(key)
    if (!known) {
      known = { part, least: 1, most: 0, open: false, columnsOf: new Map(), single: [] }
      all.set(key, known)
    }
    if (part.probability === null) known.open = true
    else {
      known.least = Math.min(known.least, part.probability)
      known.most = Math.max(known.most, part.probability)
    }
    return known
  }
  const failing = matrix.cells.map((cell) => cell.parts.filter((part) => part.word !== 'works'))
  for (let row = 0; row < matrix.senders.length; row++) {
    for (let column = 0; column < matrix.targets.length; column++) {
      if (matrix.pairsAt(row, column) === 0) continue
      for (const part of failing[matrix.at(row, column)] ?? []) {
        const { columnsOf } = into(part)
        const columns = columnsOf.get(row)
        if (columns) columns.push(column)
        else columnsOf.set(row, [column])
      }
    }
  }
  for (const { cell, sender, target } of matrix.exceptions)
    for (const part of cell.parts) if (part.word !== 'works') into(part).single.push({ sender, target })
  return all
}

/** Which targets of one kind a sender fails at, told relative to the sender where that is shorter. */
interface Reach {
  readonly kind: PlaceKind
  readonly key: string
  readonly text: string
  readonly columns: readonly number[]
}

/** Sets of targets that each sender has its own of. */
const RELATIVE: ReadonlySet<string> = new Set(['there', 'elsewhere', 'near'])

/** More different sets of targets than this are told as one. */
const MOST_SETS = 6

function rectangles(matrix: Matrix, { part, least, most, open, columnsOf }: Gathered): readonly Block[] {
  const universe = byKind(matrix.targets)
  const rowsByReach = new Map<string, { readonly reach: Reach; readonly rows: number[] }>()
  for (const [row, columns] of columnsOf) {
    for (const reach of reachesOf(matrix, universe, row, columns)) {
      const id = `${matrix.senders[row]?.kind} ${reach.kind} ${reach.key}`
      const known = rowsByReach.get(id)
      if (known) known.rows.push(row)
      else rowsByReach.set(id, { reach, rows: [row] })
    }
  }
  return joined(matrix, tooMany(matrix, [...rowsByReach.values()])).map(({ rows, reaches }): Block => {
    const pairs = rows.reduce(
      (sum, row) =>
        sum +
        (columnsOf.get(row) ?? [])
          .filter((column) => reaches.some((reach) => reach.kind === matrix.targets[column]?.kind))
          .reduce((n, column) => n + matrix.pairsAt(row, column), 0),
      0,
    )
    const columns = [...new Set(reaches.flatMap((reach) => reach.columns))]
    return {
      word: part.word,
      cause: part.cause,
      why: part.why,
      pairs,
      from: fromText(matrix, rows, reaches.some((reach) => RELATIVE.has(reach.key)) ? undefined : columns),
      to: reaches.map((reach) => reach.text).join(', '),
      probability: open ? undefined : { least, most },
      example: exampleOf(matrix, rows[0] as number, columnsOf.get(rows[0] as number)?.find((column) => columns.includes(column)) ?? 0),
      rows,
      columns,
    }
  })
}

function exampleOf(matrix: Matrix, row: number, column: number): Block['example'] {
  const target = (matrix.targets[column] as TargetGroup).members[0]
  const members = matrix.senders[row]?.members as readonly [Sender, ...Sender[]]
  const sender = members.find((member) => member.place !== target.bare) ?? members[0]
  const other = (matrix.targets[column] as TargetGroup).members.find((member) => member.bare !== sender.place) ?? target
  return { sender, target: other }
}

function reachesOf(
  matrix: Matrix,
  universe: ReadonlyMap<PlaceKind, readonly TargetGroup[]>,
  row: number,
  columns: readonly number[],
): readonly Reach[] {
  const host = matrix.senders[row]?.host
  const outside = matrix.senders[row]?.kind === 'outside'
  const byTargetKind = new Map<PlaceKind, number[]>()
  for (const column of columns) {
    const kind = matrix.targets[column]?.kind as PlaceKind
    byTargetKind.set(kind, [...(byTargetKind.get(kind) ?? []), column])
  }
  return [...byTargetKind].map(([kind, some]): Reach => {
    const all = askedOf(matrix, row, kind)
    const group = (column: number): TargetGroup => matrix.targets[column] as TargetGroup
    const near = all.filter((column) => group(column).host === host && host !== undefined)
    const reach = (key: string, text: string): Reach => ({ kind, key, text, columns: some })
    if (outside && some.length === all.length && all.length > 1 && kind !== 'host') return reach('there', `every ${nounOf(kind)} there`)
    if (some.length === all.length && all.length > 1 && near.length < all.length) return reach('all', `every ${nounOf(kind)}`)
    const far = all.length - near.length
    const isNear = some.every((column) => group(column).host === host)
    if (near.length > 0 && far > 1 && some.length === far && !some.some((column) => group(column).host === host))
      return reach('elsewhere', `every ${nounOf(kind)} elsewhere`)
    if (host !== undefined && isNear && some.length === near.length && far > 0)
      return reach('near', kind === 'host' ? 'their own host' : `every ${nounOf(kind)} on the same host`)
    return reach(some.join(' '), groupsText(some.map(group), universe.get(kind) ?? []))
  })
}

function askedOf(matrix: Matrix, row: number, kind: PlaceKind): readonly number[] {
  const out: number[] = []
  for (const [column, group] of matrix.targets.entries()) if (group.kind === kind && matrix.pairsAt(row, column) > 0) out.push(column)
  return out
}

interface Piece {
  readonly reach: Reach
  readonly rows: readonly number[]
}

/** Where each sender has a set of targets of its own, the sets are told by their size. */
function tooMany(matrix: Matrix, pieces: readonly Piece[]): readonly Piece[] {
  const groups = new Map<string, Piece[]>()
  for (const piece of pieces) {
    const id = `${matrix.senders[piece.rows[0] as number]?.kind} ${piece.reach.kind}`
    groups.set(id, [...(groups.get(id) ?? []), piece])
  }
  return [...groups.values()].flatMap((some) => {
    if (some.length <= MOST_SETS) return some
    const columns = [...new Set(some.flatMap((piece) => piece.reach.columns))].sort((a, b) => a - b)
    const kind = (some[0] as Piece).reach.kind
    const text = `${groupsText(
      columns.map((column) => matrix.targets[column] as TargetGroup),
      byKind(matrix.targets).get(kind) ?? [],
    )}, which of them differs by sender`
    return [{ reach: { kind, key: 'mixed', text, columns }, rows: some.flatMap((piece) => piece.rows).sort((a, b) => a - b) }]
  })
}

/** Pieces of the same senders are one block. */
function joined(
  matrix: Matrix,
  pieces: readonly Piece[],
): readonly { readonly rows: readonly number[]; readonly reaches: readonly Reach[] }[] {
  const byRows = new Map<string, { readonly rows: readonly number[]; readonly reaches: Reach[] }>()
  for (const { reach, rows } of pieces) {
    const unique = [...new Set(rows)]
    const id = `${matrix.senders[unique[0] as number]?.kind} ${unique.join(' ')}`
    const known = byRows.get(id)
    if (known) known.reaches.push(reach)
    else byRows.set(id, { rows: unique, reaches: [reach] })
  }
  return [...byRows.values()]
}

/** Senders in words; "elsewhere" when all send but those on the targets' own hosts. `columns`: the targets, where these are the same for all senders. */
function fromText(matrix: Matrix, rows: readonly number[], columns: readonly number[] | undefined): string {
  const some = rows.map((row) => matrix.senders[row] as Matrix['senders'][number])
  const all = matrix.senders.filter((group) => group.kind === some[0]?.kind)
  if (!columns) return groupsText(some, all)
  const targetHosts = new Set(columns.map((column) => matrix.targets[column]?.host))
  const elsewhere = all.filter((group) => !targetHosts.has(group.host))
  const kind = some[0]?.kind
  if (
    kind &&
    kind !== 'outside' &&
    some.length > 1 &&
    targetHosts.size === 1 &&
    elsewhere.length < all.length &&
    sameMembers(some, elsewhere)
  )
    return `every ${nounOf(kind)} elsewhere`
  return groupsText(some, all)
}

const sameMembers = <T>(a: readonly T[], b: readonly T[]): boolean => a.length === b.length && a.every((item) => b.includes(item))

/** Single pairs that differ from their groups: mostly pods that ask for a Service and are picked as its endpoint. */
function singles({ part, least, most, open, single }: Gathered): readonly Block[] {
  const [example] = single
  if (!example) return []
  const own = single.length > 1 && single.every(({ target }) => target.kind === 'service')
  return [
    {
      word: part.word,
      cause: part.cause,
      why: part.why,
      pairs: single.length,
      from: own
        ? `each of ${single.length} pods`
        : single.length === 1
          ? example.sender.place
          : `${single.length} senders (${example.sender.place}, …)`,
      to: own
        ? 'a Service that its own address is named by'
        : single.length === 1
          ? example.target.place
          : `others (${example.target.place}, …)`,
      probability: open ? undefined : { least, most },
      example,
      rows: [],
      columns: [],
    },
  ]
}
