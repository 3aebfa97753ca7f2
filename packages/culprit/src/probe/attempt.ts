import { type Executor, type Ran, succeeded } from '../exec/executor.ts'
import { AGENT } from './agent.ts'

/** One real attempt: what is sent, from where the executor is. */
export interface Attempt {
  readonly id: number
  readonly protocol: 'tcp' | 'udp' | 'icmp'
  readonly dst: string
  readonly port?: number | undefined
  /** The kernel chooses where it is left out. */
  readonly src?: string | undefined
  /** What is said once connected: an HTTP request, a TLS handshake, a DNS query. */
  readonly talk?: 'http' | 'tls' | 'dns' | undefined
  readonly seconds: number
}

/**
 * What the sender found.
 * - `connects`: it was answered · `refused`: a RST, or an ICMP port unreachable · `unreachable`: another ICMP error, or no way out of this host
 * - `timeout`: nothing came · `silent`: nothing came, which for UDP may be as it should · `reset`: cut after it connected
 * - `stalls`: it connected, then nothing came · `tls`: it connected, the handshake failed · `error`: the attempt could not be made
 */
export type Observed = 'connects' | 'refused' | 'unreachable' | 'timeout' | 'silent' | 'reset' | 'stalls' | 'tls' | 'error'

export interface Answer {
  readonly id: number
  readonly outcome: Observed
  /** Who refused, as far as can be seen: an address. */
  readonly by?: string | undefined
  /** `rst`, `icmp TYPE/CODE`, `this host` (its own routing or neighbours), … */
  readonly how?: string | undefined
  /** Status line, TLS version, errno. */
  readonly detail?: string | undefined
  readonly milliseconds: number
}

const HTTP = new Set([80, 3000, 5000, 8000, 8080, 8081, 9090])
const TLS = new Set([443, 6443, 8443, 9443, 10250])

/** What is said on a port once it connects. */
export function talkFor(protocol: Attempt['protocol'], port: number | undefined): Attempt['talk'] {
  if (port === undefined || protocol === 'icmp') return undefined
  if (protocol === 'udp') return port === 53 ? 'dns' : undefined
  return HTTP.has(port) ? 'http' : TLS.has(port) ? 'tls' : undefined
}

/** Makes attempts from one place, at most 16 at a time. Those that could not be made come back as `error`. */
export async function attemptAll(executor: Executor, attempts: readonly Attempt[], signal?: AbortSignal): Promise<readonly Answer[]> {
  if (attempts.length === 0) return []
  const seconds = 10 + attempts.reduce((sum, attempt) => sum + attempt.seconds, 0) / Math.min(16, attempts.length)
  const stdin = attempts.map((attempt) => `${JSON.stringify(attempt)}\n`).join('')
  const run = await executor.run({ argv: ['python3', '-c', AGENT], stdin, timeout: seconds * 1000, limit: 1 << 22, signal })
  const answers = new Map(
    run.stdout
      .split('\n')
      .flatMap((line) => readAnswer(line))
      .map((answer) => [answer.id, answer]),
  )
  const missing = attempts.filter(({ id }) => !answers.has(id))
  const instead = run.end === 'not-found' ? await withoutPython(executor, missing, signal) : missing.map(({ id }) => notMade(id, run))
  return [...answers.values(), ...instead]
}

const notMade = (id: number, run: Ran): Answer => ({
  id,
  outcome: 'error',
  detail: run.stderr.trim().split('\n').at(-1)?.slice(0, 200) || run.end,
  milliseconds: 0,
})

const OUTCOMES: readonly string[] = [
  'connects',
  'refused',
  'unreachable',
  'timeout',
  'silent',
  'reset',
  'stalls',
  'tls',
  'error',
] satisfies Observed[]

function readAnswer(line: string): readonly Answer[] {
  try {
    const { id, outcome, by, how, detail, milliseconds } = JSON.parse(line)
    if (typeof id !== 'number' || !OUTCOMES.includes(outcome)) return []
    const text = (value: unknown): string | undefined => (typeof value === 'string' ? value.slice(0, 200) : undefined)
    return [{ id, outcome, by: text(by), how: text(how), detail: text(detail), milliseconds: Number(milliseconds) || 0 }]
  } catch {
    return []
  }
}

/** What bash and ping can try: connections, and echo. They tell less: not who refused. */
async function withoutPython(executor: Executor, attempts: readonly Attempt[], signal?: AbortSignal): Promise<readonly Answer[]> {
  const answers: Answer[] = []
  for (const attempt of attempts) answers.push(await plain(executor, attempt, signal))
  return answers
}

async function plain(executor: Executor, { id, protocol, dst, port, seconds }: Attempt, signal?: AbortSignal): Promise<Answer> {
  const made = (outcome: Observed, run: Ran, detail?: string): Answer => ({
    id,
    outcome,
    detail,
    milliseconds: Math.round(run.milliseconds),
  })
  if (protocol === 'icmp') {
    const run = await executor.run({
      argv: ['ping', '-n', '-c', '1', '-W', String(Math.ceil(seconds)), dst],
      timeout: seconds * 1000 + 1000,
      signal,
    })
    if (run.end === 'not-found') return made('error', run, 'neither python3 nor ping is installed')
    return made(succeeded(run) ? 'connects' : /[Uu]nreachable|[Pp]rohibited|filtered/.test(run.stdout) ? 'unreachable' : 'timeout', run)
  }
  if (protocol !== 'tcp') return { id, outcome: 'error', detail: 'python3 is not installed', milliseconds: 0 }
  const run = await executor.run({ argv: ['bash', '-c', 'exec 3<>/dev/tcp/"$0"/"$1"', dst, String(port)], timeout: seconds * 1000, signal })
  if (run.end === 'not-found') return made('error', run, 'neither python3 nor bash is installed')
  if (run.end === 'timed-out') return made('timeout', run)
  if (succeeded(run)) return made('connects', run)
  return made(/refused/.test(run.stderr) ? 'refused' : /timed out/.test(run.stderr) ? 'timeout' : 'unreachable', run)
}
