import { readFileSync } from 'node:fs'
import { localExecutor } from '../exec/local.ts'
import { unknownNames } from './config/names.ts'
import { type ConfigProblem, readConfig, type WatchConfig } from './config.ts'
import type { Round, WatchListener } from './incident.ts'
import { machineClock } from './moment.ts'
import { selfRunner } from './self.ts'
import { makeFolders, watchFolder } from './state/folder.ts'
import { lockFile } from './state/lock.ts'
import { Store } from './state/store.ts'
import { Watcher } from './watcher.ts'

/** After a first failure the next look comes so soon, in milliseconds. */
const SOON = 5000
/** Even a round that took longer than the interval is followed by so much rest. */
const REST = 1000

export interface ServiceOptions {
  readonly configFile: string
  readonly config: WatchConfig
  /** Of repairs, too: `/var/lib/culprit`. */
  readonly state: string
  /** One round, or as many as it takes until it is sure of what fails. */
  readonly once: boolean
  readonly listeners: readonly WatchListener[]
  readonly stop: AbortSignal
  /** Called with what reads the configuration again: for SIGHUP. */
  readonly onReload: (reload: () => void) => void
  readonly tell: (text: string) => void
}

export type Served =
  | { readonly kind: 'ended'; readonly last: Round | undefined }
  /** Another watch works on this state folder. */
  | { readonly kind: 'taken'; readonly folder: string }
  | { readonly kind: 'failed'; readonly why: string }

/** Runs the watch until it is told to stop. */
export async function serve(options: ServiceOptions): Promise<Served> {
  const { config, configFile, state, listeners, stop, tell } = options
  const folder = watchFolder(state)
  const unmade = makeFolders(folder)
  const lock = await lockFile(folder.lock)
  if (lock.kind === 'taken') return { kind: 'taken', folder: folder.path }
  // A disk without room is no reason not to watch; a folder that this user may not use is.
  if (lock.kind === 'failed' && !/No space left|ENOSPC|quota/i.test(`${lock.why} ${unmade ?? ''}`))
    return { kind: 'failed', why: unmade ?? lock.why }
  const clock = machineClock()
  const store = new Store(folder.journal, clock, listeners)
  const watcher = new Watcher({ config, configFile, clock, machine: localExecutor(), self: selfRunner(), folder, state, store, listeners })
  const reloads = reloadsOf(options.onReload, () => reload(watcher, store, configFile, tell))
  try {
    await watcher.begin(stop)
    return { kind: 'ended', last: await (options.once ? once(watcher, stop) : rounds(watcher, stop, reloads)) }
  } finally {
    store.told('stopped', stop.aborted ? 'as asked for' : 'at its end')
    await Promise.race([Promise.all(listeners.map((listener) => listener.close())), pause(1000)])
    store.close()
    if (lock.kind === 'held') await lock.release()
  }
}

/** Between two rounds, so that none sees two configurations; the next round does not wait then. */
interface Reloads {
  readonly act: () => void
  readonly asked: () => AbortSignal
}

function reloadsOf(onReload: ServiceOptions['onReload'], read: () => void): Reloads {
  let asked = new AbortController()
  onReload(() => asked.abort())
  return {
    act: () => {
      if (!asked.signal.aborted) return
      asked = new AbortController()
      read()
    },
    asked: () => asked.signal,
  }
}

async function rounds(watcher: Watcher, stop: AbortSignal, reloads: Reloads): Promise<Round | undefined> {
  let last: Round | undefined
  while (!stop.aborted) {
    reloads.act()
    const began = performance.now()
    last = await watcher.round(stop)
    const { interval, jitter } = watcher.config
    const span = watcher.suspects(last.criteria) ? Math.min(interval, SOON) : interval * (1 + jitter * (2 * Math.random() - 1))
    await pause(Math.max(Math.min(REST, interval), span - (performance.now() - began)), AbortSignal.any([stop, reloads.asked()]))
  }
  return last
}

async function once(watcher: Watcher, stop: AbortSignal): Promise<Round> {
  let last = await watcher.round(stop)
  while (!stop.aborted && watcher.suspects(last.criteria)) {
    await pause(REST, stop)
    last = await watcher.round(stop)
  }
  return last
}

/** By the clock that nobody sets: a jump of the wall's clock neither stops the watch nor makes it hurry. */
function pause(milliseconds: number, stop?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer)
      stop?.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, milliseconds)
    stop?.addEventListener('abort', done)
    if (stop?.aborted) done()
  })
}

function reload(watcher: Watcher, store: Store, file: string, tell: (text: string) => void): void {
  const read = loadConfig(file)
  if (!('problems' in read)) {
    watcher.reload(read)
    return
  }
  for (const problem of read.problems) tell(`warning: ${problemText(problem)}`)
  store.told('reload-failed', `the former configuration goes on: ${read.problems.map(problemText).slice(0, 3).join('; ')}`)
}

export function loadConfig(file: string): WatchConfig | { readonly problems: readonly ConfigProblem[] } {
  try {
    return readConfig(readFileSync(file, 'utf8'), file, unknownNames)
  } catch (error) {
    return { problems: [{ file, line: 0, text: error instanceof Error ? error.message : String(error) }] }
  }
}

export const problemText = ({ file, line, text }: ConfigProblem): string => `${file}${line > 0 ? `:${line}` : ''}: ${text}`
