import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, release, tmpdir, totalmem } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { clusterFiles } from './cluster.ts'
import { FULL } from './cluster-size.ts'

/**
 * `npm run bench -- cluster [--nodes N] [--healthy] [--show]`: `culprit matrix` on generated clusters, from the files on the disk to the printed
 * table. `--show` prints the table of the last. Exit 1 when the target is missed.
 */
const SIZES: readonly number[] = [50, 100, 200]
const SECONDS = 30
const BYTES = 3e9
const here = dirname(fileURLToPath(import.meta.url))
const root = join(here, '..', '..')

interface Figures {
  readonly nodes: number
  readonly files: number
  readonly megabytes: number
  readonly seconds: number
  /** Of the processor: what a machine that others use too does not lengthen. */
  readonly cpu: number
  readonly peak: number
  readonly pairs: number
  readonly traced: number
  readonly text: string
}

function write(folder: string, nodes: number, faulty: boolean, counters: boolean): { readonly files: number; readonly bytes: number } {
  const made = new Set<string>()
  let files = 0
  let bytes = 0
  for (const [path, text] of clusterFiles({ ...FULL, nodes }, { counters, faulty })) {
    const file = join(folder, path)
    const parent = dirname(file)
    if (!made.has(parent)) {
      mkdirSync(parent, { recursive: true })
      made.add(parent)
    }
    writeFileSync(file, text)
    files++
    bytes += text.length
  }
  return { files, bytes }
}

function culprit(bundle: string, peakFile: string, form: string): { readonly seconds: number; readonly out: string } {
  const env = { ...process.env, NODE_OPTIONS: `--import=${join(here, 'peak.js')}`, CULPRIT_BENCH_PEAK: peakFile }
  const start = performance.now()
  const ran = spawnSync(join(root, 'bin', 'culprit'), ['matrix', bundle, '-o', form], {
    env,
    maxBuffer: 1 << 30,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const seconds = (performance.now() - start) / 1000
  if (ran.status === null || ran.status > 1) throw new Error(`bin/culprit matrix: exit ${ran.status}`)
  return { seconds, out: ran.stdout.toString() }
}

function measure(nodes: number, faulty: boolean, counters: boolean): Figures {
  const folder = mkdtempSync(join(tmpdir(), 'culprit-cluster-'))
  try {
    const bundle = join(folder, 'bundle')
    const { files, bytes } = write(bundle, nodes, faulty, counters)
    const { seconds, out: text } = culprit(bundle, join(folder, 'peak'), 'text')
    const [peak = 0, cpu = 0] = readFileSync(join(folder, 'peak'), 'utf8').split(' ').map(Number)
    const [, pairs = '', traced = ''] = /([\d,]+) pairs covered by ([\d,]+) traces/.exec(text) ?? []
    const count = (words: string): number => Number(words.replaceAll(',', ''))
    return { nodes, files, megabytes: bytes / 1e6, seconds, cpu, peak, pairs: count(pairs), traced: count(traced), text }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

export function benchCluster(args: readonly string[]): number {
  const at = args.indexOf('--nodes')
  const sizes = at < 0 ? SIZES : [Number(args[at + 1])]
  const faulty = !args.includes('--healthy')
  const counters = args.includes('--counters')
  console.log(
    `${cpus()[0]?.model.trim()}, ${cpus().length} cores, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, Linux ${release()}, node ${process.version}`,
  )
  console.log('nodes     pods  Services   files       MB   seconds  CPU s  peak MB         pairs  traces')
  let missed = false
  for (const nodes of sizes) {
    const figures = measure(nodes, faulty, counters)
    const { files, megabytes, seconds, cpu, peak, pairs, traced } = figures
    const columns = [
      nodes,
      nodes * FULL.podsPerNode,
      nodes * FULL.servicesPerNode,
      files,
      megabytes.toFixed(0),
      seconds.toFixed(1),
      cpu.toFixed(1),
      (peak / 1e6).toFixed(0),
      pairs,
      traced,
    ]
    const widths = [5, 9, 10, 8, 9, 10, 7, 9, 14, 8]
    const met = nodes > 200 || (seconds < SECONDS && peak < BYTES)
    missed ||= !met
    console.log(
      `${columns.map((value, i) => String(value).padStart(widths[i] ?? 0)).join('')}${nodes === 200 ? (met ? '  met (under 30 s, 3 GB)' : '  MISSED (under 30 s, 3 GB)') : ''}`,
    )
    if (args.includes('--show') && nodes === sizes.at(-1)) console.log(`\n${figures.text}`)
  }
  return missed ? 1 : 0
}
