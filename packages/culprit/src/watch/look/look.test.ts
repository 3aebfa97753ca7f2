import { expect, test } from 'vitest'
import { localExecutor } from '../../exec/local.ts'
import { Governor } from '../governor.ts'
import { tryCommand } from './command.ts'
import { changedParts, fingerprint, readParts } from './fingerprint.ts'

test('the machine is looked at by parts, and what did not change is the same', async () => {
  const [one, two] = [await fingerprint(localExecutor()), await fingerprint(localExecutor())]
  expect([...(one?.parts.keys() ?? [])]).toEqual(expect.arrayContaining(['iptables', 'nftables', 'routes', 'settings', 'listeners']))
  expect(one && two && changedParts(one, two).filter((part) => part !== 'listeners' && part !== 'links')).toEqual([])
}, 30_000)

test('a part that changed is named', () => {
  const before = readParts('routes 0123456789abcdef\nlinks 0123456789abcdef\n')
  const after = readParts('routes 0123456789abcdee\nlinks 0123456789abcdef\n')
  expect(before && after && changedParts(before, after)).toEqual(['routes'])
  expect(readParts('sh: not found\n')).toBeUndefined()
})

test.each([
  [['sh', '-c', 'echo ready'], { contains: 'ready' }, 'holds', 'as expected'],
  [['sh', '-c', 'echo no >&2; exit 3'], {}, 'fails', 'sh ended with exit code 3: no'],
  [['sleep', '9'], {}, 'fails', 'sleep did not end within 0.3 s'],
  [['no-such-program'], {}, 'unknown', 'no-such-program is not installed'],
])('a command as a criterion: %j', async (command, expect_, state, seen) => {
  const criterion = { kind: 'command', name: 'c', severity: 'critical', failures: 1, command, expect: expect_, within: 300 } as const
  expect(await tryCommand(criterion, localExecutor())).toEqual({ state, seen })
})

test('work is paid back by time', () => {
  let now = 0
  const governor = new Governor(0.01, () => now)
  let spent = 0
  for (; now < 3600; now += 10)
    if (governor.mayWork()) {
      governor.spent(2)
      spent += 2
    }
  expect(spent).toBeLessThanOrEqual(38)
  expect(spent).toBeGreaterThan(30)
  now += 100_000
  expect(governor.mayWork()).toBe(true)
  governor.spent(5)
  now += 400
  // What was not spent in a quiet time is not saved up for a storm.
  expect(governor.mayWork()).toBe(false)
})
