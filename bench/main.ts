import { execFileSync, spawnSync } from 'node:child_process'
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, release, tmpdir, totalmem } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundleAround } from './bundle.ts'
import { benchCluster } from './cluster-run.ts'
import { benchDiagnose } from './diagnose-run.ts'
import { cluster } from './kube-proxy.ts'
import { benchSignatures, signatureRows } from './signatures.ts'
import type { WorkerFigures } from './worker.ts'

/**
 * `npm run bench [-- --flows N]`: culprit on a kube-proxy dump of 110,000 rules, held against iptables-nft-restore --test on the same file in
 * the same run. Exit 1 when a target is missed.
 */
const SERVICES = 10_000
const here = dirname(fileURLToPath(import.meta.url))
const root = join(here, '..', '..')

const median = (list: readonly number[]): number => [...list].sort((a, b) => a - b)[list.length >> 1] ?? Number.NaN
const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`
const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`

/** Milliseconds of a whole process; undefined where it cannot run. */
function wall(
  command: string,
  args: readonly string[],
  input?: string,
  env?: NodeJS.ProcessEnv,
): { readonly ms: number; readonly status: number | null; readonly err: string } {
  const stdin = input === undefined ? 'ignore' : openSync(input, 'r')
  const start = performance.now()
  const ran = spawnSync(command, args, { stdio: [stdin, 'pipe', 'pipe'], maxBuffer: 1 << 28, env: { ...process.env, ...env } })
  const ms = performance.now() - start
  if (typeof stdin === 'number') closeSync(stdin)
  return { ms, status: ran.status, err: ran.error?.message ?? ran.stderr.toString() }
}

/** The yardstick, in a network namespace of its own; undefined without root or the tool. */
function restoreTest(file: string): number | undefined {
  const runs = Array.from({ length: 3 }, () => wall('unshare', ['--net', 'iptables-nft-restore', '--test'], file))
  const failed = runs.find((run) => run.status !== 0)
  if (failed) {
    console.warn(`iptables-nft-restore --test cannot run here, so there are no ratios: ${failed.err.trim().split('\n')[0]}`)
    return undefined
  }
  return median(runs.map((run) => run.ms))
}

/** Of three cold starts the one in the middle. */
function worker(services: number, flows: number, way: 'there' | 'back'): WorkerFigures {
  const runs = Array.from({ length: 3 }, (): WorkerFigures => {
    const out = execFileSync(process.execPath, [join(here, 'worker.js'), String(services), String(flows), way], {
      maxBuffer: 1 << 24,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    return JSON.parse(out.toString())
  })
  return runs.sort((a, b) => a.fresh.wall - b.fresh.wall)[1] as WorkerFigures
}

/** bin/culprit, whole: start, load, one trace. */
function program(folder: string): { readonly ms: number; readonly peak: number } {
  const peak = join(folder, 'peak')
  const { services } = cluster({ services: 1, endpoints: 3 })
  const args = ['trace', join(folder, 'bundle'), '--from', 'netns/node1/P1', '--to', `${services[0]?.clusterIp}:80/tcp`, '-o', 'json']
  const env = { NODE_OPTIONS: `--import=${join(here, 'peak.js')}`, CULPRIT_BENCH_PEAK: peak }
  const runs = Array.from({ length: 3 }, () => wall(join(root, 'bin', 'culprit'), args, undefined, env))
  const failed = runs.find((run) => run.status === null || run.status > 1)
  if (failed) throw new Error(`bin/culprit trace: exit ${failed.status}: ${failed.err}`)
  return { ms: median(runs.map((run) => run.ms)), peak: Number.parseInt(readFileSync(peak, 'utf8'), 10) }
}

interface Row {
  readonly what: string
  readonly figure: string
  readonly target: string
  readonly met: boolean | undefined
}

const ratio = (ms: number, yardstick: number | undefined, below: number): Pick<Row, 'target' | 'met'> & { readonly text: string } => ({
  text: yardstick === undefined ? '' : ` = ${(ms / yardstick).toFixed(2)} of the yardstick`,
  target: `under ${below}`,
  met: yardstick === undefined ? undefined : ms / yardstick < below,
})

function rows(
  yardstick: number | undefined,
  big: WorkerFigures,
  small: WorkerFigures,
  back: WorkerFigures,
  whole: { readonly ms: number; readonly peak: number },
): readonly Row[] {
  const rate = ({ flows }: WorkerFigures, ms: number): number => (flows / ms) * 1000
  const [there, elsewhere] = [rate(big, big.fresh.wall), rate(small, small.fresh.wall)] as const
  const told = (what: string, figure: string): Row => ({ what, figure, target: '', met: undefined })
  const parse = ratio(big.parse, yardstick, 1)
  const load = ratio(whole.ms, yardstick, 2)
  const growth = elsewhere / there
  const peak = Math.max(big.peak, whole.peak)
  return [
    told('iptables-nft-restore --test (the yardstick)', yardstick === undefined ? 'not measured' : seconds(yardstick)),
    { what: 'parse, cold', figure: `${seconds(big.parse)}${parse.text}`, target: parse.target, met: parse.met },
    { what: 'bin/culprit: load and one trace', figure: `${seconds(whole.ms)}${load.text}`, target: load.target, met: load.met },
    {
      what: `${big.flows} random flows, there only: packets a second`,
      figure: there.toFixed(0),
      target: '50000 or more',
      met: there >= 50_000,
    },
    told('  of processor time, all threads', rate(big, big.fresh.processor).toFixed(0)),
    told(`  the next ${big.flows}, other flows`, rate(big, big.second.wall).toFixed(0)),
    told('  there and back (two packets a flow)', (2 * rate(back, back.fresh.wall)).toFixed(0)),
    told('  all ways of each flow, flows a second', rate(big, big.all.wall).toFixed(0)),
    told('  ways a flow (statistic forks)', (big.branches / big.flows).toFixed(2)),
    told('  there only, 1,000 Services', elsewhere.toFixed(0)),
    { what: `cost a packet, 1,000 to ${SERVICES} Services`, figure: `${growth.toFixed(2)} times`, target: 'under 1.5', met: growth < 1.5 },
    { what: 'peak memory, program', figure: megabytes(whole.peak), target: 'under 700 MB', met: whole.peak < 700e6 },
    { what: 'peak memory, all flows', figure: megabytes(big.peak), target: 'under 700 MB', met: peak < 700e6 },
  ]
}

function main(): number {
  const flag = process.argv.indexOf('--flows')
  const flowCount = flag < 0 ? 100_000 : Number(process.argv[flag + 1])
  const folder = mkdtempSync(join(tmpdir(), 'culprit-bench-'))
  try {
    const { text } = cluster({ services: SERVICES, endpoints: SERVICES * 3 })
    for (const [name, content] of bundleAround(text)) {
      mkdirSync(dirname(join(folder, 'bundle', name)), { recursive: true })
      writeFileSync(join(folder, 'bundle', name), content)
    }
    const yardstick = restoreTest(join(folder, 'bundle', 'hosts/node1/iptables-save.txt'))
    const whole = program(folder)
    const big = worker(SERVICES, flowCount, 'there')
    const small = worker(1000, flowCount, 'there')
    const back = worker(SERVICES, flowCount, 'back')
    console.log(
      `${cpus()[0]?.model.trim()}, ${cpus().length} cores, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, Linux ${release()}, node ${process.version}`,
    )
    console.log(
      `${SERVICES} Services, ${SERVICES * 3} endpoints, ${big.rules} rules, ${(big.bytes / 1e6).toFixed(1)} MB; verdicts ${JSON.stringify(big.verdicts)}`,
    )
    const table = [...rows(yardstick, big, small, back, whole), ...signatureRows(benchSignatures(folder))]
    for (const { what, figure, target, met } of table) {
      console.log(
        `${what.padEnd(48)} ${figure.padEnd(34)} ${target.padEnd(14)} ${met === undefined ? '' : met ? 'met' : 'MISSED'}`.trimEnd(),
      )
    }
    return table.some((row) => row.met === false) ? 1 : 0
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const SPECIAL = new Map([
  ['cluster', benchCluster],
  ['diagnose', benchDiagnose],
])
const special = SPECIAL.get(process.argv[2] ?? '')
process.exitCode = special ? special(process.argv.slice(3)) : main()
