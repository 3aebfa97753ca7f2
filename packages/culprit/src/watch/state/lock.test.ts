import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { lockFile } from './lock.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'culprit-lock-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('one holds it, the next does not get it, and it is free again when the first lets go', async () => {
  const path = join(folder, 'lock')
  const first = await lockFile(path, 0)
  expect(first.kind).toBe('held')
  expect((await lockFile(path, 0)).kind).toBe('taken')
  if (first.kind === 'held') await first.release()
  const second = await lockFile(path, 0)
  expect(second.kind).toBe('held')
  if (second.kind === 'held') await second.release()
})

test('what cannot be locked says why', async () => {
  expect(await lockFile(join(folder, 'no', 'such', 'lock'), 0)).toMatchObject({
    kind: 'failed',
    why: expect.stringContaining('No such file'),
  })
})
