import { parseArgs } from 'node:util'
import { missingForReal } from '../requirements.ts'
import { convict, type Scenario, unasked, type Verdict } from './convict.ts'
import { closeAll } from './network.ts'
import { keep, kept, SCENARIOS } from './scenarios.ts'

const USAGE = `npm run lab:diagnose -- [--part cluster|docker|pods|near] [--only WORD] [--keep DIR | --again DIR]

Breaks clusters and machines of real kernel namespaces in every way of lab/real/caused.ts and lab/real/host, makes real connections, and asks
culprit for the cause of each that fails; and whether it accuses anybody where nothing does. --part runs those of one kind, --only those whose name holds WORD, --keep
writes each as an incident to DIR, --again judges those that are there, without building anything.
Exit code 0: the right cause is first for nine in ten, and nobody is accused where nothing fails. 1: not. 3: this machine cannot run it.`

const count = { failed: 0, first: 0, three: 0, fine: 0, calm: 0, two: 0, both: 0, whole: 0, silent: 0, loud: 0, wrong: 0 }

function judge(scenario: Scenario): void {
  const { name, causes } = scenario
  console.log(`${name}: ${causes.join(' or ') || 'healthy'}`)
  for (const verdict of convict(scenario)) tell(verdict)
  if (causes.length > 0) return
  const accused = unasked(scenario)
  count.whole++
  if (accused.length === 0) count.silent++
  else console.log(`  ! asked nothing                        | ${told(accused)}`)
}

const told = (causes: Verdict['causes']): string =>
  causes
    .slice(0, 3)
    .map(({ id, status, confidence }) => `${id} ${status} ${confidence}`)
    .join(', ') || 'none'

function tell({ probe, causes, place, both }: Verdict): void {
  const fails = probe.symptom !== undefined
  if (fails) {
    count.failed++
    if (place === 0) count.first++
    if (place >= 0 && place < 3) count.three++
    if (both !== undefined) count.two++
    if (both) count.both++
    if ((causes[0]?.confidence ?? 0) >= 0.9) {
      count.loud++
      if (place !== 0) count.wrong++
    }
  } else {
    count.fine++
    if (place === 0) count.calm++
  }
  if (!fails && place === 0) return
  const mark = place !== 0 ? '!' : both === false ? '2' : ' '
  console.log(`  ${mark} ${probe.name.padEnd(36)} ${`${probe.kernel.join(', ')} ${probe.symptom ?? ''}`.padEnd(30)} | ${told(causes)}`)
}

async function main(): Promise<number> {
  const text = { type: 'string' } as const
  const { values } = parseArgs({ options: { part: text, only: text, keep: text, again: text, help: { type: 'boolean' } } })
  if (values.help) {
    console.log(USAGE)
    return 2
  }
  const wanted = (name: string): boolean => name.includes(values.only ?? '') && (values.part ?? partOf(name)) === partOf(name)
  if (values.again) for (const scenario of kept(values.again, wanted)) judge(scenario)
  else {
    const reasons = missingForReal()
    if (reasons.length) {
      console.error(`error: the lab cannot run here: ${reasons.join('; ')}`)
      return 3
    }
    for (const [, build] of Object.entries(SCENARIOS).filter(([name]) => wanted(name))) {
      const scenario = await build()
      if (values.keep) keep(scenario, values.keep)
      judge(scenario)
    }
  }
  const { failed, first, three, fine, calm, two, both, whole, silent, loud, wrong } = count
  console.log(
    `lab:diagnose: first ${first} of ${failed}, in three ${three} of ${failed}, healthy ${calm} of ${fine}, both of two ${both} of ${two}, asked nothing ${silent} of ${whole}, at 0.9 or more ${loud - wrong} of ${loud} right`,
  )
  return first >= 0.9 * failed && calm === fine && silent === whole ? 0 : 1
}

const partOf = (name: string): string => /^(docker|pods|near)-/.exec(name)?.[1] ?? 'cluster'

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.once(signal, () => {
    void closeAll().finally(() => process.exit(130))
  })

process.exitCode = await main()
