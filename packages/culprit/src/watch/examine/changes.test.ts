import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readDocuments } from '@culprit/core/intake/documents'
import { afterAll, expect, test } from 'vitest'
import { loadOwners } from '../../cli/knowledge.ts'
import { writeArchive } from '../../collect/write.ts'
import { changesBetween } from './changes.ts'

const folder = mkdtempSync(join(tmpdir(), 'culprit-changes-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const SAVE = '*filter\n:FORWARD ACCEPT [0:0]\n-A FORWARD -s 192.0.2.1/32 -j ACCEPT\nCOMMIT\n'
const files = (rules: string, sockets: string) => ({ 'hosts/h/iptables-nft-save.txt': rules, 'hosts/h/ss.txt': sockets })
const now = (texts: Record<string, string>) => readDocuments(Object.entries(texts).map(([path, text]) => ({ path, text, root: 'live' })))

test('what an incident is told of: since when everything held, the most telling first', async () => {
  const path = join(folder, 'good.tar.gz')
  const good = files(SAVE, 'tcp LISTEN 0 9 *:80 *:*\n')
  await writeArchive(new Map(Object.entries(good).map(([name, text]) => [name, Buffer.from(text)])), path, new Date(0))
  const after = now(files(SAVE.replace('-A', '-A FORWARD -p tcp -j DROP\n-A'), 'tcp LISTEN 0 9 *:81 *:*\n'))
  expect(await changesBetween(path, after, loadOwners())).toEqual({
    changes: [
      { where: 'h', text: 'rule 1 of chain FORWARD, table filter of iptables added: -A FORWARD -p tcp -j DROP' },
      { where: 'h', text: 'listening socket tcp *:80 removed' },
      { where: 'h', text: 'listening socket tcp *:81 added' },
    ],
    notes: [],
  })
  expect(await changesBetween(path, now(good), loadOwners())).toEqual({ changes: [], notes: [] })
})

test('a snapshot that is gone or broken is said, and is no failure', async () => {
  const broken = join(folder, 'broken.tar.gz')
  writeFileSync(broken, 'no archive')
  for (const path of [broken, join(folder, 'gone.tar.gz')]) {
    const { changes, notes } = await changesBetween(path, now(files(SAVE, '')), loadOwners())
    expect(changes).toEqual([])
    expect(notes.join()).toMatch(/cannot be read|compared/)
  }
})
