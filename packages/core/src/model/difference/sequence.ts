/** How one list became another: places in the old one and in the new one, in ascending order. */
export interface Edits {
  readonly removed: readonly number[]
  readonly added: readonly number[]
  /** Of the same text: where it stood, where it stands. */
  readonly moved: readonly (readonly [from: number, to: number])[]
  /** A text in place of another: what stood there, what stands there. */
  readonly replaced: readonly (readonly [from: number, to: number])[]
}

interface Gap {
  readonly removed: readonly number[]
  readonly added: readonly number[]
}

/**
 * Compares lists whose order matters, in about linear time: equal ends are cut off, and what occurs once on both sides divides the rest
 * (patience diff: the longest ascending series of these stays in place). Small gaps are settled exactly.
 */
export function compareSequences(before: readonly string[], after: readonly string[]): Edits {
  const gaps: Gap[] = []
  divide({ texts: before, from: 0, to: before.length }, { texts: after, from: 0, to: after.length }, gaps, 0)
  return settle(before, after, gaps)
}

/** A part of a list. */
interface Part {
  readonly texts: readonly string[]
  readonly from: number
  readonly to: number
}

/** Deeper, a list made to be slow is told as removed and added. */
const DEEPEST = 32
/** Cells of a table that settles a gap exactly. */
const MOST_CELLS = 250_000

function divide(before: Part, after: Part, gaps: Gap[], depth: number): void {
  let [b, a, bEnd, aEnd] = [before.from, after.from, before.to, after.to]
  while (b < bEnd && a < aEnd && before.texts[b] === after.texts[a]) {
    b++
    a++
  }
  while (bEnd > b && aEnd > a && before.texts[bEnd - 1] === after.texts[aEnd - 1]) {
    bEnd--
    aEnd--
  }
  if (b === bEnd && a === aEnd) return
  const [old, now] = [
    { texts: before.texts, from: b, to: bEnd },
    { texts: after.texts, from: a, to: aEnd },
  ]
  const kept = b === bEnd || a === aEnd ? [] : depth < DEEPEST ? anchors(old, now) : []
  if (kept.length === 0) {
    gaps.push(...exactly(old, now))
    return
  }
  for (const [at, to] of [...kept, [bEnd, aEnd] as const]) {
    divide({ texts: before.texts, from: b, to: at }, { texts: after.texts, from: a, to: to }, gaps, depth + 1)
    b = at + 1
    a = to + 1
  }
}

/** Texts that each side has once, as far as they stand in the same order. */
function anchors(before: Part, after: Part): readonly (readonly [number, number])[] {
  const [old, now] = [once(before), once(after)]
  const pairs: [number, number][] = []
  for (const [text, at] of old) {
    const to = now.get(text)
    if (at >= 0 && to !== undefined && to >= 0) pairs.push([at, to])
  }
  return ascending(pairs)
}

/** Where each text stands; -1 for those that stand there more than once. */
function once({ texts, from, to }: Part): ReadonlyMap<string, number> {
  const found = new Map<string, number>()
  for (let i = from; i < to; i++) {
    const text = texts[i] as string
    found.set(text, found.has(text) ? -1 : i)
  }
  return found
}

/** The longest series of pairs that ascends on both sides; the pairs ascend on the first. */
function ascending(pairs: readonly (readonly [number, number])[]): readonly (readonly [number, number])[] {
  const ends: number[] = []
  const previous = new Int32Array(pairs.length).fill(-1)
  for (const [i, [, to]] of pairs.entries()) {
    let [low, high] = [0, ends.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((pairs[ends[middle] as number] as readonly [number, number])[1] < to) low = middle + 1
      else high = middle
    }
    if (low > 0) previous[i] = ends[low - 1] as number
    ends[low] = i
  }
  const series: (readonly [number, number])[] = []
  for (let i = ends.at(-1) ?? -1; i >= 0; i = previous[i] as number) series.push(pairs[i] as readonly [number, number])
  return series.reverse()
}

/** The longest common subsequence of a small gap; a large one without anchors is told as removed and added. */
function exactly(before: Part, after: Part): readonly Gap[] {
  const [rows, columns] = [before.to - before.from, after.to - after.from]
  if (rows * columns > MOST_CELLS || rows === 0 || columns === 0) return [{ removed: range(before), added: range(after) }]
  const width = columns + 1
  const lengths = new Uint16Array((rows + 1) * width)
  const same = (i: number, j: number): boolean => before.texts[before.from + i] === after.texts[after.from + j]
  const at = (i: number, j: number): number => lengths[i * width + j] as number
  for (let i = rows - 1; i >= 0; i--)
    for (let j = columns - 1; j >= 0; j--) lengths[i * width + j] = same(i, j) ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1))
  const gaps: { removed: number[]; added: number[] }[] = [{ removed: [], added: [] }]
  for (let [i, j] = [0, 0]; i < rows || j < columns; ) {
    const gap = gaps.at(-1) as { removed: number[]; added: number[] }
    if (i < rows && j < columns && same(i, j)) {
      if (gap.removed.length + gap.added.length > 0) gaps.push({ removed: [], added: [] })
      i++
      j++
    } else if (j === columns || (i < rows && at(i + 1, j) >= at(i, j + 1))) gap.removed.push(before.from + i++)
    else gap.added.push(after.from + j++)
  }
  return gaps
}

const range = ({ from, to }: Part): readonly number[] => Array.from({ length: to - from }, (_, i) => from + i)

/** Pairs what has only moved, then what reads like what it replaces. */
function settle(before: readonly string[], after: readonly string[], gaps: readonly Gap[]): Edits {
  const places = new Map<string, number[]>()
  for (const { added } of gaps)
    for (const to of added) {
      const text = after[to] as string
      const known = places.get(text)
      if (known) known.push(to)
      else places.set(text, [to])
    }
  const moved: [number, number][] = []
  const gone = new Set<number>()
  const come = new Set<number>()
  for (const { removed } of gaps)
    for (const from of removed) {
      const to = places.get(before[from] as string)?.shift()
      if (to === undefined) continue
      moved.push([from, to])
      gone.add(from)
      come.add(to)
    }
  const replaced: [number, number][] = []
  for (const { removed, added } of gaps) {
    const [left, right] = [removed.filter((from) => !gone.has(from)), added.filter((to) => !come.has(to))]
    if (left.length !== right.length) continue
    for (const [i, from] of left.entries()) {
      const to = right[i] as number
      if (!alike(before[from] as string, after[to] as string)) continue
      replaced.push([from, to])
      gone.add(from)
      come.add(to)
    }
  }
  return {
    removed: gaps.flatMap(({ removed }) => removed.filter((from) => !gone.has(from))),
    added: gaps.flatMap(({ added }) => added.filter((to) => !come.has(to))),
    moved,
    replaced,
  }
}

/** Half of the words are the same. */
function alike(a: string, b: string): boolean {
  const [one, other] = [new Set(a.split(' ')), new Set(b.split(' '))]
  let common = 0
  for (const word of one) if (other.has(word)) common++
  return common * 2 >= Math.max(one.size, other.size)
}
