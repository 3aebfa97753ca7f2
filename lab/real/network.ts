import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, openSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** lab/real/serve.py, from the sources and from dist/. */
const SERVE = fileURLToPath(new URL(import.meta.url.includes('/dist/') ? '../../real/serve.py' : './serve.py', import.meta.url))

/** A command's standard output. Throws with its standard error when it fails. */
export function output(argv: readonly string[], input = ''): Promise<string> {
  const [program = '', ...args] = argv
  return new Promise((done, fail) => {
    const child = execFile(program, args, { maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
      if (error) fail(new Error(`${argv.join(' ')}: ${stderr.trim() || error.message}`))
      else done(stdout)
    })
    child.stdin?.on('error', () => {}).end(input)
  })
}

/** Namespaces with names of this process's own, what runs in them, and a folder; `close` removes all of it and nothing else. */
export class Network {
  readonly folder = mkdtempSync(join(tmpdir(), 'culprit-real-'))
  readonly #prefix: string
  readonly #namespaces: string[] = []
  readonly #children: ChildProcess[] = []
  readonly #first: (() => Promise<unknown>)[] = []
  #server: ChildProcess | undefined
  #closed: Promise<void> | undefined

  constructor(label: string) {
    this.#prefix = `${label}${process.pid}-`
    open.add(this)
  }

  /** What `close` does before anything else. */
  beforeClose(act: () => Promise<unknown>): void {
    this.#first.push(act)
  }

  /** The name that ip(8) knows it by. */
  netns(name: string): string {
    return `${this.#prefix}${name}`
  }

  async add(name: string): Promise<void> {
    await output(['ip', 'netns', 'add', this.netns(name)])
    this.#namespaces.push(name)
    await this.ip(name, 'link set lo up')
  }

  /** Gives the namespace of a process a name; an earlier one of that name is let go. */
  async attach(name: string, pid: number): Promise<void> {
    if (this.#namespaces.includes(name)) await output(['ip', 'netns', 'del', this.netns(name)])
    else this.#namespaces.push(name)
    await output(['ip', 'netns', 'attach', this.netns(name), String(pid)])
  }

  /** nsenter rather than `ip netns exec`, which mounts /sys anew and hides the control groups from a daemon. */
  inside(name: string, argv: readonly string[]): readonly string[] {
    return ['nsenter', `--net=/run/netns/${this.netns(name)}`, ...argv]
  }

  run(name: string, argv: readonly string[], input?: string): Promise<string> {
    return output(this.inside(name, argv), input)
  }

  /** `ip` in a namespace; `@other` in the line is the name of another one. */
  ip(name: string, line: string): Promise<string> {
    const words = line.split(' ').map((word) => (word.startsWith('@') ? this.netns(word.slice(1)) : word))
    return output(['ip', '-n', this.netns(name), ...words])
  }

  bridge(name: string, line: string): Promise<string> {
    return output(['bridge', '-n', this.netns(name), ...line.split(' ')])
  }

  async sysctl(name: string, key: string, value: string): Promise<void> {
    await this.run(name, ['sysctl', '-qw', `${key}=${value}`])
  }

  /** Makes an unresolved neighbour known after 0.3 s rather than 3, on every interface there is, and no ICMP error held back (icmp(7)). */
  async hasten(): Promise<void> {
    await Promise.all(
      this.#namespaces.map(async (name) => {
        const keys = await this.run(name, ['sysctl', '-aN', '--pattern', String.raw`^net\.ipv4\.(neigh\..*retrans_time_ms|icmp_msgs_)`])
        const words = keys.split('\n').filter(Boolean)
        await this.run(name, [
          'sysctl',
          '-qw',
          'net.ipv4.icmp_ratemask=0',
          ...words.map((key) => `${key}=${key.includes('icmp') ? 100_000 : 100}`),
        ])
      }),
    )
  }

  /** A daemon; its output goes to a file of the folder. */
  start(name: string, argv: readonly string[], environment: NodeJS.ProcessEnv = process.env): ChildProcess {
    const [program = '', ...args] = this.inside(name, argv)
    const log = openSync(join(this.folder, `${name}.log`), 'a')
    const child = spawn(program, args, { stdio: ['ignore', log, log], env: environment })
    this.#children.push(child)
    return child
  }

  /** A web server whose page is one line; all of them are one process (serve.py). */
  serve(name: string, page: string, port: number, address = '0.0.0.0'): void {
    if (!this.#server) {
      const log = openSync(join(this.folder, 'serve.log'), 'a')
      this.#server = spawn('python3', [SERVE], { stdio: ['pipe', log, log] })
      this.#server.stdin?.on('error', () => {})
      this.#children.push(this.#server)
    }
    this.#server.stdin?.write(`/run/netns/${this.netns(name)} ${port} ${address} ${page}\n`)
  }

  /** Waits until somebody listens on a TCP port of the namespace. */
  async listens(name: string, port: number): Promise<void> {
    for (let tries = 0; tries < 100; tries++) {
      if ((await this.run(name, ['ss', '-ltnH', 'sport', '=', `:${port}`])).trim() !== '') return
      await new Promise((later) => setTimeout(later, 50))
    }
    throw new Error(`nobody listens on port ${port} of ${name}`)
  }

  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    for (const act of this.#first) await act().catch(() => {})
    await Promise.all(this.#children.map(stop))
    await Promise.all(this.#namespaces.map((name) => output(['ip', 'netns', 'del', this.netns(name)]).catch(() => {})))
    rmSync(this.folder, { recursive: true, force: true })
    open.delete(this)
  }
}

const open = new Set<Network>()

/** Removes every network that is still there: for whoever is interrupted. */
export async function closeAll(): Promise<void> {
  await Promise.all([...open].map((network) => network.close()))
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  await ended
}
