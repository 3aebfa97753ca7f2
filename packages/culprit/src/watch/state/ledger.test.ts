import { describe, expect, test } from 'vitest'
import type { Criterion } from '../config/criteria.ts'
import type { CriterionState, Incident } from '../incident.ts'
import type { Moment } from '../moment.ts'
import { advance } from './ledger.ts'

const criterion: Criterion = {
  name: 'web',
  kind: 'command',
  severity: 'critical',
  failures: 2,
  command: ['true'],
  expect: {},
  within: 1000,
}
const state = (word: CriterionState['state'], failures = 0): CriterionState => ({
  name: 'web',
  kind: 'command',
  text: 'true',
  severity: 'critical',
  state: word,
  seen: word,
  failures,
})
const moment = (up: number, wall = up, boot = 'b1'): Moment => ({ wall: new Date(1.7e12 + wall * 1000).toISOString(), boot, up })

/** Plays rounds: f fails, h holds, ? is unknown; a minute apart unless the moments are given. */
function play(rounds: string, moments: (i: number) => Moment = (i) => moment(i * 60), quiet = 180): readonly string[] {
  let current: Incident | undefined
  let failures = 0
  return [...rounds].flatMap((round, i) => {
    failures = round === 'f' ? failures + 1 : round === 'h' ? 0 : failures
    const word = round === 'f' ? 'fails' : round === 'h' ? 'holds' : 'unknown'
    const step = advance(current, criterion, state(word, failures), moments(i), quiet)
    if (!step) return []
    current = step.incident.state === 'closed' ? undefined : step.incident
    return step.text === '' ? [] : [`${i} ${step.kind}`]
  })
}

describe('an incident through the rounds', () => {
  test.each([
    ['one failure is chance', 'hfhhhh', []],
    ['opened when it failed often enough, closed after the quiet time', 'ffhhhhh', ['1 opened', '2 recovered', '5 closed']],
    ['what is unknown changes nothing', 'f?f??h', ['2 opened', '5 recovered']],
    ['it fails again within the quiet time', 'ffhhffh', ['1 opened', '2 recovered', '5 relapsed', '6 recovered']],
    ['a single failure within the quiet time makes it longer', 'ffhhfhhhhh', ['1 opened', '2 recovered', '7 closed']],
    ['after it was closed the next one is another', 'ffhhhhff', ['1 opened', '2 recovered', '5 closed', '7 opened']],
  ])('%s', (_, rounds, told) => {
    expect(play(rounds)).toEqual(told)
  })

  test.each([
    ['back by hours', (i: number) => moment(i * 60, i < 3 ? i * 60 : i * 60 - 20_000)],
    ['forward by hours', (i: number) => moment(i * 60, i < 3 ? i * 60 : i * 60 + 20_000)],
    ['to and fro', (i: number) => moment(i * 60, i * 60 + (i % 2 ? 1 : -1) * 90_000)],
  ])('a clock that jumps %s changes nothing of it', (_, moments) => {
    expect(play('ffhhhhh', moments)).toEqual(['1 opened', '2 recovered', '5 closed'])
  })

  test('after a restart of the machine the quiet time begins anew, whatever the clock says', () => {
    const moments = (i: number): Moment => (i < 4 ? moment(i * 60) : moment((i - 3) * 60, i * 60 + 90_000, 'b2'))
    expect(play('ffhhhhhh', moments)).toEqual(['1 opened', '2 recovered', '4 updated', '7 closed'])
  })
})
