import { parseArgs } from 'node:util'
import { Random } from '../random.ts'
import { diagnoseThinned, incidentsOf } from './thin.ts'

const USAGE = `npm run lab:thin -- FOLDER [--runs N] [--seed N] [--only WORD]

Takes evidence away from the incidents of FOLDER (NAME/bundle and NAME/expect.json), at random, and asks for the cause all the same: nothing may
break, no wrong cause be proved, and none that is wrong be first above 0.6. Exit code 0: so it is. 1: not.`

function main(): number {
  const text = { type: 'string' } as const
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { runs: text, seed: text, only: text, help: { type: 'boolean' } },
  })
  const [folder] = positionals
  if (values.help || folder === undefined) {
    console.log(USAGE)
    return 2
  }
  const incidents = incidentsOf(folder, (name) => name.includes(values.only ?? ''))
  const [runs, seed] = [Number(values.runs ?? 200), Number(values.seed ?? 1)]
  let [wrong, right, silent] = [0, 0, 0]
  for (let run = 0; run < runs; run++) {
    const incident = incidents[run % incidents.length]
    if (!incident) break
    const random = new Random(seed * 1_000_003 + run)
    const found = tried(() => diagnoseThinned(incident, random))
    if ('thrown' in found) {
      wrong++
      console.log(`! ${incident.name} run ${run}: ${found.thrown}`)
    } else if (found.wrong !== undefined) {
      wrong++
      console.log(`! ${incident.name} run ${run}: ${found.question} | ${found.wrong} | wanted ${incident.causes} | ${found.kept.join(' ')}`)
    } else if (found.first?.right && found.first.confidence > 0.3) right++
    else silent++
  }
  console.log(`lab:thin: of ${runs} runs ${wrong} misled, ${right} found the cause first, ${silent} did not and said so`)
  return wrong === 0 ? 0 : 1
}

function tried<Found>(act: () => Found): Found | { readonly thrown: string } {
  try {
    return act()
  } catch (error) {
    return { thrown: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  }
}

process.exitCode = main()
