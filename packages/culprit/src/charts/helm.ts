import { readdir, stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { type Executor, succeeded } from '../exec/executor.ts'

/** What helm itself says of a chart: its complaints, a line each. */
export interface HelmTold {
  readonly chart: string
  readonly text: string
}

const MOST = 50
const DEEP = 3

/**
 * Asks `helm lint` and `helm template` of the charts among the evidence, where helm is installed: it knows more than the files show. Neither fetches
 * anything nor asks a cluster.
 */
export async function askHelm(evidence: readonly string[], executor: Executor): Promise<readonly HelmTold[]> {
  const charts = (await Promise.all(evidence.map((path) => chartsIn(path, DEEP)))).flat().slice(0, MOST)
  if (charts.length === 0 || !succeeded(await executor.run({ argv: ['helm', 'version', '--short'], timeout: 5000 }))) return []
  const told: HelmTold[] = []
  for (const chart of charts) {
    const linted = await executor.run({ argv: ['helm', 'lint', chart], timeout: 20_000, limit: 1 << 20 })
    const rendered = await executor.run({ argv: ['helm', 'template', 'culprit', chart], timeout: 20_000, limit: 1 << 24 })
    const text = [...complaints(linted.stdout), ...complaints(rendered.stderr)].join('\n')
    if (text !== '') told.push({ chart: basename(chart), text })
  }
  return told
}

const complaints = (text: string): readonly string[] => text.split('\n').filter((line) => /^(?:\s*\[ERROR\]|Error:)/.test(line))

/** Folders with a Chart.yaml, not those in charts/ of another; packed charts as they are. Absolute, so that none begins with a dash. */
async function chartsIn(path: string, deep: number): Promise<readonly string[]> {
  if (path === '-') return []
  const full = resolve(path)
  try {
    if (!(await stat(full)).isDirectory()) return /\.(?:tgz|tar\.gz)$/.test(full) && /-v?\d+\.\d+/.test(basename(full)) ? [full] : []
    const entries = await readdir(full, { withFileTypes: true })
    if (entries.some((entry) => entry.name === 'Chart.yaml' && entry.isFile())) return [full]
    if (deep === 0) return []
    const below = entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.')).slice(0, MOST)
    return (await Promise.all(below.map((entry) => chartsIn(join(full, entry.name), deep - 1)))).flat()
  } catch {
    return []
  }
}
