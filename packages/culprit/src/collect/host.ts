import { randomBytes } from 'node:crypto'
import { type Executor, type Ran, ran, succeeded } from '../exec/executor.ts'
import { namespaceExecutor } from '../exec/namespace.ts'
import { batchResults, batchScript, batchTimeout } from './batch.ts'
import type { Bundle } from './bundle.ts'
import { CATALOGUE, type Entry, MEGABYTES, SECONDS } from './catalogue.ts'
import { inspect } from './containers.ts'
import { type Discovered, discover } from './discover.ts'
import { collectFiles } from './files.ts'
import { type Attempt, isKept, outcomeOf } from './outcome.ts'
import { each } from './pool.ts'
import { withoutArguments } from './processes.ts'

export interface HostOptions {
  readonly signal?: AbortSignal | undefined
  /** Commands at once on one host. */
  readonly width?: number
  /** Namespaces that are entered at most. */
  readonly namespaces?: number
  readonly progress?: ((text: string) => void) | undefined
}

/** Where the files of a host or of one of its namespaces go. */
export interface Folder {
  readonly host: string
  readonly netns?: string | undefined
}

const WIDTH = 6
const BATCH_BYTES = 256 * 1024 * 1024
const NAMESPACES = 500

/**
 * Collects one host into the bundle, through the namespaces of its containers and pods. Whatever fails costs itself, and is recorded.
 * False when the host cannot be reached at all.
 */
export async function collectHost(executor: Executor, bundle: Bundle, options: HostOptions = {}): Promise<boolean> {
  const { signal, width = WIDTH, progress = () => undefined } = options
  const named = await executor.run({ argv: ['uname', '-n'], timeout: 30_000, signal })
  const folder = { host: bundle.addHost(named.stdout.trim() || executor.name.replace(/^.*@/, '')) }
  if (named.end !== 'exited') {
    const outcome = outcomeOf(named, false)
    record(bundle, folder, { file: '', argv: ['uname', '-n'], scope: 'host', without: 'everything of this host' }, named, outcome)
    return false
  }
  bundle.keep(`${pathOf(folder)}/hostname`, named.bytes)
  const host: Run = { executor, bundle, folder, signal }
  const jobs = hostJobs(host)
  let done = 0
  const inspected = inspect(host)
  await each(jobs, width, async (job) => {
    await job()
    progress(`${folder.host}: ${++done} of ${jobs.length} steps`)
  })
  dropTwins(host)
  const namedSpaces = await inspected
  await collectNamespaces(host, await discover(host, namedSpaces), options)
  return true
}

/** What is large or slow by itself; the rest in two shells, so that a connection is crossed a few times only. */
function hostJobs(host: Run): readonly (() => Promise<unknown>)[] {
  const entries = CATALOGUE.filter(({ file }) => file !== 'hostname')
  const alone = entries.filter(({ seconds = SECONDS, megabytes = MEGABYTES }) => seconds > SECONDS || megabytes > MEGABYTES)
  const small = entries.filter((entry) => !alone.includes(entry))
  return [
    ...alone.map((entry) => () => collectEntry(host, entry)),
    () =>
      collectBatch(
        host,
        small.filter(({ scope }) => scope === 'namespace'),
      ),
    () =>
      collectBatch(
        host,
        small.filter(({ scope }) => scope === 'host'),
      ),
    () => collectFiles(host),
  ]
}

/** Runs many commands in one shell. What was read before the shell was lost or ended is kept. */
export async function collectBatch(run: Run, entries: readonly Entry[]): Promise<void> {
  if (entries.length === 0) return
  const word = `culprit-${randomBytes(9).toString('hex')}`
  const argv = ['sh', '-c', batchScript(entries), 'culprit', word]
  const whole = await run.executor.run({ argv, timeout: batchTimeout(entries), limit: BATCH_BYTES, signal: run.signal })
  const results = batchResults(whole, word, entries)
  for (const [entry, result] of results) keepResult(run, entry, result)
  if (whole.end !== 'exited') record(run.bundle, run.folder, WHOLE, whole, outcomeOf(whole, false))
}

/** What every step of one host's collection is given. */
export interface Run {
  readonly executor: Executor
  readonly bundle: Bundle
  readonly folder: Folder
  readonly signal: AbortSignal | undefined
}

export const pathOf = ({ host, netns }: Folder): string => (netns === undefined ? `hosts/${host}` : `hosts/${host}/netns/${netns}`)

/** Runs one command and keeps what it says. */
export async function collectEntry(run: Run, entry: Entry): Promise<Ran | undefined> {
  if (entry.unless && (await anyInstalled(run, entry.unless))) return undefined
  const { seconds = SECONDS, megabytes = MEGABYTES } = entry
  const { executor, signal } = run
  const result = await executor.run({ argv: entry.argv, timeout: seconds * 1000, limit: megabytes * 1024 * 1024, signal })
  keepResult(run, entry, result)
  if (entry.fallback && !succeeded(result) && result.end !== 'limit') await collectEntry(run, entry.fallback)
  return result
}

async function anyInstalled({ executor, signal }: Run, programs: readonly string[]): Promise<boolean> {
  const script = 'for p; do command -v "$p" >/dev/null 2>&1 && exit 0; done; exit 1'
  return succeeded(await executor.run({ argv: ['sh', '-c', script, 'sh', ...programs], signal }))
}

export function keepResult({ bundle, folder }: Run, entry: Entry, result: Ran): void {
  const told = outcomeOf(result, entry.inPart === true)
  const outcome = isKept(told) && !bundle.hasRoom(result.bytes.length) ? 'too-long' : told
  if (isKept(outcome)) {
    const bytes = outcome === 'cut' ? wholeLines(result.bytes) : result.bytes
    if (!(entry.optional && saysNothing(bytes))) bundle.keep(`${pathOf(folder)}/${entry.file}`, own(bytes, entry, folder), entry.masked)
  }
  record(bundle, folder, entry, result, outcome)
}

/** Of the settings that a namespace shows, only those of the network are its own; of other people's programs, no arguments are taken. */
function own(bytes: Uint8Array, { file }: Entry, { netns }: Folder): Uint8Array {
  const lines = (): readonly string[] => Buffer.from(bytes).toString('utf8').split('\n')
  if (file === 'ps.txt') return Buffer.from(lines().map(withoutArguments).join('\n'))
  if (netns === undefined || file !== 'sysctl.txt') return bytes
  const own = lines().filter((line) => line.startsWith('net.'))
  return Buffer.from(own.map((line) => `${line}\n`).join(''))
}

/** journalctl has a line for a unit that it has nothing of. */
const saysNothing = (bytes: Uint8Array): boolean =>
  bytes.length < 100 && /^(?:-- No entries --)?\s*$/.test(Buffer.from(bytes).toString('utf8'))

function wholeLines(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(0, bytes.lastIndexOf(10) + 1)
}

function record(bundle: Bundle, folder: Folder, entry: Entry, result: Ran, outcome: Attempt['outcome']): void {
  const said = result.stderr.trim().split('\n').at(-1)?.slice(0, 300)
  const lost = !isKept(outcome) && !(entry.optional && outcome !== 'timed-out')
  bundle.attempts.push({
    ...folder,
    file: entry.file === '' ? '' : `${pathOf(folder)}/${entry.file}`,
    command: entry.argv,
    outcome,
    bytes: result.bytes.length,
    milliseconds: Math.round(result.milliseconds),
    ...(said && { said }),
    ...(lost && { costs: entry.without }),
    ...(outcome === 'cut' && { costs: `${entry.without}: only the beginning is there` }),
  })
}

/** Where one back end of iptables has answered, the other's program need not be there; so with a program and what is asked instead of it. */
function dropTwins({ bundle, folder }: Run): void {
  const has = (entry: Entry): boolean => bundle.files.has(`${pathOf(folder)}/${entry.file}`)
  for (const entry of CATALOGUE)
    if (entry.fallback && (has(entry) || has(entry.fallback)))
      forgive(bundle, ({ file }) => [entry, entry.fallback].some((one) => file === `${pathOf(folder)}/${one?.file}`))
  for (const family of ['iptables', 'ip6tables']) {
    const mine = bundle.attempts.filter(({ file }) => new RegExp(`^${pathOf(folder)}/${family}-(?:legacy-|nft-)?save`).test(file))
    if (!mine.some(({ outcome }) => isKept(outcome))) continue
    forgive(bundle, (attempt) => mine.includes(attempt) && attempt.outcome === 'absent')
  }
}

/** Takes the cost from attempts that another has made good. */
function forgive(bundle: Bundle, which: (attempt: Attempt) => boolean): void {
  for (const [i, attempt] of bundle.attempts.entries()) {
    if (!which(attempt) || isKept(attempt.outcome)) continue
    const { costs: _, ...rest } = attempt
    bundle.attempts[i] = rest
  }
}

/** Each namespace in one go: all its commands in one shell. */
async function collectNamespaces(host: Run, found: readonly Discovered[], options: HostOptions): Promise<void> {
  const entries = CATALOGUE.filter(({ scope }) => scope === 'namespace')
  const most = options.namespaces ?? NAMESPACES
  let done = 0
  await each(found.slice(0, most), options.width ?? WIDTH, async ({ ref, netns }) => {
    const inside: Run = { ...host, executor: namespaceExecutor(host.executor, ref), folder: { ...host.folder, netns } }
    await collectBatch(inside, entries)
    dropTwins(inside)
    options.progress?.(`${host.folder.host}: ${++done} of ${found.length} namespaces`)
  })
  if (found.length > most)
    record(
      host.bundle,
      host.folder,
      { ...WHOLE, without: `${found.length - most} namespaces beyond the first ${most}` },
      ran('limit'),
      'too-long',
    )
}

const WHOLE: Entry = { file: '', argv: ['sh'], scope: 'namespace', without: 'what had not been read yet' }
