import { describe, expect, test } from 'vitest'
import { repair } from '../config/repair.ts'
import type { Incident, RepairAttempt, RepairOutcome } from '../incident.ts'
import type { Moment } from '../moment.ts'
import { allowance, usedOf } from './budget.ts'

const settings = repair.parse({ perHour: 2, backoff: '10m' })
const moment = (up: number, wall = up, boot = 'b1'): Moment => ({ wall: new Date(1.7e12 + wall * 1000).toISOString(), boot, up })
const attempt = (up: number, outcome: RepairOutcome = 'repaired', began = moment(up)): RepairAttempt => ({
  id: 'r',
  allowed: 'p',
  cause: 'a.b',
  means: 'runbook r',
  began,
  ended: began,
  outcome,
  why: '',
})
const incident = (name: string, repairs: readonly RepairAttempt[]): Incident => ({
  id: `i-${name}`,
  state: 'open',
  criterion: { name, kind: 'command', text: '' },
  severity: 'critical',
  opened: moment(0),
  updated: moment(0),
  seen: '',
  relapses: 0,
  causes: [],
  snapshots: { before: null, after: null },
  changes: [],
  repairs,
  notes: [],
})
const ask = (own: readonly RepairAttempt[], others: readonly RepairAttempt[], now: Moment, stopped = false): string => {
  const mine = incident('web', own)
  const said = allowance(settings, [mine, incident('other', others)], mine, stopped, now)
  return said.kind === 'yes' ? 'yes' : said.why
}

describe('may a repair be made now?', () => {
  test.each([
    ['the first', [], [], 100, 'yes'],
    ['two others within the hour', [], [attempt(100), attempt(200)], 3000, 'the budget of 2 an hour is used up'],
    ['two others, one of them over an hour ago', [], [attempt(100), attempt(3000)], 3701, 'yes'],
    ['what was refused touched nothing', [], [attempt(100, 'refused'), attempt(100, 'failed'), attempt(200)], 300, 'yes'],
    ['its own a minute ago', [attempt(100)], [], 160, 'the last repair of web was 60 s ago, and the next waits 600 s'],
    ['its own long enough ago', [attempt(100)], [], 701, 'yes'],
    [
      'after the second it waits twice as long',
      [attempt(100), attempt(4000)],
      [],
      4700,
      'the last repair of web was 700 s ago, and the next waits 1200 s',
    ],
    ['another is under way', [], [attempt(100, 'under-way')], 9000, 'another repair is under way'],
  ] as const)('%s', (_, own, others, now, said) => {
    expect(ask(own, others, moment(now))).toBe(said)
  })

  test('stopped is stopped', () => {
    expect(ask([], [], moment(0), true)).toContain('culprit watch resume')
  })

  test.each([
    ['set back by a day', moment(400, 400 - 86_400), 2],
    ['set forward by a day', moment(400, 400 + 86_400), 2],
    ['after a restart and an hour', moment(3700, 0, 'b2'), 0],
    ['soon after a restart', moment(30, 500, 'b2'), 2],
  ])('a clock %s does not fill or empty the budget', (_, now, used) => {
    expect(usedOf([incident('web', [attempt(100), attempt(200)])], now)).toBe(used)
  })
})
