import { describe, expect, test } from 'vitest'
import { missingForReal } from '../requirements.ts'
import { runKills } from './kill.ts'

/** A part of `npm run lab:kill`, which kills 200 times. */
const reasons = missingForReal()
if (reasons.length) console.warn(`\nSKIPPED: no repair is killed: ${reasons.join('; ')}\n`)

describe.skipIf(reasons.length > 0)('culprit is killed in the middle of a repair', () => {
  test('when the timer is over the machine is as before, or repaired, never in between', async () => {
    const kills = await runKills({ count: 8, sideBySide: 4, seed: 7, timer: 5, progress: () => undefined })
    expect(kills.differences.join('\n')).toBe('')
    expect(kills.original + kills.repaired).toBe(8)
  }, 120_000)
})
