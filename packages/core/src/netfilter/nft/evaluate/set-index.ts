import { maskOf } from '../../../net/prefix.ts'
import type { SetElement } from '../expression.ts'
import type { Hint } from '../expressions/value.ts'
import { type Datum, isConcat } from './datum.ts'
import { fits, type Pattern, patternOf } from './pattern.ts'

/** A set compiled for look-up: the cost follows the kinds of its elements, not their number. */
export interface SetIndex {
  /** The element that holds this key. */
  find(key: Datum): SetElement | undefined
  /** Could a concatenation of which only some parts are known be in it? */
  mayHold(parts: readonly (Datum | undefined)[]): boolean
  /** Elements whose keys are not known in numbers: a key not found might be one of them. */
  readonly unread: readonly SetElement[]
}

interface Interval {
  readonly first: number | bigint
  readonly last: number | bigint
  readonly element: SetElement
}

export function indexSet(elements: readonly SetElement[], hint: Hint): SetIndex {
  const exact = new Map<Datum, SetElement>()
  const intervals: Interval[] = []
  const names = new Map<string, SetElement>()
  const concat = new ConcatIndex()
  const unread: SetElement[] = []
  let rest: SetElement | undefined
  for (const element of elements) {
    const pattern = patternOf(element.key, hint)
    if (!pattern) unread.push(element)
    else if (pattern.kind === 'any') rest = element
    else if (pattern.kind === 'exact') exact.set(pattern.datum, element)
    else if (pattern.kind === 'starts') names.set(pattern.text, element)
    else if (pattern.kind === 'range') intervals.push({ first: pattern.first, last: pattern.last, element })
    else concat.add(pattern.parts, element)
  }
  // Intervals of one set do not overlap (nft_set_rbtree refuses them).
  intervals.sort((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : 0))
  const single = (key: Datum) => exact.get(key) ?? inIntervals(intervals, key) ?? (names.size > 0 ? longestName(names, key) : undefined)
  return {
    unread,
    mayHold: (parts) => rest !== undefined || unread.length > 0 || concat.mayHold(parts),
    find: (key) => (isConcat(key) ? concat.find(key) : single(key)) ?? rest,
  }
}

function inIntervals(intervals: readonly Interval[], key: Datum): SetElement | undefined {
  if (typeof key !== 'number' && typeof key !== 'bigint') return undefined
  let low = 0
  let high = intervals.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((intervals[middle] as Interval).first <= key) low = middle + 1
    else high = middle
  }
  const found = intervals[low - 1]
  return found && key <= found.last && typeof key === typeof found.first ? found.element : undefined
}

function longestName(names: ReadonlyMap<string, SetElement>, key: Datum): SetElement | undefined {
  if (typeof key !== 'string') return undefined
  for (let length = key.length; length >= 0; length--) {
    const found = names.get(key.slice(0, length))
    if (found) return found
  }
  return undefined
}

/**
 * Concatenations: elements with the same shape (which parts are exact, which are prefixes of which length, which are
 * ranges) share a hash over their exact and prefix parts; what is left are the ranges of one bucket.
 */
class ConcatIndex {
  readonly #shapes = new Map<
    string,
    {
      readonly parts: readonly Pattern[]
      readonly buckets: Map<string, { readonly parts: readonly Pattern[]; readonly element: SetElement }[]>
    }
  >()

  add(parts: readonly Pattern[], element: SetElement): void {
    const name = parts.map((part) => (part.kind === 'range' ? (part.prefixLength ?? 'r') : part.kind === 'exact' ? 'e' : 'r')).join()
    let shape = this.#shapes.get(name)
    if (!shape) {
      shape = { parts, buckets: new Map() }
      this.#shapes.set(name, shape)
    }
    const key = parts.map(ownKey).join(' ')
    const bucket = shape.buckets.get(key)
    if (bucket) bucket.push({ parts, element })
    else shape.buckets.set(key, [{ parts, element }])
  }

  /** Elements told apart by some of their parts only: asked for when the packet does not tell the others. */
  readonly #known = new Map<string, { readonly exact: ReadonlySet<string>; readonly others: readonly (readonly Pattern[])[] }>()

  mayHold(key: readonly (Datum | undefined)[]): boolean {
    const mask = key.map((part) => (part === undefined ? '-' : 'k')).join('')
    let known = this.#known.get(mask)
    if (!known) {
      known = this.#byParts(key)
      this.#known.set(mask, known)
    }
    const text = key.filter((part) => part !== undefined).map(String)
    return (
      known.exact.has(text.join(' ')) ||
      known.others.some((parts) => parts.every((part, i) => key[i] === undefined || fits(part, key[i] as Datum)))
    )
  }

  #byParts(key: readonly (Datum | undefined)[]): { readonly exact: ReadonlySet<string>; readonly others: readonly (readonly Pattern[])[] } {
    const exact = new Set<string>()
    const others: (readonly Pattern[])[] = []
    for (const { buckets } of this.#shapes.values())
      for (const bucket of buckets.values())
        for (const { parts } of bucket) {
          const told = parts.filter((_, i) => key[i] !== undefined)
          if (told.every((part) => part.kind === 'exact'))
            exact.add(told.map((part) => (part.kind === 'exact' ? String(part.datum) : '')).join(' '))
          else others.push(parts)
        }
    return { exact, others }
  }

  find(key: readonly Datum[]): SetElement | undefined {
    for (const { parts, buckets } of this.#shapes.values()) {
      if (parts.length !== key.length) continue
      const bucket = buckets.get(parts.map((part, i) => keyAs(part, key[i] as Datum)).join(' '))
      const found = bucket?.find((entry) => entry.parts.every((part, i) => part.kind === 'exact' || fits(part, key[i] as Datum)))
      if (found) return found.element
    }
    return undefined
  }
}

const isPrefix = (part: Pattern): part is Extract<Pattern, { kind: 'range' }> & { readonly prefixLength: number } =>
  part.kind === 'range' && part.prefixLength !== undefined

function ownKey(part: Pattern): string {
  return part.kind === 'exact' ? String(part.datum) : isPrefix(part) ? String(part.first) : ''
}

/** The part of a key that the hash of this shape is over. */
function keyAs(part: Pattern, datum: Datum): string {
  if (part.kind === 'exact') return String(datum)
  if (!isPrefix(part)) return ''
  if (typeof datum === 'number' && typeof part.first === 'number') return String((datum & (maskOf(part.prefixLength, 0) as number)) >>> 0)
  if (typeof datum === 'bigint' && typeof part.first === 'bigint') return String(datum & (maskOf(part.prefixLength, 0n) as bigint))
  return '-'
}
