import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { countersDiffer } from './counters.ts'
import { drawScenario } from './generate/scenario.ts'
import { Kernel } from './kernel.ts'
import { verifyTaken } from './refused.ts'
import { missing } from './requirements.ts'
import { run } from './run.ts'
import { FAMILIES } from './scenario.ts'

/** A fixed small run of `npm run lab:diff`. It needs root and the Debian packages of requirements.ts; where they lack it is skipped, and says so. */
const lacking = missing()
if (lacking.length) console.warn(`\nSKIPPED: the model is not held against this machine's kernel: ${lacking.join('; ')}\n`)

const keep = mkdtempSync(join(tmpdir(), 'culprit-lab-'))
afterAll(() => rmSync(keep, { recursive: true, force: true }))

describe.skipIf(lacking.length > 0)('the kernel is the judge', () => {
  test.each(FAMILIES)(
    '%s: culprit and the kernel agree on ten random rulesets',
    async (family) => {
      const tally = await run({
        rulesets: 10,
        seed: 20,
        families: [family],
        packets: 10,
        jobs: 1,
        keep,
        shrink: 1,
        only: undefined,
        all: false,
      })
      expect(tally).toMatchObject({ rulesets: 10, differences: 0, unknown: 0, refused: 0 })
      expect(tally.packets).toBeGreaterThanOrEqual(90)
      expect(tally.stations).toBeGreaterThan(100)
    },
    120_000,
  )

  test.each(['iptables-nft', 'iptables-legacy'] as const)(
    '%s: the trace misses no rule that the counters count',
    async (family) => {
      const kernel = await Kernel.open(family)
      try {
        for (let seed = 0; seed < 5; seed++) {
          const taken = await verifyTaken(kernel, drawScenario(family, seed, 10), { counting: true, quiet: 30 })
          expect('refused' in taken ? [taken.refused] : countersDiffer(taken.verified)).toEqual([])
        }
      } finally {
        await kernel.close()
      }
    },
    60_000,
  )
})
