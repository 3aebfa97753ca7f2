import type { Difference, DifferenceKind, FieldChange, Side, Spot } from './difference.ts'

/** A thing that is told apart from others of its kind by its key, not by its place among them. */
export interface Item {
  readonly kind: DifferenceKind
  /** The same thing in both snapshots has the same key. */
  readonly key: string
  readonly object: string
  readonly side: Side
  readonly fields: Readonly<Record<string, string | undefined>>
  /** A field that it does not have is not there; else the evidence does not tell of it. */
  readonly whole?: boolean | undefined
  /** Is only looked at where both snapshots have it: a setting of a device that may have gone. */
  readonly onlyIfBoth?: boolean | undefined
}

/** Things by their keys. Several of one key count by their order. */
export function compareItems(spot: Spot, before: readonly Item[], after: readonly Item[]): readonly Difference[] {
  const [old, now] = [keyed(before), keyed(after)]
  const found: Difference[] = []
  for (const [key, item] of old) {
    const other = now.get(key)
    if (!other) {
      if (!item.onlyIfBoth) found.push(differenceOf(spot, 'removed', item, undefined, []))
      continue
    }
    const fields = changedFields(item, other)
    if (fields.length > 0) found.push(differenceOf(spot, 'changed', item, other, fields))
  }
  for (const [key, item] of now) if (!old.has(key) && !item.onlyIfBoth) found.push(differenceOf(spot, 'added', undefined, item, []))
  return found
}

function keyed(items: readonly Item[]): ReadonlyMap<string, Item> {
  const map = new Map<string, Item>()
  const counts = new Map<string, number>()
  for (const item of items) {
    const key = `${item.kind} ${item.key}`
    const count = counts.get(key) ?? 0
    counts.set(key, count + 1)
    map.set(count === 0 ? key : `${key}\0${count}`, item)
  }
  return map
}

function differenceOf(
  { host, netns }: Spot,
  change: Difference['change'],
  before: Item | undefined,
  after: Item | undefined,
  fields: readonly FieldChange[],
): Difference {
  const { kind, object } = (after ?? before) as Item
  return { kind, change, host, netns, object, before: before?.side, after: after?.side, fields }
}

function changedFields(before: Item, after: Item): readonly FieldChange[] {
  const names = new Set([...Object.keys(before.fields), ...Object.keys(after.fields)])
  return [...names].flatMap((field): FieldChange[] => {
    const [was, is] = [before.fields[field], after.fields[field]]
    if (was === is) return []
    if ((was === undefined && !before.whole) || (is === undefined && !after.whole)) return []
    return [{ field, before: was, after: is }]
  })
}
