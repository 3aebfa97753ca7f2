import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compareSequences, type Edits } from './sequence.ts'

const letters = (text: string): string[] => [...text]
const told = ({ removed, added, moved, replaced }: Edits): string =>
  [
    ...removed.map((at) => `-${at}`),
    ...added.map((at) => `+${at}`),
    ...moved.map(([from, to]) => `${from}>${to}`),
    ...replaced.map(([from, to]) => `${from}=${to}`),
  ].join(' ')

test.each([
  ['abc', 'abc', ''],
  ['abc', 'abxc', '+2'],
  ['abc', 'ac', '-1'],
  ['abcde', 'bcdea', '0>4'],
  ['aaaa', 'aaa', '-3'],
  ['abab', 'baba', '0>3'],
])('%s → %s: %s', (before, after, edits) => expect(told(compareSequences(letters(before), letters(after)))).toBe(edits))

test('a rule that reads like the one it stands in place of is a change of it', () => {
  expect(told(compareSequences(['a b c', 'x'], ['a b d', 'x']))).toBe('0=0')
  expect(told(compareSequences(['a b c', 'x'], ['q r s', 'x']))).toBe('-0 +0')
})

test('what is left in place is the same on both sides, and in the same order', () => {
  const list = fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g'), { maxLength: 30 })
  fc.assert(
    fc.property(list, list, (before, after) => {
      const { removed, added, moved, replaced } = compareSequences(before, after)
      const [gone, come] = [
        new Set([...removed, ...[...moved, ...replaced].map(([from]) => from)]),
        new Set([...added, ...[...moved, ...replaced].map(([, to]) => to)]),
      ]
      expect(before.filter((_, i) => !gone.has(i))).toEqual(after.filter((_, i) => !come.has(i)))
      for (const [from, to] of moved) expect(before[from]).toBe(after[to])
    }),
  )
})

test('twenty thousand rules in the opposite order are compared all the same', () => {
  const before = Array.from({ length: 20_000 }, (_, i) => `rule ${i}`)
  expect(compareSequences(before, before.toReversed()).moved).toHaveLength(19_999)
})
