import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { diff } from './commands/diff.ts'
import type { Context } from './context.ts'
import { terminalStyle } from './style.ts'

const folder = mkdtempSync(join(tmpdir(), 'culprit-diff-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function run(before: string, after: string, ...more: readonly string[]): Promise<readonly [number, string]> {
  const paths = [before, after].map((text, i) => {
    const path = join(folder, `${i}.txt`)
    writeFileSync(path, text)
    return path
  })
  const parts: string[] = []
  const context: Context = {
    out: { write: (text) => void parts.push(text), flush: async () => undefined },
    warn: () => undefined,
    style: terminalStyle(false),
    quiet: true,
    verbose: false,
  }
  return [await diff([...paths, ...more], { color: false }, context), parts.join('')]
}

const SAVE = '*filter\n:FORWARD ACCEPT [0:0]\n-A FORWARD -s 192.0.2.1/32 -j ACCEPT\nCOMMIT\n'

test.each([
  ['the same rules', SAVE, SAVE.replace('[0:0]', '[1:1]'), 0, 'Nothing changed that matters'],
  ['another rule', SAVE, SAVE.replace('192.0.2.1', '192.0.2.2'), 1, '~ rule 1 of chain FORWARD, table filter of iptables'],
  ['nothing in common', SAVE, 'default via 192.0.2.1 dev eth0\n', 3, 'Not compared'],
])('two files: %s', async (_, before, after, code, text) => {
  const [exit, out] = await run(before, after)
  expect(out).toContain(text)
  expect(exit).toBe(code)
})

test('two snapshots, no more', () => expect(run(SAVE, SAVE, 'third')).rejects.toThrow('not more'))
