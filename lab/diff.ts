import { parseArgs } from 'node:util'
import { missing } from './requirements.ts'
import { type Options, run } from './run.ts'
import { FAMILIES } from './scenario.ts'

const USAGE = `npm run lab:diff -- [--rulesets N] [--seed S] [--family NAME,…] [--packets N] [--jobs N] [--keep DIR] [--shrink N] [--only I] [--all]

Draws random rulesets, routing, sysctls and packets, runs them on this machine's kernel in namespaces of their own, and holds culprit's
trace against what the kernel did. Families: iptables-nft iptables-legacy ip6tables
ip6tables-legacy nft nft6 mixed; without --family the rulesets are shared out among all. --only I runs ruleset I alone. A difference
is shrunk (the first N of --shrink, 3 unless told) and written to --keep (lab/out). --all writes every case, agreeing or not.
Exit code 0: no difference. 1: some. 3: this machine cannot run it.`

function optionsOf(argv: readonly string[]): Options | undefined {
  const text = { type: 'string' } as const
  const { values } = parseArgs({
    args: [...argv],
    options: {
      rulesets: text,
      seed: text,
      family: text,
      packets: text,
      jobs: text,
      keep: text,
      shrink: text,
      only: text,
      all: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  })
  const families = values.family ? FAMILIES.filter((f) => values.family?.split(',').includes(f)) : FAMILIES
  if (values.help || families.length === 0) return undefined
  return {
    rulesets: Number(values.rulesets ?? 60),
    seed: Number(values.seed ?? 1),
    families,
    packets: Number(values.packets ?? 10),
    jobs: Number(values.jobs ?? 2),
    keep: values.keep ?? 'lab/out',
    shrink: Number(values.shrink ?? 3),
    only: values.only === undefined ? undefined : Number(values.only),
    all: values.all ?? false,
  }
}

async function main(): Promise<number> {
  const options = optionsOf(process.argv.slice(2))
  if (!options) {
    console.log(USAGE)
    return 2
  }
  const lacking = missing(options.families)
  if (lacking.length) {
    console.error(`error: the lab cannot run here: ${lacking.join('; ')}`)
    return 3
  }
  const start = performance.now()
  const tally = await run(options)
  const seconds = ((performance.now() - start) / 1000).toFixed(1)
  const asides = [
    tally.unrepeated ? `${tally.unrepeated} not repeatable` : '',
    tally.refused ? `${tally.refused} refused by the kernel` : '',
  ].filter(Boolean)
  console.log(
    `lab: seed ${options.seed}: ${tally.rulesets} rulesets, ${tally.packets} packets, ${tally.stations} stations: ${tally.differences} differences, unknown ${tally.unknown}` +
      `${asides.length ? ` (${asides.join(', ')})` : ''}, ${seconds} s`,
  )
  return tally.differences === 0 ? 0 : 1
}

process.exitCode = await main()
