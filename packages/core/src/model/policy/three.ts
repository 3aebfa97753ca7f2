import type { Unknown } from '../../netfilter/decision.ts'

/** Yes, no, or unknown-because. */
export type Three = boolean | Unknown

export const isUnknown = (value: Three): value is Unknown => typeof value === 'object'

/** No if any is no; else unknown if any is; else yes. */
export function every<T>(items: readonly T[], test: (item: T) => Three): Three {
  let open: Unknown | undefined
  for (const item of items) {
    const value = test(item)
    if (value === false) return false
    if (isUnknown(value)) open ??= value
  }
  return open ?? true
}

/** Yes if any is yes; else unknown if any is; else no. */
export function some<T>(items: readonly T[], test: (item: T) => Three): Three {
  const value = every(items, (item) => not(test(item)))
  return not(value)
}

export const not = (value: Three): Three => (isUnknown(value) ? value : !value)

/** All of a few conditions, each asked only while none before it said no. */
export const both = (...conditions: readonly (() => Three)[]): Three => every(conditions, (condition) => condition())
