import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readNftJson } from './json/ruleset.ts'
import { printNft } from './print.ts'
import { readNftText } from './read/text.ts'

const WORDS = [
  'table ip t {',
  'chain c {',
  '}',
  '{',
  '(',
  '"',
  '\n',
  ';',
  'elements = {',
  'type',
  'ip saddr',
  'tcp dport',
  '10.0.0.1',
  '::1',
  'aa:bb',
  '-',
  '/',
  '.',
  ',',
  '@',
  '$x',
  '*',
  ':',
  'map',
  'vmap',
  'jump',
  'set',
  '0x1',
  '# handle 3',
  'counter',
  'limit rate',
  'comment',
  'add rule ip t c',
  'define x =',
  '\\\n',
  '==',
]
const soup = fc.array(fc.oneof(fc.constantFrom(...WORDS), fc.string({ maxLength: 6 })), { maxLength: 60 }).map((words) => words.join(' '))

describe('bad input', () => {
  it('never makes the text reader throw', () => {
    fc.assert(
      fc.property(soup, (text) => {
        const printed = printNft(readNftText(text, 'x'))
        expect(typeof printed).toBe('string')
      }),
      { numRuns: 2000 },
    )
  })

  it('never makes the JSON reader throw', () => {
    const item = fc.oneof(
      fc.jsonValue(),
      fc.record({ rule: fc.record({ family: fc.constant('ip'), table: fc.constant('t'), chain: fc.constant('c'), expr: fc.jsonValue() }) }),
    )
    fc.assert(
      fc.property(fc.array(item), (nftables) => {
        expect(typeof printNft(readNftJson(JSON.stringify({ nftables }), 'x'))).toBe('string')
      }),
    )
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(typeof printNft(readNftJson(text, 'x'))).toBe('string')
      }),
    )
  })

  it.each<[string, string]>([
    ['braces', '{'.repeat(200_000)],
    ['open rules', `table ip t {\nchain c {\n${'ip saddr { 1.2.3.4,\n'.repeat(20_000)}`],
    ['parentheses', `table ip t {\nchain c {\n meta mark set ${'('.repeat(100_000)}`],
    ['colons', `table ip t {\nchain c {\n ${'a:'.repeat(200_000)}`],
    ['quotes on one line', `table ip t { chain c { ${'log prefix "x" '.repeat(50_000)}`],
    ['jumps within jumps', `table ip t {\nchain c {\n${'jump {\n'.repeat(20_000)}`],
  ])('%s without end are read in time', (_, text) => {
    const began = performance.now()
    readNftText(text, 'x')
    expect(performance.now() - began).toBeLessThan(5000)
  })

  it('JSON nested without measure is refused', () => {
    const deep = `${'{"|":['.repeat(20_000)}1${',1]}'.repeat(20_000)}`
    const ruleset = readNftJson(`{"nftables":[{"rule":{"family":"ip","table":"t","chain":"c","expr":[${deep}]}}]}`, 'x')
    expect(ruleset.notes).toMatchObject([{ kind: 'broken' }])
  })
})
