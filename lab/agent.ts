import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** A finished command in a namespace. */
export interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** A frame that arrived at an interface that is listened on. `type`: skb->pkt_type, 0 is for this interface's own address. */
export interface Frame {
  readonly ns: string
  readonly interface: string
  readonly type: number
  readonly data: string
}

/** One nft trace event, as NFT_MSG_TRACE carries it. `header` is there on the first event of each base chain. */
export interface TraceEvent {
  readonly id: string
  readonly family: number
  readonly table: string
  readonly chain: string
  /** 1 policy, 2 return, 3 rule (NFT_TRACETYPE_*). */
  readonly type: number
  readonly handle: number | null
  readonly verdict: number | null
  readonly target: string | null
  readonly policy: number | null
  readonly mark: number | null
  readonly iif: number | null
  readonly oif: number | null
  readonly header: string | null
  readonly transport: string | null
}

/** One message of nfnetlink_log: legacy TRACE comes with the prefix `TRACE: table:chain:type:number`. */
export interface LogMessage {
  readonly prefix: string
  readonly header: string
}

/** A packet to send: through the namespace's own IP stack (`to`), or as a whole frame out of an interface. */
export type Shot =
  | { readonly ns: string; readonly to: string; readonly bind?: string | undefined; readonly tos: number; readonly data: string }
  | { readonly ns: string; readonly interface: string; readonly data: string }

export interface Volley {
  readonly errors: readonly number[]
  readonly frames: readonly Frame[]
  readonly events: readonly TraceEvent[]
  readonly logs: readonly LogMessage[]
}

/** The agent's program lies beside this file's source; the built file is one folder further down. */
const program = ['./agent.py', '../agent.py'].map((name) => fileURLToPath(new URL(name, import.meta.url))).find((path) => existsSync(path))

/** A lab's process (agent.py), which owns its namespaces: when it ends, they are gone. */
export class Agent {
  readonly #process: ChildProcessWithoutNullStreams
  readonly #waiting: { resolve: (line: string) => void; reject: (error: Error) => void }[] = []
  #errors = ''

  constructor() {
    if (program === undefined) throw new Error('lab: agent.py is missing')
    this.#process = spawn('python3', [program], { stdio: 'pipe' })
    createInterface({ input: this.#process.stdout }).on('line', (line) => this.#waiting.shift()?.resolve(line))
    this.#process.stderr.on('data', (data: Buffer) => {
      this.#errors = (this.#errors + data.toString()).slice(-4000)
    })
    const ended = (why: string) => () => {
      for (const { reject } of this.#waiting.splice(0)) reject(new Error(`lab: the agent ${why}\n${this.#errors}`))
    }
    this.#process.on('error', ended('could not be started'))
    this.#process.on('close', ended('ended'))
    this.#process.stdin.on('error', () => {})
  }

  async #ask<T>(request: object): Promise<T> {
    const line = await new Promise<string>((resolve, reject) => {
      this.#waiting.push({ resolve, reject })
      this.#process.stdin.write(`${JSON.stringify(request)}\n`)
    })
    const answer = JSON.parse(line)
    if (answer.error !== undefined) throw new Error(`lab: ${answer.error}`)
    return answer
  }

  namespaces(names: readonly string[]): Promise<unknown> {
    return this.#ask({ op: 'namespaces', names })
  }

  /** Runs a command and hands back what it said, whatever its exit code. */
  run(ns: string, argv: readonly string[], stdin = ''): Promise<Ran> {
    return this.#ask({ op: 'run', ns, argv, stdin })
  }

  /** Runs a command that has to succeed. */
  async must(ns: string, argv: readonly string[], stdin = ''): Promise<string> {
    const ran = await this.run(ns, argv, stdin)
    if (ran.code !== 0) throw new Error(`lab: ${argv.join(' ')} in ${ns}: exit ${ran.code}: ${ran.err}\n${stdin}`)
    return ran.out
  }

  async write(ns: string, files: readonly (readonly [string, string])[]): Promise<void> {
    const { failed } = await this.#ask<{ failed: Record<string, string> }>({ op: 'write', ns, files })
    const [first] = Object.entries(failed)
    if (first) throw new Error(`lab: cannot write ${first[0]} in ${ns}: ${first[1]}`)
  }

  async read(ns: string, dirs: readonly string[]): Promise<Readonly<Record<string, string>>> {
    return (await this.#ask<{ files: Record<string, string> }>({ op: 'read', ns, dirs })).files
  }

  listen(ns: string, name: string): Promise<unknown> {
    return this.#ask({ op: 'listen', ns, interface: name })
  }

  trace(ns: string): Promise<unknown> {
    return this.#ask({ op: 'trace', ns })
  }

  /** All rules of a family in order: table, chain, handle. */
  async rules(ns: string, family: number): Promise<readonly (readonly [string, string, number])[]> {
    return (await this.#ask<{ rules: [string, string, number][] }>({ op: 'rules', ns, family })).rules
  }

  flushConntrack(ns: string): Promise<unknown> {
    return this.#ask({ op: 'flush-conntrack', ns })
  }

  /** Sends, then listens until nothing has come for `quiet` milliseconds. */
  send(packets: readonly Shot[], quiet: number): Promise<Volley> {
    return this.#ask({ op: 'send', packets, quiet })
  }

  /** Ends the process, and with it every namespace of this lab. */
  async close(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return
    const closed = new Promise<void>((resolve) => this.#process.once('close', () => resolve()))
    this.#process.kill('SIGKILL')
    await closed
  }
}
