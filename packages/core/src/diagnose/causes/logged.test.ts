import { expect, test } from 'vitest'
import type { Logged } from '../observations/observation.ts'
import type { Scene } from '../scene.ts'
import { type Story, sceneOf } from '../testing/scene.ts'
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
