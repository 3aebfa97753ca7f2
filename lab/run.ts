import { join } from 'node:path'
import { differenceText, writeCase } from './case.ts'
import { type Difference, type Held, hold } from './difference.ts'
import { drawScenario } from './generate/scenario.ts'
import { Kernel } from './kernel.ts'
import { Random } from './random.ts'
import type { Family, Scenario } from './scenario.ts'
import { shrink } from './shrink.ts'

/** What to run; see the usage of diff.ts. */
export interface Options {
  readonly rulesets: number
  readonly seed: number
  readonly families: readonly Family[]
  readonly packets: number
  readonly jobs: number
  readonly keep: string
  readonly shrink: number
  readonly only: number | undefined
  readonly all: boolean
}

export interface Tally {
  rulesets: number
  packets: number
  stations: number
  differences: number
  unknown: number
  unrepeated: number
  refused: number
  shrunk: number
}

/** Every ruleset has a seed of its own, so that one can be run again alone. */
const seedOf = (seed: number, index: number): number => new Random((seed * 1_000_003 + index) >>> 0).fork()

const familyOf = (options: Options, index: number): Family => options.families[index % options.families.length] as Family

/** A difference counts when the kernel does the same again with more time to tell. */
async function repeated(kernel: Kernel, held: Held): Promise<Held | undefined> {
  const again = await hold(kernel, held.scenario, { quiet: 60 })
  return 'refused' in again || again.differences.length === 0 ? undefined : again
}

async function smallest(kernel: Kernel, held: Held, difference: Difference): Promise<Held> {
  const shows = async (scenario: Scenario): Promise<boolean> => {
    const next = await hold(kernel, scenario, { quiet: 8 })
    return !('refused' in next) && next.leftOut.length === 0 && next.differences.some((d) => d.packet.id === difference.packet.id)
  }
  const small = await shrink(held.scenario, difference.packet, shows)
  const result = await hold(kernel, small, { quiet: 30 })
  return 'refused' in result || result.differences.length === 0 ? held : result
}

async function one(kernel: Kernel, options: Options, index: number, tally: Tally): Promise<void> {
  const held = await hold(kernel, drawScenario(kernel.family, seedOf(options.seed, index), options.packets))
  if ('refused' in held) {
    tally.refused++
    console.warn(`ruleset ${index} (${kernel.family}) was refused: ${held.refused}`)
    return
  }
  tally.rulesets++
  tally.packets += held.verified.packets.length
  for (const truth of held.verified.truths) tally.stations += truth.path.length
  const folder = join(options.keep, `case-${kernel.family}-${String(index).padStart(4, '0')}`)
  if (options.all) writeCase(folder, held)
  if (held.differences.length === 0) return
  const sure = await repeated(kernel, held)
  if (!sure) {
    tally.unrepeated++
    return
  }
  tally.differences += sure.differences.length
  tally.unknown += sure.differences.filter(
    (d) => typeof d.answer !== 'string' && d.answer.outcomes.some((o) => o.verdict === 'unknown'),
  ).length
  for (const difference of sure.differences)
    console.log(`ruleset ${index} (${kernel.family}), packet ${difference.packet.id}: ${difference.text}`)
  const first = sure.differences[0]
  const small = first && tally.shrunk++ < options.shrink ? await smallest(kernel, sure, first) : sure
  writeCase(folder, small)
  if (small !== sure && small.differences[0]) console.log(differenceText(small.scenario, small.differences[0]))
}

/** Runs a share of the rulesets; a network serves one family after the other. */
async function lane(options: Options, queue: number[], tally: Tally): Promise<void> {
  const kernels = new Map<Family, Kernel>()
  try {
    for (let index = queue.shift(); index !== undefined; index = queue.shift()) {
      const family = familyOf(options, index)
      const kernel = kernels.get(family) ?? (await Kernel.open(family))
      kernels.set(family, kernel)
      await one(kernel, options, index, tally)
    }
  } finally {
    for (const kernel of kernels.values()) await kernel.close()
  }
}

/** Runs the whole and says how it ended. */
export async function run(options: Options): Promise<Tally> {
  const tally: Tally = { rulesets: 0, packets: 0, stations: 0, differences: 0, unknown: 0, unrepeated: 0, refused: 0, shrunk: 0 }
  const queue = options.only === undefined ? Array.from({ length: options.rulesets }, (_, i) => i) : [options.only]
  await Promise.all(Array.from({ length: options.jobs }, () => lane(options, queue, tally)))
  return tally
}
