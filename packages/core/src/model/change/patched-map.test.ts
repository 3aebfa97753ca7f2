import { expect, test } from 'vitest'
import { PatchedMap } from './patched-map.ts'

test.each([
  [
    'a known key keeps its place',
    'b',
    [
      ['a', 1],
      ['b', 9],
      ['c', 3],
    ],
  ],
  [
    'a new one comes last',
    'd',
    [
      ['a', 1],
      ['b', 2],
      ['c', 3],
      ['d', 9],
    ],
  ],
])('%s, and the map below stays as it was', (_, key, expected) => {
  const base = new Map([
    ['a', 1],
    ['b', 2],
    ['c', 3],
  ])
  const patched = new PatchedMap(base, key, 9)
  expect([...patched]).toEqual(expected)
  expect([...patched.keys()]).toEqual(expected.map(([name]) => name))
  expect([...patched.values()]).toEqual(expected.map(([, value]) => value))
  expect([patched.size, patched.get(key), patched.has(key), patched.get('a')]).toEqual([expected.length, 9, true, 1])
  expect(base).toEqual(
    new Map([
      ['a', 1],
      ['b', 2],
      ['c', 3],
    ]),
  )
})
