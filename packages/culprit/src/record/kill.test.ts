import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeNetwork, type TestNetwork } from './testing/network.ts'

const launcher = join(fileURLToPath(new URL('../../../../', import.meta.url)), 'bin/culprit')
const lacking = process.getuid?.() === 0 && spawnSync('unshare', ['--net', 'true']).status === 0 ? undefined : 'no root, or no namespaces'

/** CULPRIT_KILLS=100 for the whole of it. */
const KILLS = Number(process.env.CULPRIT_KILLS ?? 10)

/** The same numbers each time. */
function* draws(): Generator<number> {
  for (let state = 12345; ; ) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    yield (state >>> 8) / (1 << 24)
  }
}

describe.skipIf(lacking)(`a recording that is killed${lacking ? ` (SKIPPED: ${lacking})` : ''}`, () => {
  const networks: TestNetwork[] = []
  beforeAll(() => {
    execFileSync(launcher, ['--version'])
    for (const backend of ['nft', 'iptables-legacy'] as const) networks.push(makeNetwork(`ckill${process.pid}${backend.at(-1)}`, backend))
  }, 180_000)
  afterAll(() => {
    for (const network of networks) network.remove()
  })

  test(`leaves no rule, setting, process or file behind, whichever of its processes it is, and whenever (${KILLS} times)`, async () => {
    const random = draws()
    const next = (): number => random.next().value as number
    const killed = new Map<string, number>()
    for (let i = 0; i < KILLS; i++) {
      const network = networks[i % networks.length] as TestNetwork
      const before = network.state()
      const args = ['record', 'start', '--to', '10.96.0.10:80', '--netns', network.router, '--for', '60s', '--pcap', '/dev/null']
      const child = spawn(launcher, args, { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, CULPRIT_BUILD: 'never' } })
      // Half of them at any time from the start; half once it records.
      if (next() < 0.5) await sleep(next() * 1500)
      else await heard(child, 'make the packets now').then(() => sleep(next() * 300))
      if (next() < 0.3) network.connect('10.96.0.10', 80)
      const family = familyOf(child.pid as number)
      const victim = family[Math.floor(next() * family.length)]
      if (victim) {
        killed.set(victim.name, (killed.get(victim.name) ?? 0) + 1)
        kill(victim.pid)
      }
      await ended(child)
      await expect.poll(() => network.state(), { timeout: 15_000, message: `after ${victim?.name} was killed` }).toBe(before)
    }
    console.log(`killed: ${[...killed].map(([name, count]) => `${name} ${count}`).join(', ')}`)
  }, 600_000)
})

interface Member {
  readonly pid: number
  readonly name: string
}

/** A process and all below it. */
function familyOf(pid: number): readonly Member[] {
  const parents = new Map<number, Member[]>()
  for (const name of readdirSync('/proc').filter((one) => /^\d+$/.test(one))) {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8')
      const [, comm = '', state, parent] = /\((.*)\) (\S) (\d+)/.exec(stat) ?? []
      if (state === 'Z') continue
      parents.set(Number(parent), [...(parents.get(Number(parent)) ?? []), { pid: Number(name), name: comm }])
    } catch {
      // It has ended meanwhile.
    }
  }
  const below = (one: Member): readonly Member[] => [one, ...(parents.get(one.pid) ?? []).flatMap(below)]
  return below({ pid, name: 'culprit' })
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It was quicker.
  }
}

function heard(child: ChildProcess, words: string): Promise<void> {
  return new Promise((resolve) => {
    child.stderr?.on('data', (data: Buffer) => data.includes(words) && resolve())
    child.once('close', () => resolve())
  })
}

/** One whose helper was killed ends by itself; one that was not hit is asked to. */
async function ended(child: ChildProcess): Promise<void> {
  const closed = new Promise<void>((resolve) =>
    child.exitCode !== null || child.signalCode !== null ? resolve() : void child.once('exit', () => resolve()),
  )
  const timer = setTimeout(() => child.kill('SIGTERM'), 3000)
  await closed
  clearTimeout(timer)
}

const sleep = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds))
