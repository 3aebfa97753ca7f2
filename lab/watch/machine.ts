import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { output } from '../real/network.ts'

/** bin/culprit, from the sources and from dist/. */
const PROGRAM = fileURLToPath(new URL(import.meta.url.includes('/dist/') ? '../../../bin/culprit' : '../../bin/culprit', import.meta.url))

/** A node with a pod, and beyond its gateway a server. */
const SETUP = `
set -e
mkdir -p /run/netns
mount -t tmpfs none /run/netns
ip link set lo up
ip netns add gw
ip netns add p1
ip link add eth0 type veth peer name port netns gw
ip link add veth1 type veth peer name eth0 netns p1
ip addr add 192.0.2.10/24 dev eth0
ip addr add 10.42.0.1/24 dev veth1
ip link set eth0 up
ip link set veth1 up
ip route add default via 192.0.2.1 dev eth0
ip -n gw addr add 192.0.2.1/24 dev port
ip -n gw addr add 203.0.113.80/32 dev lo
for i in lo port; do ip -n gw link set $i up; done
ip -n p1 addr add 10.42.0.2/24 dev eth0
for i in lo eth0; do ip -n p1 link set $i up; done
ip -n p1 route add default via 10.42.0.1
sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.disable_ipv6=1
iptables-nft -t nat -A POSTROUTING -s 10.42.0.0/24 -o eth0 -j MASQUERADE
ip netns exec gw python3 -m http.server 9000 --bind 203.0.113.80 >/dev/null 2>&1 </dev/null &
while ! ip netns exec gw ss -ltnH | grep -q :9000; do sleep 0.05; done
echo ready
`

/**
 * A machine of its own as a watch sees one: its own network, processes, mounts and name. All that runs in it ends with it, timers of repairs, too; the machine
 * that it is on has nothing of it.
 */
export class Machine {
  readonly folder = mkdtempSync(join(tmpdir(), 'culprit-watch-'))
  readonly #init: ChildProcess
  #pid = 0

  private constructor(name: string) {
    const script = join(this.folder, 'setup.sh')
    writeFileSync(script, `hostname ${name}\n${SETUP}exec sleep 100000\n`)
    const flags = ['--net', '--mount', '--uts', '--pid', '--fork', '--mount-proc', '--kill-child']
    this.#init = spawn('unshare', [...flags, 'sh', script], { stdio: ['ignore', 'pipe', 'pipe'] })
  }

  static async start(name: string): Promise<Machine> {
    const machine = new Machine(name)
    const init = machine.#init
    await new Promise<void>((resolve, reject) => {
      let said = ''
      init.stdout?.once('data', () => resolve())
      init.stderr?.on('data', (chunk) => {
        said += String(chunk)
      })
      init.once('exit', () => reject(new Error(`the machine did not start: ${said}`)))
    })
    machine.#pid = Number(readFileSync(`/proc/${init.pid}/task/${init.pid}/children`, 'utf8').trim())
    return machine
  }

  get state(): string {
    return join(this.folder, 'state')
  }

  inside(argv: readonly string[]): readonly string[] {
    return ['nsenter', '-t', String(this.#pid), '-n', '-m', '-u', '-p', ...argv]
  }

  run(line: string): Promise<string> {
    return output(this.inside(line.split(' ')))
  }

  /** culprit, run to its end. */
  culprit(...args: string[]): { readonly code: number | null; readonly stdout: string; readonly stderr: string } {
    const [program = '', ...rest] = this.inside([process.execPath, PROGRAM, ...args])
    try {
      return { code: 0, stdout: execFileSync(program, rest, { encoding: 'utf8', stdio: 'pipe' }), stderr: '' }
    } catch (error) {
      const { status, stdout, stderr } = error as { status: number | null; stdout: string; stderr: string }
      return { code: status, stdout, stderr }
    }
  }

  /** Writes a configuration and starts a watch with it. */
  watch(config: string, environment: NodeJS.ProcessEnv = {}): Watching {
    const file = join(this.folder, 'watch.yaml')
    writeFileSync(file, config)
    // `exec` in a shell of the machine: the number that it prints is the one there.
    const script = 'echo $$ >&2; exec "$@"'
    const argv = this.inside([
      'sh',
      '-c',
      script,
      'sh',
      process.execPath,
      PROGRAM,
      'watch',
      '--config',
      file,
      '--state',
      this.state,
      '-o',
      'jsonl',
    ])
    const [program = '', ...args] = argv
    return new Watching(spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...environment } }), this)
  }

  /** What a repair may change. */
  async network(): Promise<string> {
    const parts = ['iptables-nft-save', 'ip route show table all', 'ip rule', 'ip -o addr', 'sysctl net.ipv4.ip_forward']
    const texts = await Promise.all(parts.map((line) => this.run(line)))
    return texts
      .join('')
      .replace(/^#.*$/gm, '')
      .replace(/\[\d+:\d+\]/g, '')
  }

  /** All incidents, as `culprit watch incidents` shows them. */
  incidents(): readonly Incident[] {
    const { stdout } = this.culprit('watch', 'incidents', '--all', '--state', this.state, '-o', 'json')
    return (JSON.parse(stdout) as { incidents: Incident[] }).incidents
  }

  /** The last one of a criterion. */
  incident(name: string): Incident {
    const found = this.incidents().findLast(({ criterion }) => criterion.name === name)
    if (!found) throw new Error(`there is no incident of ${name}`)
    return found
  }

  /** As it is on the disk; what is mounted in the machine is seen from there alone. */
  journal(): string {
    const [program = '', ...args] = this.inside(['cat', join(this.state, 'watch/journal.jsonl')])
    return execFileSync(program, args, { encoding: 'utf8' })
  }

  /** Writes to a file until there is no room left. */
  async fill(file: string): Promise<void> {
    await this.run(`dd if=/dev/zero of=${file} bs=4k`).catch(() => undefined)
  }

  /** Waits until no incident is open. */
  async settled(): Promise<void> {
    for (const end = Date.now() + 120_000; Date.now() < end; await pause(500))
      if (this.incidents().every(({ state }) => state !== 'open')) return
    throw new Error('incidents stay open')
  }

  /** Waits until a connection from the machine is made. */
  async reaches(address: string, port: number): Promise<void> {
    for (const end = Date.now() + 120_000; Date.now() < end; await pause(500)) {
      const [program = '', ...args] = this.inside(['timeout', '2', 'bash', '-c', 'exec 3<>/dev/tcp/"$0"/"$1"', address, String(port)])
      try {
        execFileSync(program, args, { stdio: 'ignore' })
        return
      } catch {
        // not yet
      }
    }
    throw new Error(`${address} is not reached`)
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.#init.once('exit', resolve))
    this.#init.kill('SIGKILL')
    await ended
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** Of an incident as culprit prints it. */
export interface Incident {
  readonly id: string
  readonly state: string
  readonly criterion: { readonly name: string }
  readonly causes: readonly { readonly id: string; readonly status: string }[]
  readonly snapshots: { readonly before: { readonly path: string } | null; readonly after: { readonly path: string } | null }
  readonly changes: readonly { readonly where: string; readonly text: string }[]
  readonly repairs: readonly { readonly outcome: string; readonly id: string; readonly why: string }[]
  readonly notes: readonly string[]
}

interface Told {
  readonly kind: string
  readonly text: string
  readonly incident?: Incident
}

/** A watch that runs. */
export class Watching {
  readonly events: Told[] = []
  readonly #child: ChildProcess
  readonly #machine: Machine
  readonly #ended: Promise<number | null>
  #said = ''
  #rest = ''

  constructor(child: ChildProcess, machine: Machine) {
    this.#child = child
    this.#machine = machine
    this.#ended = new Promise((resolve) => child.once('close', (code) => resolve(code)))
    child.stderr?.on('data', (chunk) => {
      this.#said += String(chunk)
    })
    child.stdout?.on('data', (chunk) => {
      const lines = (this.#rest + String(chunk)).split('\n')
      this.#rest = lines.pop() ?? ''
      this.events.push(...lines.map((line) => JSON.parse(line) as Told))
    })
  }

  get said(): string {
    return this.#said.replace(/^\d+\n/, '')
  }

  /** All that it has told, for who looks for a fault. */
  get told(): string {
    return `${this.events.map(({ kind, text }) => `${kind}: ${text}`).join('\n')}\n${this.said}`
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  kinds(): readonly string[] {
    return this.events.map(({ kind, incident }) => (incident ? `${kind} ${incident.criterion.name}` : kind))
  }

  /** Waits until it has said so: `closed web`. */
  async says(kind: string, times = 1, seconds = 90): Promise<void> {
    for (const end = Date.now() + seconds * 1000; Date.now() < end; await pause(50)) {
      if (this.kinds().filter((one) => one === kind).length >= times) return
      if (!this.running) break
    }
    throw new Error(
      `the watch does not say "${kind}":\n${this.events.map(({ kind: k, text }) => `${k}: ${text}`).join('\n')}\n${this.said}`,
    )
  }

  /** A round with everything well, and a snapshot of it, has been made. */
  async good(): Promise<void> {
    for (const end = Date.now() + 60_000; Date.now() < end; await pause(100)) {
      const { stdout } = this.#machine.culprit('watch', 'status', '--state', this.#machine.state, '-o', 'json')
      if (stdout !== '' && (JSON.parse(stdout) as { good?: unknown }).good) return
      if (!this.running) break
    }
    throw new Error(`the watch has seen nothing good: ${this.said}`)
  }

  async signal(name: 'TERM' | 'HUP' | 'KILL'): Promise<void> {
    const pid = this.#said.split('\n')[0] ?? ''
    await this.#machine.run(`kill -${name} ${pid}`)
  }

  /** Ends it as a service manager does; its exit code. */
  async end(name: 'TERM' | 'KILL' = 'TERM'): Promise<number | null> {
    if (this.running) await this.signal(name)
    return this.#ended
  }
}

export const pause = (milliseconds: number): Promise<void> => new Promise((later) => setTimeout(later, milliseconds))
