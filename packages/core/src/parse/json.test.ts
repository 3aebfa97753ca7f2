import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Json, readJson } from './json.ts'

test('reads what JSON.parse reads', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }), fc.constantFrom(undefined, 1, 2), (value, indent) => {
      const text = JSON.stringify([value], null, indent)
      const read = readJson(text, 'f')
      expect(read.documents).toEqual([JSON.parse(text)])
      expect(read.notes).toEqual([])
    }),
  )
})

test('every object knows the line where it begins', () => {
  const read = readJson('\n[{"a": 1},\n  {"b":\n [\n{"c": 2}]}]', 'f')
  const [first, second] = read.documents[0] as Json[]
  expect(read.lineOf(first as Json)).toBe(2)
  expect(read.lineOf(second as Json)).toBe(3)
  expect(read.lineOf((second as { b: Json[] }).b[0] as Json)).toBe(5)
})

test.each([
  ['an unfinished element is left out', '[{"a":1},{"b":2},{"c":', [[{ a: 1 }, { b: 2 }]]],
  ['whole elements of a list inside an object stay', '{"kind":"List","items":[{"a":1},{"b', [{ kind: 'List', items: [{ a: 1 }] }]],
  ['several documents', '[1][2]\n{"a":3}\n', [[1], [2], { a: 3 }]],
  ['reading goes on at the next line that begins a document', '[{"a":1},{"b":\n[{"c":3}]\n[{"d":4}]', [[{ a: 1 }], [{ d: 4 }]]],
  ['words before and between', 'root@a:~# ip -j link\n[{"a":1}]\ndone\n[2]', [[{ a: 1 }], [2]]],
  ['a comma too many', '[1,2,]', [[1, 2]]],
  ['a wrapped string', '["ab\ncd"]', [['abcd']]],
  ['a member called __proto__ is a member', '{"__proto__":{"a":1}}', [JSON.parse('{"__proto__":{"a":1}}')]],
])('%s', (_, text, documents) => {
  expect(readJson(text, 'f').documents).toEqual(documents)
})

test('what breaks off is noted with its line', () => {
  expect(readJson('[{"a":1},\n{"b":2', 'f').notes).toMatchObject([{ kind: 'broken', source: { file: 'f', line: 2 } }])
})

test('hostile nesting neither overflows nor hides what follows', () => {
  const deep = 100_000
  const read = readJson(`[${'['.repeat(deep)}${']'.repeat(deep)},{"a":1}]`, 'f')
  expect((read.documents[0] as Json[])[1]).toEqual({ a: 1 })
  expect(read.notes).toHaveLength(1)
  expect(() => JSON.stringify(readJson('{"a":'.repeat(deep), 'f').documents)).not.toThrow()
})

test('never throws, and cut text gives a part of the whole', () => {
  const text = JSON.stringify([{ a: [1, { b: 'x\n"' }] }, { c: null }, { d: -1.5e3 }])
  for (let cut = 0; cut < text.length; cut++) {
    const [list = []] = readJson(text.slice(0, cut), 'f').documents as Json[][]
    expect(JSON.parse(text).slice(0, list.length)).toEqual(list)
  }
  fc.assert(fc.property(fc.string({ unit: fc.constantFrom(...'[]{}",:\\ue1 \n-') }), (junk) => void readJson(junk, 'f')))
})
