import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compileSignatures } from './book.ts'
import { matchText } from './match.ts'
import { Scanner } from './scanner.ts'
import type { Signature } from './signature.ts'
import { bytesOfText, textOfBytes } from './utf8.ts'

const signature = (id: string, pattern: string, more: Partial<Signature> = {}): Signature => ({
  id,
  pattern,
  ignoreCase: false,
  cause: 'app.crash',
  title: id,
  means: id,
  look: ['x'],
  runbook: undefined,
  places: ['terminal'],
  severity: 'error',
  general: false,
  examples: [],
  misses: [],
  ...more,
})

const book = compileSignatures([
  signature('full', 'table full, dropping packet'),
  signature('lock', 'holding the (?<which>xtables|yum) lock'),
  signature('any-lock', 'holding the \\w{1,20} lock', { general: true }),
  signature('case', 'no route to host', { ignoreCase: true }),
])
const place = { file: 'f.log', host: 'h' }
const told = (text: string) =>
  matchText(book, text, place).map(({ signature: { id }, source, parts, count }) => [id, source.line, parts, count])

describe('log signatures', () => {
  it('are found with line, named parts and how often', () => {
    expect(
      told(
        'x\nkernel: table full, dropping packet\nan app is holding the xtables lock\ny\nan app is holding the xtables lock; 3s\nholding the yum lock\n',
      ),
    ).toEqual([
      ['full', 2, {}, 1],
      ['lock', 3, { which: 'xtables' }, 2],
      ['lock', 6, { which: 'yum' }, 1],
    ])
  })

  it('a wrapper is told only where nothing else matches the line', () => {
    expect(told('holding the dpkg lock')).toEqual([['any-lock', 1, {}, 1]])
  })

  it('case counts unless the signature says otherwise', () => {
    expect(told('TABLE FULL, DROPPING PACKET\nNo Route To Host')).toEqual([['case', 2, {}, 1]])
  })

  it('a line is found whatever pieces the file comes in', () => {
    const text = `${'x'.repeat(90)}\nü table full, dropping packet – ü\r\n\nholding the yum lock\nno route to host`
    const bytes = bytesOfText(text)
    const whole = told(text)
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 60 })), (sizes) => {
        const scanner = new Scanner(book, place, textOfBytes)
        let at = 0
        for (const size of sizes) {
          scanner.push(bytes.subarray(at, at + size))
          at += size
        }
        scanner.push(bytes.subarray(at))
        expect(scanner.end().map(({ signature: { id }, source, parts, count }) => [id, source.line, parts, count])).toEqual(whole)
      }),
    )
  })

  it('a file that is one endless line is searched in pieces, and is still line 1', () => {
    const scanner = new Scanner(book, place, textOfBytes)
    for (let i = 0; i < 40; i++) scanner.push(bytesOfText('y'.repeat(10_000)))
    scanner.push(bytesOfText('an app is holding the yum l'))
    scanner.push(bytesOfText('ock'))
    for (let i = 0; i < 40; i++) scanner.push(bytesOfText('z'.repeat(10_000)))
    const [match] = scanner.end()
    expect([match?.source.line, match?.parts, match?.count]).toEqual([1, { which: 'yum' }, 1])
  })

  it('a hundred thousand different matches take the room of fifty', () => {
    const many = compileSignatures([signature('refused', 'refused by (?<who>\\w{1,20})')])
    const found = matchText(many, Array.from({ length: 100_000 }, (_, i) => `refused by h${i}\n`).join(''), place)
    expect(found.length).toBe(51)
    expect(found.reduce((sum, { count }) => sum + count, 0)).toBe(100_000)
  })

  it('text survives the way through bytes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const basic = [...text].filter((char) => char.length === 1 && !/[\ud800-\udfff]/.test(char)).join('')
        expect(textOfBytes(bytesOfText(basic))).toBe(basic)
      }),
    )
  })
})
