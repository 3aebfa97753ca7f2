import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { missingForDocker, missingForReal } from '../requirements.ts'
import { CLUSTER_FAULTS, runCluster } from './cluster.ts'
import { type Bundle, writeBundle } from './collect.ts'
import { runDocker } from './docker.ts'
import type { Judged } from './judge.ts'
import { closeAll } from './network.ts'

const USAGE = `npm run lab:real -- [--only WORD] [--keep DIR]

Builds real networks on this machine's kernel in namespaces of their own, breaks them, makes real connections, and holds culprit's trace
against what came of each. --only runs the faults whose name holds WORD, --keep writes every bundle to DIR.
Exit code 0: all agree. 1: some do not. 3: this machine cannot run it.`

interface Tally {
  agree: number
  all: number
}

function show(network: string, fault: string, judged: readonly Judged[], tally: Tally): void {
  console.log(`${network}: ${fault}`)
  for (const { spec, kernel, culprit, agrees } of judged) {
    tally.all++
    if (agrees) tally.agree++
    console.log(`  ${agrees ? ' ' : '!'} ${spec.name.padEnd(36)} ${kernel.padEnd(38)} | ${culprit}`)
  }
}

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
  const tally: Tally = { agree: 0, all: 0 }
  const report = (network: string, fault: string, bundle: Bundle, judged: readonly Judged[]): void => {
    show(network, fault, judged, tally)
    if (values.keep) writeBundle(bundle, join(values.keep, network, fault, 'bundle'))
  }
  const wanted = (name: string): boolean => name.includes(values.only ?? '')
  console.log('    connection                           kernel                                 | culprit')
  const noDocker = missingForDocker()
  if (noDocker.length) console.log(`docker: skipped: ${noDocker.join('; ')}`)
  else
    await runDocker(
      (fault) => wanted(`docker/${fault}`),
      ({ fault, bundle, judged }) => report('docker', fault, bundle, judged),
    )
  for (const backend of ['nft', 'legacy'] as const) {
    const network = `cluster-${backend}`
    for (const fault of Object.keys(CLUSTER_FAULTS).filter((name) => wanted(`${network}/${name}`))) {
      const { bundle, judged } = await runCluster({ nodes: 3, pods: 2, backend }, fault)
      report(network, fault, bundle, judged)
    }
  }
  console.log(`lab:real: ${tally.agree} of ${tally.all} connections agree`)
  return tally.agree === tally.all ? 0 : 1
}

/** Interrupted, it leaves nothing behind: no namespace, no daemon, no folder. */
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const)
  process.once(signal, () => {
    console.error(`lab:real: ${signal}: removing what was built`)
    void closeAll().finally(() => process.exit(code))
  })

process.exitCode = await main()
