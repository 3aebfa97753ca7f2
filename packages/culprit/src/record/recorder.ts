import type { Executor, Ran } from '../exec/executor.ts'
import { AGENT } from './agent.ts'
import { type Chosen, captureFilter, iptablesRules, nftChains } from './filter.ts'
import { type ChainRules, type Heard, packetsOf, type Recorded } from './packets.ts'

export interface RecordOptions {
  readonly seconds: number
  /** Packets at most. */
  readonly packets: number
  readonly pcap: boolean
  readonly signal?: AbortSignal | undefined
  /** Called once packets are heard. */
  readonly onReady?: (() => void) | undefined
}

export interface Recording {
  readonly packets: readonly Recorded[]
  readonly pcap: Uint8Array
  /** Why it ended, as the host says it; undefined: it did not say. */
  readonly end: string | undefined
  /** The kernel had more to say than could be heard. */
  readonly lost: boolean
  readonly warnings: readonly string[]
  /** Why nothing could be recorded. */
  readonly error: string | undefined
}

/** Traces the chosen packets in the namespace that the executor is in, until the time is over, enough was heard, or `signal`. */
export async function recordOn(executor: Executor, chosen: Chosen, options: RecordOptions): Promise<Recording> {
  const { seconds, packets, pcap, signal, onReady } = options
  const settings = { seconds, packets, nft: nftChains(chosen), iptables: iptablesRules(chosen), pcap: pcap ? captureFilter(chosen) : '' }
  let ready = false
  let begin = ''
  const onOutput = (chunk: Uint8Array): void => {
    if (ready) return
    begin += Buffer.from(chunk).toString('latin1')
    if (!begin.includes('{"ready":')) return
    ready = true
    onReady?.()
  }
  const argv = ['python3', '-c', AGENT, 'record', JSON.stringify(settings)]
  const ran = await executor.run({ argv, timeout: (seconds + 20) * 1000, limit: 256 * 1024 * 1024, signal, onOutput })
  return readRecording(ran)
}

function readRecording(ran: Ran): Recording {
  const heard: Heard[] = []
  const chains: ChainRules[] = []
  const pcap: Uint8Array[] = []
  const warnings: string[] = []
  let end: string | undefined
  let error: string | undefined
  let lost = false
  for (const line of ran.stdout.split('\n')) {
    const said = parsed(line)
    if (!said) continue
    if (said.kind === 'trace' || said.kind === 'log') heard.push(said as unknown as Heard)
    else if (said.kind === 'rules') chains.push(said as unknown as ChainRules)
    else if (said.kind === 'pcap') pcap.push(Buffer.from(String(said.data), 'base64'))
    else if (typeof said.warning === 'string') warnings.push(said.warning)
    else if (typeof said.error === 'string') error = said.error
    else if (typeof said.end === 'string') end = said.end
    else if (said.lost === true) lost = true
  }
  if (end === undefined && error === undefined && ran.end !== 'aborted') error = whyNot(ran)
  return { packets: packetsOf(heard, chains), pcap: Buffer.concat(pcap), end, lost, warnings, error }
}

function whyNot(ran: Ran): string {
  if (ran.end === 'not-found') return 'python3 is not installed there: it hears the kernel'
  if (/PermissionError|Operation not permitted/.test(ran.stderr)) return 'only root may hear the kernel'
  return ran.stderr.trim().split('\n').at(-1) || ran.end
}

function parsed(line: string): Readonly<Record<string, unknown>> | undefined {
  if (!line.startsWith('{')) return undefined
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

/** A recording that runs, or the rest of one: `pid` 0 where nobody is left that would take it away. */
export interface Standing {
  readonly table: string
  readonly pid: number
}

/** What stands in the executor's namespace. A string is why it cannot be told. */
export const statusOn = (executor: Executor): Promise<readonly Standing[] | string> => ask(executor, 'status', 'table')

/** Ends what stands there, and takes rests away. */
export const stopOn = (executor: Executor): Promise<readonly Standing[] | string> => ask(executor, 'stop', 'stopped')

async function ask(executor: Executor, what: 'status' | 'stop', key: string): Promise<readonly Standing[] | string> {
  const ran = await executor.run({ argv: ['python3', '-c', AGENT, what], timeout: 30_000 })
  if (ran.end !== 'exited' || ran.code !== 0) return whyNot(ran)
  return ran.stdout.split('\n').flatMap((line) => {
    const said = parsed(line)
    return said && typeof said[key] === 'string' ? [{ table: said[key], pid: Number(said.pid) || 0 }] : []
  })
}
