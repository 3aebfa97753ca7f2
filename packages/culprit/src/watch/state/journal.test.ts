import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Incident, WatchEvent } from '../incident.ts'
import { incident as anIncident } from '../testing/told.ts'
import { eventsOf, Journal, readJournal } from './journal.ts'
import { Store } from './store.ts'

let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'culprit-journal-'))
  path = join(folder, 'watch', 'journal.jsonl')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const at = { wall: '2026-11-21T10:00:00.000Z', boot: 'b', up: 1 }
const incident = (id: string, state: Incident['state'] = 'open'): Incident =>
  anIncident({ id, state, criterion: { name: id, kind: 'command', text: 'x' }, opened: at, updated: at, seen: 'exit code 1' })
const opened = (seq: number, id: string): WatchEvent => ({ kind: 'opened', seq, at, text: '', incident: incident(id) })

test('the last word on each incident is what is read back, whoever else reads meanwhile', () => {
  const journal = new Journal(path)
  expect(journal.append(opened(1, 'a'))).toBe(true)
  journal.append(opened(2, 'b'))
  journal.append({ kind: 'closed', seq: 3, at, text: '', incident: incident('a', 'closed') })
  const past = readJournal(path)
  expect([...past.incidents.values()].map(({ id, state }) => `${id} ${state}`)).toEqual(['a closed', 'b open'])
  expect(past).toMatchObject({ seq: 3, torn: 0, stopped: false })
  expect(eventsOf(readFileSync(path, 'utf8'), 'a').map(({ kind }) => kind)).toEqual(['opened', 'closed'])
  journal.close()
})

test('wherever a crash tears the last line, the lines before it and after it are read', () => {
  const lines = [opened(1, 'a'), opened(2, 'b')].map((event) => JSON.stringify(event))
  const whole = lines.map((line) => `${line}\n`).join('')
  const ends = [lines[0]?.length ?? 0, whole.length - 1]
  for (let length = 0; length <= whole.length; length += 7) {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, whole)
    truncateSync(path, length)
    const journal = new Journal(path)
    journal.append(opened(9, 'c'))
    journal.close()
    const { incidents, torn } = readJournal(path)
    expect([...incidents.keys()].at(-1)).toBe('c')
    expect(torn).toBeLessThanOrEqual(1)
    expect(incidents.size).toBe(1 + ends.filter((end) => end <= length).length)
  }
})

test('a journal is made short: closed incidents beyond so many are forgotten, and what is stopped stays stopped', () => {
  const clock = { now: () => at }
  const store = new Store(path, clock, [])
  for (let i = 0; i < 10; i++) store.happened('closed', incident(`i${i}`, 'closed'), '')
  store.happened('opened', incident('open'), '')
  store.told('repairs-stopped', '')
  store.shorten(3)
  store.happened('updated', incident('open'), 'after')
  store.close()
  const again = new Store(path, clock, [])
  expect(again.incidents.map(({ id }) => id)).toEqual(['i7', 'i8', 'i9', 'open'])
  expect(again.stopped).toBe(true)
  expect(readJournal(path).seq).toBe(13)
})

test('hostile lines are passed over', () => {
  new Journal(path).append(opened(1, 'a'))
  appendFileSync(path, '[]\nnull\n{"seq":"x"}\n{"seq":5,"kind":"opened","at":{"wall":"x"},"incident":3}\n\u0000\n')
  expect(readJournal(path)).toMatchObject({ seq: 1, torn: 5 })
})
