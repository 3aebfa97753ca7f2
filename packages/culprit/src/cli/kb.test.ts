import { PLAIN } from '@culprit/core/report/style'
import { expect, test } from 'vitest'
import { kb } from './commands/kb.ts'
import type { Context } from './context.ts'

async function run(...words: readonly string[]): Promise<string> {
  const parts: string[] = []
  const context: Context = {
    out: { write: (part) => void parts.push(part), flush: async () => undefined },
    warn: () => undefined,
    style: PLAIN,
    quiet: true,
    verbose: false,
  }
  expect(await kb(words, { color: false }, context)).toBe(0)
  return parts.join('')
}

test('kb tells what kinds there are, lists one, and shows one entry whole', async () => {
  expect(await run()).toMatch(/^causes +\d+$/m)
  expect(await run('signatures')).toMatch(/^cni0-other-address +The pod bridge/m)
  expect(await run('checks', 'flannel-single-address')).toContain('runbook: overlay-light-repair')
  expect(await run('conntrack.full')).toContain('(causes)')
})

test('a name that nothing has is wrong usage', async () => {
  await expect(run('nonsense')).rejects.toMatchObject({ exitCode: 2 })
  await expect(run('checks', 'toString')).rejects.toMatchObject({ exitCode: 2 })
  await expect(run('constructor')).rejects.toMatchObject({ exitCode: 2 })
})
