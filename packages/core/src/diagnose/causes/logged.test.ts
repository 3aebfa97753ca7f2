import { expect, test } from 'vitest'
import type { Logged, Observed } from '../observations/observation.ts'
import type { Scene } from '../scene.ts'
import { type Story, sceneOf } from '../testing/scene.ts'
import { CAUSE_IDS } from './ids.ts'
import { LOGGED } from './logged.ts'

const line = (cause: Logged['cause'], more: Partial<Logged> = {}, signature: Partial<NonNullable<Logged['signature']>> = {}): Logged => ({
  kind: 'log',
  text: 'Another app is currently holding the xtables lock',
  source: { file: 'hosts/n1/logs/kube-proxy.log', line: 3 },
  cause,
  host: 'n1',
  signature: { id: 's', title: 'The lock is held', severity: 'error', general: false, count: 1, lastLine: 3, ...signature },
  ...more,
})
const found = (story: Story | Scene): readonly string[] => {
  const scene = 'engine' in story ? story : sceneOf(story)
  return LOGGED.suspects(scene).map(({ cause, likelihood, where }) => `${likelihood} ${cause} ${where.host}`)
}
const machines = { n1: { devices: 'eth0 192.0.2.11/24' } }

test.each([
  ['the very error', [line('host.lock')], ['0.88 host.lock n1']],
  ['a wrapper of another error', [line('overlay.lease', {}, { general: true })], ['0.5 overlay.lease n1']],
  ['a remark that sound systems make too', [line('nat.hairpin', {}, { severity: 'info' })], ['0.25 nat.hairpin n1']],
  ['a message of which no cause is known', [line(undefined)], []],
])('%s', (_, seen, expected) => {
  expect(found({ machines, seen })).toEqual(expected)
})

test('several messages of one cause on one host are one suspect, and all are told', () => {
  const scene = sceneOf({ machines, seen: [line('host.lock', {}, { severity: 'warning' }), line('host.lock')] })
  const [suspect] = LOGGED.suspects(scene)
  expect(suspect).toMatchObject({ likelihood: 0.88, explains: ['o2', 'o1'], because: [{ observation: 'o2' }, { observation: 'o1' }] })
})

test('what fails passes the host that logged it, or another', () => {
  const seen = [line('host.lock')]
  expect(found({ machines, seen, tried: ['host/n1 -> 192.0.2.9:80/tcp timeout'] })).toEqual(['0.79 host.lock n1'])
  expect(
    found({ machines: { ...machines, n2: { devices: 'eth0 192.0.2.12/24' } }, seen, tried: ['host/n2 -> 192.0.2.9:80/tcp timeout'] }),
  ).toEqual(['0.29 host.lock n1'])
})

test('an error that a long log tells no more is over', () => {
  const log = (lastLine: number): Story => ({
    machines,
    files: {
      'hosts/n1/logs/kube-proxy.log': `${Array.from({ length: 100 }, (_, i) => `I1121 09:00:${String(i % 60).padStart(2, '0')}.000000       1 proxier.go:1] line`).join('\n')}\n`,
    },
    seen: [line('host.lock', {}, { lastLine })],
  })
  expect(found(log(3))).toEqual(['0.29 host.lock n1'])
  expect(found(log(97))).toEqual(['0.88 host.lock n1'])
})

/** Notes that tell of a failing connection in line 50, and of a message. */
const notes = (at: number, ...more: Observed[]): Story => ({
  seen: [
    {
      kind: 'fails',
      text: 'it is refused',
      source: { file: 'notes.md', line: 50 },
      attempt: { from: undefined, to: '192.0.2.9:80/tcp', result: 'refused' },
    },
    line('host.lock', { source: { file: 'notes.md', line: at }, host: undefined }),
    ...more,
  ],
})

test('notes: a message beside what fails explains it, one far from it may not', () => {
  expect(found(notes(51))).toEqual(['0.88 host.lock '])
  expect(found(notes(90))).toEqual(['0.84 host.lock '])
  expect(found(notes(400))).toEqual(['0.7 host.lock '])
  expect(LOGGED.suspects(sceneOf(notes(51)))[0]?.explains).toEqual(['o1', 'o2'])
  expect(LOGGED.suspects(sceneOf(notes(400)))[0]?.explains).toEqual(['o2'])
})

test('notes: a manual that tells of everything tells of nothing', () => {
  const others = CAUSE_IDS.slice(0, 23).map((cause) => line(cause, { source: { file: 'notes.md', line: 700 }, host: undefined }))
  expect(found(notes(400, ...others))).toContain('0.22 host.lock ')
})

test('the end of an attempt says what was seen, and not why', () => {
  const refused = (at: number) => line('app.not-listening', { source: { file: 'notes.md', line: at }, host: undefined }, { general: true })
  expect(found(notes(400, refused(50)))).toEqual(['0.7 host.lock '])
  expect(found(notes(400, refused(52)))).toEqual(['0.7 host.lock ', '0.5 app.not-listening '])
})
