import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readEvidence } from '../bundle/read.ts'
import { sshExecutor } from '../exec/ssh.ts'
import { sshdLacking, sshdPerConnection } from '../exec/testing/sshd.ts'
import { Bundle } from './bundle.ts'
import { collectHost } from './host.ts'
import { collectScript } from './script.ts'

const scratch = mkdtempSync(join(tmpdir(), 'culprit-faults-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))
/** There is no way to the host as long as this file is there. */
const CUT = join(scratch, 'cut')
const hostScript = fileURLToPath(new URL('./testing/host.sh', import.meta.url))
const launcher = fileURLToPath(new URL('../../../../bin/culprit', import.meta.url))
const lacking = sshdLacking() ?? (spawnSync('unshare', ['--net', 'true']).status === 0 ? undefined : 'no namespaces')

/** What a host is: its rules, sets, settings, processes and the files where programs leave such things. Counters and what moves by itself are left out. */
const STATE = `nft -s list ruleset; for f in iptables-nft iptables-legacy; do $f-save | grep -v '^#'; done; ipset list
sysctl -a --pattern '^net\\.' 2>/dev/null | grep -vE 'nf_conntrack_count|\\.rt_cache|random'
{ ip addr; ip route show table all; } | grep -vE 'valid_lft|fe80:' | sed 's/ state [A-Z]*//'; ip netns
ps -eo args --no-headers | grep -vE '^(ps|grep|sort|sh) |^sort$|<defunct>' | sort
find /tmp /run/lock /var/tmp /root -not -path '${scratch}*' | sort`

/** A host of its own with little folders of its own, which outlives the connections to it. `sshd -i` runs inside of it. */
class Host {
  readonly #child: ChildProcess
  readonly #init: number
  readonly sshd: ReturnType<typeof sshdPerConnection>

  private constructor(child: ChildProcess, init: number) {
    this.#child = child
    this.#init = init
    const enter = join(scratch, 'enter.sh')
    writeFileSync(enter, `[ -e ${CUT} ] && exit 1\nexec nsenter --target ${init} --net --uts --mount --pid "$@"\n`)
    this.sshd = sshdPerConnection({ faulty: `sh ${enter}` })
  }

  static async start(): Promise<Host> {
    // The test's own folders lie in the machine's /tmp: there they are links.
    const begin =
      'mount --bind /tmp /mnt; for f in /tmp /run/lock /var/tmp /root; do mkdir -p $f; mount -t tmpfs -o size=2m none $f; done; echo up; exec sleep 1000'
    const child = spawn('sh', [hostScript, 'faulty', 'sh', '-c', begin], { stdio: ['ignore', 'pipe', 'ignore'] })
    await once(child.stdout as NodeJS.ReadableStream, 'data')
    const init = Number(readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim())
    const host = new Host(child, init)
    for (const folder of [scratch, dirname(host.sshd.config)]) host.run(`ln -s /mnt/${basename(folder)} /tmp/`)
    return host
  }

  run(script: string): string {
    return execFileSync('nsenter', ['--target', String(this.#init), '--net', '--uts', '--mount', '--pid', 'sh', '-c', script], {
      encoding: 'utf8',
      maxBuffer: 1 << 26,
      timeout: 60_000,
    })
  }

  /** Puts a script in a program's place, for one of its commands. */
  standIn(program: string, command: string, script: string): void {
    const file = join(scratch, `${program}-stand-in`)
    const real = join(scratch, program)
    this.run(`cp $(command -v ${program}) ${real}`)
    writeFileSync(file, `#!/bin/sh\n[ "$1" = ${command} ] || exec ${real} "$@"\n${script}\n`, { mode: 0o755 })
    this.run(`mount --bind ${file} $(command -v ${program})`)
  }

  async stop(): Promise<void> {
    const ended = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await ended
    this.sshd.stop()
  }
}

describe.skipIf(lacking)(`what goes wrong while a host is collected${lacking ? ` (SKIPPED: ${lacking})` : ''}`, () => {
  let host: Host
  let before: string
  beforeEach(async () => {
    host = await Host.start()
  })
  afterEach(() => host?.stop())

  async function collected(progress: (text: string) => void = () => undefined): Promise<Bundle> {
    before = host.run(STATE)
    const bundle = new Bundle()
    const executor = sshExecutor('root@faulty', { config: host.sshd.config })
    await collectHost(executor, bundle, { progress })
    await executor.close()
    return bundle
  }

  /** The far side ends what it began within seconds of losing the connection. */
  async function asBefore(): Promise<void> {
    for (let tries = 0; tries < 20 && host.run(STATE) !== before; tries++) await new Promise((later) => setTimeout(later, 200))
    expect(host.run(STATE)).toBe(before)
  }

  const losses = (bundle: Bundle): Readonly<Record<string, string>> =>
    Object.fromEntries(bundle.attempts.filter(({ costs }) => costs !== undefined).map(({ command, outcome }) => [command[0], outcome]))

  test('the connection is cut in the middle: what was read is kept, the rest told, and nothing runs on at the host', async () => {
    host.standIn('ipset', 'save', 'echo $$ >> /run/hangs; exec sleep 900')
    const bundle = await collected(() => {
      if (existsSync(CUT) || host.run('cat /run/hangs 2>/dev/null; true') === '') return
      writeFileSync(CUT, '')
      host.run('pkill -9 sshd; true')
    })
    rmSync(CUT)
    host.run('rm -f /run/hangs')
    const outcomes = new Set(bundle.attempts.map(({ outcome }) => outcome))
    expect(outcomes).toContain('collected')
    expect(losses(bundle).ipset).toBe('unreachable')
    await asBefore()
  }, 120_000)

  test('a command hangs: it is ended at its limit, here and there; everything else is there', async () => {
    host.standIn('ipset', 'save', 'trap "" TERM; sleep 900; sleep 900')
    const bundle = await collected()
    expect(losses(bundle)).toEqual({ ipset: 'timed-out' })
    expect([...bundle.files.keys()]).toEqual(expect.arrayContaining(['hosts/faulty/nft.json', 'hosts/faulty/netns/pod/ip-route.json']))
    await asBefore()
  }, 180_000)

  test('the disks of the host are full: it is collected all the same, for nothing is written there', async () => {
    host.run('for f in /tmp /run/lock /var/tmp; do cat /dev/zero > $f/fill 2>/dev/null; done; true')
    expect(losses(await collected())).toEqual({})
    await asBefore()
  }, 120_000)

  test('the script on a full disk says so, and leaves nothing: no half archive, no folder', () => {
    const script = join(scratch, 'collect.sh')
    writeFileSync(script, collectScript())
    host.run('cat /dev/zero > /tmp/fill 2>/dev/null; true')
    before = host.run(STATE)
    for (const [where, out] of [
      ['TMPDIR=/tmp', '/run/lock/b.tar.gz'],
      ['TMPDIR=/var/tmp', '/tmp/b.tar.gz'],
    ]) {
      const said = host.run(`${where} sh ${script} -o ${out} 2>&1; echo code $?`)
      expect(said.trimEnd().split('\n').slice(-2)).toEqual([expect.stringMatching(/^error: .*cannot be written/), 'code 3'])
      expect(host.run(STATE)).toBe(before)
    }
  }, 120_000)

  test('a connection table of 200,000 entries in the kernel, and one of a million: in bounds, and told', async () => {
    // In the kernel as many as its limit allows, which is not a namespace's own; beyond that a program stands in for conntrack.
    const many = join(scratch, 'many')
    writeFileSync(many, Array.from({ length: 200_000 }, (_, i) => entry(i)).join('\n'))
    host.run(`conntrack -R ${many} >/dev/null 2>&1; true`)
    expect(Number(host.run('cat /proc/sys/net/netfilter/nf_conntrack_count'))).toBeGreaterThan(150_000)
    const real = join(scratch, 'real.tar.gz')
    expect(peak('collect', '-q', '--ssh-config', host.sshd.config, '--ssh', 'root@faulty', '-o', real)).toBeLessThan(500)
    const table = (await readEvidence([real])).files.find(({ path }) => path === 'hosts/faulty/conntrack.txt')
    expect(table?.text.split('\n').length).toBeGreaterThan(150_000)

    host.standIn('conntrack', '-L', FLOOD)
    before = host.run(STATE)
    const million = join(scratch, 'million.tar.gz')
    const flags = ['--ssh-config', host.sshd.config, '--ssh', 'root@faulty']
    expect(peak('collect', ...flags, '-o', million)).toBeLessThan(500)
    const said = readFileSync(join(scratch, 'said'), 'utf8')
    expect(said).toContain('conntrack cut: without connections that are translated already: only the beginning is there')
    const cut = (await readEvidence([million])).files.find(({ path }) => path === 'hosts/faulty/conntrack.txt')
    expect(cut?.size).toBeGreaterThan(30 << 20)
    expect(cut?.size).toBeLessThanOrEqual(32 << 20)
    expect(cut?.text.endsWith('\n')).toBe(true)
    const question = ['--from', 'netns/faulty/pod', '--to', '10.42.0.1:8080', '-o', 'json']
    expect(peak('diagnose', '-q', million, ...question)).toBeLessThan(1500)
    expect(readFileSync(join(scratch, 'said'), 'utf8')).toBe('')
    expect(JSON.parse(readFileSync(join(scratch, 'answer'), 'utf8')).causes[0]).toMatchObject({ id: 'filter.input-rule', status: 'proved' })
    await asBefore()
  }, 240_000)

  /** Runs the program; its greatest resident size in MB. */
  function peak(...args: readonly string[]): number {
    const script = `import resource, subprocess, sys
subprocess.run(sys.argv[3:], stdout=open(sys.argv[1], 'w'), stderr=open(sys.argv[2], 'w'))
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)`
    const files = ['answer', 'said'].map((name) => join(scratch, name))
    const argv = ['-c', script, ...files, process.execPath, '--max-old-space-size=1024', launcher, ...args]
    return Number(execFileSync('python3', argv, { encoding: 'utf8' }))
  }
})

const entry = (i: number): string =>
  `-I -p tcp -s 10.${100 + (i >> 16)}.${(i >> 8) & 255}.${i & 255} -d 192.0.2.1 --sport ${1024 + (i % 60000)} --dport 443 --state ESTABLISHED -u ASSURED -t 600`

/** The host's own table; those of its namespaces are short. */
const FLOOD = `[ "$(readlink /proc/self/ns/net)" = "$(readlink /proc/1/ns/net)" ] || exit 0
exec awk 'BEGIN { for (i = 0; i < 1000000; i++) {
  a = sprintf("10.%d.%d.%d", 100 + i / 65536, i / 256 % 256, i % 256); p = 1024 + i % 60000
  printf "tcp      6 431999 ESTABLISHED src=%s dst=192.0.2.1 sport=%d dport=443 src=192.0.2.1 dst=%s sport=443 dport=%d [ASSURED] mark=0 use=1\\n", a, p, a, p } }'`
