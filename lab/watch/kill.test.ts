import { describe, expect, test } from 'vitest'
import { Random } from '../random.ts'
import { missingForReal } from '../requirements.ts'
import { mayRoute } from './config.ts'
import { Machine, pause } from './machine.ts'

const reasons = missingForReal()
if (reasons.length) console.warn(`\nSKIPPED: no watch is killed: ${reasons.join('; ')}\n`)

/** Each on a machine of its own; WATCH_KILLS=N makes more. */
const KILLS = Number(process.env.WATCH_KILLS ?? 4)

interface Repairs {
  readonly repairs: readonly { readonly state: string; readonly watched: boolean }[]
}

describe.skipIf(reasons.length > 0)('a watch that is killed at a random moment', () => {
  test.concurrent.each(Array.from({ length: KILLS }, (_, i) => i))(
    'leaves a journal that can be read, no repair that nobody takes back, and the next one ends what it began (%i)',
    async (i) => {
      const random = new Random(20261121 + i)
      const machine = await Machine.start('labwk1')
      try {
        const sound = await machine.network()
        const config = mayRoute('192.0.2.1', '  timer: 10s\n')
        const killed = machine.watch(config)
        await killed.good()
        await machine.run('ip route del default')
        // Some anywhere from the first failure on, the others in the middle of the repair; of those some are told to end.
        if (i % 2 === 0) await pause(random.int(0, 15_000))
        else await killed.says('repairing beyond').then(() => pause(random.int(0, 4000)))
        await killed.end(i % 4 === 3 ? 'TERM' : 'KILL')
        const shown = machine.culprit('repair', 'status', '--state', machine.state, '-o', 'json')
        const unfinished = (JSON.parse(shown.stdout) as Repairs).repairs
        expect(unfinished.filter(({ watched, state }) => !watched || state === 'stuck')).toEqual([])
        expect(machine.culprit('watch', 'incidents', '--all', '--state', machine.state, '-o', 'json').code).toBe(0)

        const next = machine.watch(config.replace('  timer', '  backoff: 1s\n  timer'))
        await next.says('started')
        // What it was killed in is ended first: repaired, or taken back and tried again.
        machine.culprit('watch', 'resume', '--state', machine.state)
        await machine.reaches('203.0.113.80', 9000).catch((error) => {
          throw new Error(`${error}\n${next.told}`)
        })
        await next.says('recovered beyond').catch(() => undefined)
        await machine.settled()
        await next.end()
        const incidents = machine.incidents()
        expect(incidents.flatMap(({ repairs }) => repairs).filter(({ outcome }) => outcome === 'under-way')).toEqual([])
        expect(incidents.every(({ state }) => state === 'closed' || state === 'recovered')).toBe(true)
        expect((JSON.parse(machine.culprit('repair', 'status', '--state', machine.state, '-o', 'json').stdout) as Repairs).repairs).toEqual(
          [],
        )
        expect(await machine.network()).toBe(sound)
      } finally {
        await machine.stop()
      }
    },
    300_000,
  )
})
