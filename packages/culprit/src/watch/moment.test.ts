import { expect, test } from 'vitest'
import { machineClock, secondsBetween } from './moment.ts'

const at = (wall: string, up: number, boot = 'b1') => ({ wall: `2026-11-21T${wall}Z`, boot, up })

test.each([
  ['the clock stands', at('10:00:00', 100), at('10:00:30', 130), 30],
  ['somebody set it back by hours', at('10:00:00', 100), at('04:00:30', 130), 30],
  ['somebody set it forward by hours', at('10:00:00', 100), at('23:00:30', 130), 30],
  ['the machine was restarted', at('10:00:00', 5000), at('10:10:00', 20, 'b2'), 600],
  ['restarted, with a clock that is behind', at('10:00:00', 5000), at('09:00:00', 20, 'b2'), 20],
])('time that passed: %s', (_, earlier, later, seconds) => {
  expect(secondsBetween(earlier, later)).toBe(seconds)
})

test('the machine tells its own', () => {
  const clock = machineClock()
  const now = clock.now()
  expect(now.up).toBeGreaterThan(0)
  expect(secondsBetween(now, clock.now())).toBeGreaterThanOrEqual(0)
})
