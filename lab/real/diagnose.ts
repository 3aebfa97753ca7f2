import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { missingForReal } from '../requirements.ts'
import { CAUSED } from './caused.ts'
import { writeBundle } from './collect.ts'
import { convictCluster } from './convict.ts'

const USAGE = `npm run lab:diagnose -- [--only WORD] [--keep DIR]

Breaks clusters of real kernel namespaces in every way of lab/real/caused.ts, makes real connections, and asks culprit for the cause of each that
fails. Exit code 0: the right cause is first for nine in ten, and nobody is accused where nothing fails. 1: not. 3: this machine cannot run it.`

async function main(): Promise<number> {
  const text = { type: 'string' } as const
  const { values } = parseArgs({ options: { only: text, keep: text, help: { type: 'boolean' } } })
  if (values.help) {
    console.log(USAGE)
    return 2
  }
  const reasons = missingForReal()
  if (reasons.length) {
    console.error(`error: the lab cannot run here: ${reasons.join('; ')}`)
    return 3
  }
  const count = { failed: 0, first: 0, three: 0, fine: 0, calm: 0 }
  for (const fault of Object.keys(CAUSED).filter((name) => name.includes(values.only ?? ''))) {
    const { bundle, verdicts } = await convictCluster({ nodes: 2, pods: 2, backend: 'nft' }, fault)
    if (values.keep) writeBundle(bundle, join(values.keep, fault, 'bundle'))
    console.log(`${fault}: ${CAUSED[fault]?.causes.join(' or ') || 'healthy'}`)
    for (const { spec, kernel, causes, place } of verdicts) {
      const fails = kernel.some((connection) => connection !== 'connects')
      if (fails) {
        count.failed++
        if (place === 0) count.first++
        if (place >= 0 && place < 3) count.three++
      } else {
        count.fine++
        if (place === 0) count.calm++
      }
      const said = causes.slice(0, 3).map(({ id, status, confidence }) => `${id} ${status} ${confidence}`)
      if (fails || place !== 0)
        console.log(`  ${place === 0 ? ' ' : '!'} ${spec.name.padEnd(36)} ${kernel.join(', ').padEnd(22)} | ${said.join(', ') || 'none'}`)
    }
  }
  const { failed, first, three, fine, calm } = count
  console.log(`lab:diagnose: first ${first} of ${failed}, in three ${three} of ${failed}, healthy ${calm} of ${fine}`)
  return first >= 0.9 * failed && calm === fine ? 0 : 1
}

process.exitCode = await main()
