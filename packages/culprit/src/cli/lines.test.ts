import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { linesOf } from './lines.ts'

const fileOf = (text: string): string => {
  const file = join(mkdtempSync(join(tmpdir(), 'culprit-lines-')), 'lines')
  writeFileSync(file, text)
  return file
}
const all = async (file: string): Promise<string[]> => {
  const out = []
  for await (const line of linesOf(file)) out.push(line)
  return out
}

test.each([
  ['an empty file has no line', '', []],
  ['a last line without its end counts', 'a\nb', ['a', 'b']],
  ['an empty line in between is a line', 'a\n\nb\n', ['a', '', 'b']],
])('%s', async (_, text, lines) => {
  expect(await all(fileOf(text))).toEqual(lines)
})

test('lines that are longer than what is read at once come whole', async () => {
  const long = 'x'.repeat(300_000)
  expect(await all(fileOf(`${long}\n${long}é\nz\n`))).toEqual([long, `${long}é`, 'z'])
})

test('a file that is not there is wrong usage, not a crash', async () => {
  await expect(all('/nonexistent/requests.jsonl')).rejects.toThrow('cannot read the requests from /nonexistent/requests.jsonl')
})

test('a folder is wrong usage', async () => {
  await expect(all(tmpdir())).rejects.toThrow('cannot read the requests')
})
