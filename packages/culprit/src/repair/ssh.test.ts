import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { composePlan } from '@culprit/core/repair/compose'
import type { Plan } from '@culprit/core/repair/plan'
import { wordsOf } from '@culprit/core/repair/words'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadOwners } from '../cli/knowledge.ts'
import { sshExecutor } from '../exec/ssh.ts'
import { sshdLacking, sshdPerConnection } from '../exec/testing/sshd.ts'
import { applyPlan } from './apply.ts'
import { type Captured, capture, documentsOf } from './capture.ts'
import { Store } from './store.ts'

const lacking = sshdLacking()
if (lacking) console.warn(`\nSKIPPED: no repair over SSH: ${lacking}\n`)

const NETNS = `repssh${process.pid}`
const inside = (...argv: readonly string[]): string => execFileSync('nsenter', [`--net=/run/netns/${NETNS}`, ...argv], { encoding: 'utf8' })

describe.skipIf(lacking !== undefined)('a machine that is repaired over SSH', () => {
  const state = mkdtempSync(join(tmpdir(), 'culprit-repair-'))
  let ssh: ReturnType<typeof sshdPerConnection>
  beforeAll(() => {
    execFileSync('ip', ['netns', 'add', NETNS])
    for (const line of [
      'link set lo up',
      'link add eth0 type veth peer name eth1',
      'addr add 192.0.2.10/24 dev eth0',
      'link set eth0 up',
      'link set eth1 up',
    ])
      inside('ip', ...line.split(' '))
    ssh = sshdPerConnection({ machine: `nsenter --net=/run/netns/${NETNS}` })
  })
  afterAll(() => {
    ssh.stop()
    execFileSync('ip', ['netns', 'del', NETNS])
    rmSync(state, { recursive: true, force: true })
  })

  const connect = () => sshExecutor('root@machine', { config: ssh.config })
  function planOf(captured: Captured, id: string, lines: readonly string[], timer: number): Plan {
    const plan = composePlan(documentsOf(captured), {
      id,
      title: 'over SSH',
      origin: { kind: 'commands', id: 'commands' },
      target: { host: captured.host, netns: '' },
      drafts: lines.map((line) => ({ command: wordsOf(line) ?? [], why: 'test' })),
      criteria: [],
      state: {},
      timer,
      session: undefined,
      book: loadOwners(),
    })
    if ('kind' in plan) throw new Error(plan.why)
    return plan
  }
  const options = { tell: () => undefined, hold: false, resume: false, systemd: false }

  test('is changed, and taken back', async () => {
    const executor = connect()
    const store = new Store(executor, state)
    const captured = await capture(executor, 'machine')
    expect(captured.missing).toEqual([])
    const plan = planOf(
      captured,
      'ssh-1',
      [
        'ip route add 10.9.0.0/16 via 192.0.2.1 dev eth0',
        'iptables -A INPUT -p tcp --dport 22 -m comment --comment "it is \'so\'" -j ACCEPT',
      ],
      60,
    )
    expect(await applyPlan(plan, captured, store, options)).toEqual({ kind: 'applied', id: 'ssh-1' })
    expect(inside('ip', 'route')).toContain('10.9.0.0/16')
    expect(inside('iptables-nft-save')).toContain(String.raw`"it is \'so\'"`)
    expect((await store.script('ssh-1', ['undo'], 60)).code).toBe(0)
    expect(inside('ip', 'route')).not.toContain('10.9.0.0/16')
    await executor.close()
  }, 60_000)

  test('takes the change back by itself when the connection is gone', async () => {
    const executor = connect()
    const captured = await capture(executor, 'machine')
    const plan = planOf(captured, 'ssh-2', ['ip route add 10.8.0.0/16 via 192.0.2.1 dev eth0'], 3)
    expect((await applyPlan(plan, captured, new Store(executor, state), { ...options, hold: true })).kind).toBe('held')
    await executor.close()
    expect(inside('ip', 'route')).toContain('10.8.0.0/16')
    while (inside('ip', 'route').includes('10.8.0.0/16')) await new Promise((later) => setTimeout(later, 200))
    const later = connect()
    const store = new Store(later, state)
    while ((await store.run('ssh-2'))?.state === 'unfinished') await new Promise((wait) => setTimeout(wait, 200))
    expect((await store.run('ssh-2'))?.state).toBe('rolled-back')
    await later.close()
  }, 60_000)
})
