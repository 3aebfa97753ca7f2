import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { accessSync, constants as fileModes } from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'
import { type Command, type End, LIMIT, type Ran, ran, TIMEOUT } from './executor.ts'
import { KeptEnds, KeptOutput } from './kept.ts'

/** Where system programs are that a user's PATH may lack. */
export const SYSTEM_FOLDERS = ['/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/local/bin', '/usr/bin', '/bin'] as const

/** From SIGTERM to SIGKILL, and from there until its output is no longer waited for, in milliseconds. */
const GRACE = 1000
const LINGER = 500

export interface ChildOptions {
  /** Its standard input stays open after what is written to it, until this child's end. */
  readonly holdStdin?: boolean
  /** The end of its standard input ends it, and it has something to say then: it is given time before it is told by a signal. */
  readonly endsByStdin?: boolean
}

/** Children that run now: each leads a process group of its own. */
const live = new Set<number>()
let watching = false

/** Starts a program of this machine in a process group of its own, and sees it to its end. */
export function runChild(command: Command, options: ChildOptions = {}): Promise<Ran> {
  const { argv, signal } = command
  if (signal?.aborted) return Promise.resolve(ran('aborted'))
  const [program = '', ...args] = argv
  const started = performance.now()
  try {
    const child = spawn(program, args, { detached: true, shell: false, stdio: 'pipe', env: environment() })
    return new Promise((resolve) => new Watch(child, command, options, started, resolve))
  } catch (error) {
    // The kernel refuses it outright: arguments too long, no process to be had.
    return Promise.resolve(ran('unreachable', { stderr: error instanceof Error ? error.message : String(error) }))
  }
}

/** PATH with the system's folders behind it; messages in no language but the one that is parsed. */
function environment(): NodeJS.ProcessEnv {
  const folders = (process.env.PATH ?? '').split(':').filter((folder) => folder !== '')
  return { ...process.env, PATH: [...new Set([...folders, ...SYSTEM_FOLDERS])].join(':'), LC_ALL: 'C' }
}

/** Is there such a program for `runChild`? */
export const isInstalled = (program: string): boolean =>
  (environment().PATH ?? '').split(':').some((folder) => {
    try {
      accessSync(join(folder, program), fileModes.X_OK)
      return true
    } catch {
      return false
    }
  })

class Watch {
  readonly #child: ChildProcessWithoutNullStreams
  readonly #command: Command
  readonly #endsByStdin: boolean
  readonly #started: number
  readonly #resolve: (ran: Ran) => void
  readonly #out: KeptOutput
  readonly #err = new KeptEnds()
  readonly #timers: NodeJS.Timeout[] = []
  readonly #onAbort = (): void => this.#stop('aborted')
  #end: End | undefined
  #done = false

  constructor(
    child: ChildProcessWithoutNullStreams,
    command: Command,
    options: ChildOptions,
    started: number,
    resolve: (ran: Ran) => void,
  ) {
    this.#child = child
    this.#command = command
    this.#endsByStdin = options.endsByStdin === true
    this.#started = started
    this.#resolve = resolve
    this.#out = new KeptOutput(command.limit ?? LIMIT)
    if (child.pid !== undefined) remember(child.pid)
    child.on('error', (error: NodeJS.ErrnoException) => this.#failed(error))
    child.on('close', (code, signal) => this.#finish(this.#end ?? 'exited', code ?? 128 + signalNumber(signal)))
    child.stdout.on('data', (chunk: Buffer) => this.#take(chunk))
    child.stderr.on('data', (chunk: Buffer) => this.#err.add(chunk))
    for (const stream of [child.stdin, child.stdout, child.stderr]) stream.on('error', () => undefined)
    if (options.holdStdin) child.stdin.write(command.stdin ?? '')
    else child.stdin.end(command.stdin ?? '')
    this.#timers.push(setTimeout(() => this.#stop('timed-out'), command.timeout ?? TIMEOUT))
    command.signal?.addEventListener('abort', this.#onAbort)
  }

  #take(chunk: Buffer): void {
    if (this.#end !== undefined && this.#end !== 'aborted' && this.#end !== 'timed-out') return
    const fits = this.#out.add(chunk)
    this.#command.onOutput?.(chunk)
    if (!fits) this.#stop('limit')
  }

  /** Ends it and its children; what they still hold open is not waited for. */
  #stop(end: End): void {
    if (this.#end !== undefined || this.#done) return
    this.#end = end
    this.#child.stdin.destroy()
    const patience = this.#endsByStdin ? GRACE + LINGER : GRACE
    if (!this.#endsByStdin) killGroup(this.#child.pid, 'SIGTERM')
    this.#timers.push(setTimeout(() => killGroup(this.#child.pid, 'SIGKILL'), patience))
    this.#timers.push(setTimeout(() => this.#finish(end, null), patience + LINGER))
  }

  #failed(error: NodeJS.ErrnoException): void {
    if (this.#child.pid !== undefined) return
    const end: End = error.code === 'ENOENT' ? 'not-found' : error.code === 'EACCES' || error.code === 'EPERM' ? 'denied' : 'unreachable'
    this.#err.add(Buffer.from(end === 'unreachable' ? error.message : ''))
    this.#finish(end, null)
  }

  #finish(end: End, code: number | null): void {
    if (this.#done) return
    this.#done = true
    for (const timer of this.#timers) clearTimeout(timer)
    this.#command.signal?.removeEventListener('abort', this.#onAbort)
    if (this.#end !== undefined) killGroup(this.#child.pid, 'SIGKILL')
    if (this.#child.pid !== undefined) live.delete(this.#child.pid)
    for (const stream of [this.#child.stdin, this.#child.stdout, this.#child.stderr]) stream.destroy()
    const milliseconds = performance.now() - this.#started
    this.#resolve(ran(end, { code, bytes: this.#out.bytes(), stderr: this.#err.text(), milliseconds }))
  }
}

const signalNumber = (signal: NodeJS.Signals | null): number => (signal === null ? 0 : constants.signals[signal])

function killGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, signal)
  } catch {
    // It has ended.
  }
}

/** Whatever ends culprit by its own doing ends its children. */
function remember(pid: number): void {
  live.add(pid)
  if (watching) return
  watching = true
  process.on('exit', () => {
    for (const group of live) killGroup(group, 'SIGKILL')
  })
}
