import { parseArgs } from 'node:util'
import { closeAll } from '../real/network.ts'
import { missingForReal } from '../requirements.ts'
import { runKills } from './kill.ts'

const USAGE = `npm run lab:kill -- [--count N] [--side-by-side N] [--seed N] [--timer SECONDS]

Applies a repair of six steps in namespaces of its own and kills culprit by SIGKILL at random moments. When the timer is over each machine must be
as it was, or repaired. Exit code 0: all are. 1: some are in between. 3: this machine cannot run it.`

async function main(): Promise<number> {
  const text = { type: 'string' } as const
  const { values } = parseArgs({
    options: { count: text, 'side-by-side': text, seed: text, timer: text, help: { type: 'boolean', short: 'h' } },
  })
  if (values.help) {
    console.log(USAGE)
    return 0
  }
  const reasons = missingForReal()
  if (reasons.length) {
    console.error(reasons.join('\n'))
    return 3
  }
  const kills = await runKills({
    count: Number(values.count ?? 200),
    sideBySide: Number(values['side-by-side'] ?? 4),
    seed: Number(values.seed ?? 1),
    timer: Number(values.timer ?? 5),
    progress: (done, { original, repaired, between }) =>
      process.stderr.write(`\r${done} killed: ${original} as before, ${repaired} repaired, ${between} between`),
  })
  process.stderr.write('\n')
  console.log(
    `as before ${kills.original}, repaired ${kills.repaired}, in between ${kills.between}; ${kills.late.count} more had ended by themselves`,
  )
  console.log(
    [...kills.afterSteps]
      .sort(([a], [b]) => a - b)
      .map(([steps, count]) => `killed after ${steps} steps: ${count}`)
      .join('\n'),
  )
  for (const text of kills.differences) console.log(`\n${text}`)
  return kills.between === 0 ? 0 : 1
}

for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)
  process.once(signal, () => {
    console.error(`lab:kill: ${signal}: removing what was built`)
    void closeAll().finally(() => process.exit(code))
  })

process.exitCode = await main()
