import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Network } from '../real/network.ts'
import { missingForReal } from '../requirements.ts'
import { culprit, type Ended, startCulprit } from './culprit.ts'
import { buildMachine, difference, stateOf } from './machine.ts'

const reasons = missingForReal()
if (reasons.length) console.warn(`\nSKIPPED: no repair is disturbed on a kernel: ${reasons.join('; ')}\n`)

describe.skipIf(reasons.length > 0)('somebody else changes the machine while a repair is under way', () => {
  const network = new Network('labt')
  let target: readonly string[] = []
  let before = ''
  beforeAll(async () => {
    await buildMachine(network, 'm')
    target = ['--netns', network.netns('m'), '--state', join(network.folder, 'state')]
    before = await stateOf(network, 'm')
  }, 60_000)
  afterAll(() => network.close())

  async function plan(name: string, ...words: readonly string[]): Promise<{ readonly file: string; readonly id: string }> {
    const file = join(network.folder, `${name}.json`)
    const made = await culprit(['repair', 'plan', ...target, ...words, '--out', file, '-q'])
    expect(`${made.code} ${made.stderr}`).toBe('0 ')
    return { file, id: (JSON.parse(readFileSync(file, 'utf8')) as { id: string }).id }
  }
  const repair = (...words: readonly string[]): Promise<Ended> => culprit(['repair', ...words, ...target])
  const inside = (line: string): Promise<string> => network.run('m', line.split(' '))
  const journalOf = (id: string): string => {
    try {
      return readFileSync(join(network.folder, 'state/repairs', id, 'journal'), 'utf8')
    } catch {
      return ''
    }
  }
  const untouched = async (): Promise<void> => expect(difference(before, await stateOf(network, 'm')).join('\n')).toBe('')

  test('the chain that a rule has to go back to is gone: exit code 6, and what is left is named; once it is there again, all is taken back', async () => {
    const steps = ['--step', 'ip route add 10.70.0.0/16 via 192.0.2.5', '--step', 'iptables -D DOCKER-USER 1', '--step', 'sleep 3']
    const { file, id } = await plan('chain', ...steps, '--check', 'test -e /nowhere')
    const { ended } = startCulprit(['repair', 'apply', file, ...target, '--accept', 'undo-3'])
    while (!journalOf(id).includes('start 3')) await new Promise((later) => setTimeout(later, 20))
    for (const line of ['-D FORWARD -j DOCKER-USER', '-F DOCKER-USER', '-X DOCKER-USER']) await inside(`iptables ${line}`)
    const applied = await ended
    expect(`${applied.code} ${applied.stderr}`).toMatch(/^6 [\s\S]*step 2 could not be undone/)
    expect(await inside('ip route')).not.toContain('10.70.0.0/16')

    const status = await repair('status', id)
    expect(`${status.code} ${status.stdout}`).toMatch(/^1 [\s\S]*stuck/)
    expect((await repair('rollback', id)).code).toBe(6)
    const other = await plan('other', '--step', 'ip route add 10.71.0.0/16 via 192.0.2.5')
    const refused = await culprit(['repair', 'apply', other.file, ...target])
    expect(`${refused.code} ${refused.stderr.includes(id)}`).toBe('4 true')

    for (const line of ['-N DOCKER-USER', '-A DOCKER-USER -j RETURN', '-I FORWARD 1 -j DOCKER-USER']) await inside(`iptables ${line}`)
    expect((await repair('rollback', id)).code).toBe(0)
    await untouched()
  }, 180_000)

  test('the device is gone when the timer takes back: the repair is stuck until a person says that it is in order', async () => {
    const { file, id } = await plan('device', '--step', 'ip link set vx0 mtu 1400')
    const held = await culprit(['repair', 'apply', file, ...target, '--hold', '--timer', '3'])
    expect(held.code).toBe(0)
    const vxlan = await inside('ip link show dev vx0')
    expect(vxlan).toContain('mtu 1400')
    await inside('ip link set vx0 name gone0')
    while (!/^stuck\t/m.test(journalOf(id))) await new Promise((later) => setTimeout(later, 200))
    expect((await repair('rollback', id)).code).toBe(6)
    for (const line of ['ip link set gone0 name vx0', 'ip link set vx0 mtu 1450']) await inside(line)
    expect((await repair('confirm', id)).code).toBe(0)
    expect((await repair('status')).code).toBe(0)
    const after = await plan('after', '--step', 'ip route add 10.72.0.0/16 via 192.0.2.5')
    expect((await culprit(['repair', 'apply', after.file, ...target])).code).toBe(0)
    expect((await repair('rollback', after.id)).code).toBe(0)
    await untouched()
  }, 180_000)

  describe('another program holds the xtables lock', () => {
    const lock = join(network.folder, 'xtables.lock')
    const environment = { XTABLES_LOCKFILE: lock }
    const step = ['--step', 'iptables-legacy -I INPUT 2 -p tcp --dport 6443 -j ACCEPT']

    async function whileHeld<T>(seconds: number, act: () => Promise<T>): Promise<T> {
      const holder: ChildProcess = spawn('flock', ['-F', lock, 'sh', '-c', `echo held; exec sleep ${seconds}`], {
        stdio: ['ignore', 'pipe', 'ignore'],
      })
      const over = new Promise((done) => holder.once('close', done))
      await new Promise((held) => holder.stdout?.once('data', held))
      try {
        return await act()
      } finally {
        holder.kill()
        await over
      }
    }

    test('for a while: it is waited for', async () => {
      const { file, id } = await plan('lock-short', ...step)
      const applied = await whileHeld(4, () => culprit(['repair', 'apply', file, ...target], environment))
      expect(`${applied.code} ${applied.stderr.includes('error')}`).toBe('0 false')
      expect((await repair('rollback', id)).code).toBe(0)
      await untouched()
    }, 120_000)

    test('for longer than the limit: the error says so, and what was done before is taken back', async () => {
      const { file, id } = await plan('lock-long', '--step', 'ip route add 10.73.0.0/16 via 192.0.2.5', ...step)
      const applied = await whileHeld(300, () => culprit(['repair', 'apply', file, ...target], environment))
      expect(`${applied.code} ${applied.stderr}`).toMatch(/^5 [\s\S]*step 2 failed: .*holding the xtables lock/)
      expect(journalOf(id)).toMatch(/^unseen 2\t/m)
      await untouched()
    }, 180_000)
  })
})
