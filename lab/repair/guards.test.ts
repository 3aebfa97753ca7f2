import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Network } from '../real/network.ts'
import { missingForReal } from '../requirements.ts'
import { culprit, startCulprit } from './culprit.ts'
import { buildMachine, difference, stateOf } from './machine.ts'

const reasons = missingForReal()
if (reasons.length) console.warn(`\nSKIPPED: no guard is tried on a kernel: ${reasons.join('; ')}\n`)

describe.skipIf(reasons.length > 0)('a plan that must not be carried out', () => {
  const network = new Network('labg')
  let target: readonly string[] = []
  let before = ''
  beforeAll(async () => {
    await buildMachine(network, 'm')
    target = ['--netns', network.netns('m'), '--state', join(network.folder, 'state')]
    before = await stateOf(network, 'm')
  }, 60_000)
  afterAll(() => network.close())

  async function plan(...words: readonly string[]): Promise<string> {
    const file = join(network.folder, `${Math.abs(words.join().length)}-${words.length}.json`)
    const made = await culprit(['repair', 'plan', ...target, ...words, '--out', file, '-q'])
    expect(`${made.code} ${made.stderr}`).toBe('0 ')
    return file
  }
  const untouched = async (): Promise<void> => expect(difference(before, await stateOf(network, 'm')).join('\n')).toBe('')

  test('the state changed since: refused, until that part is accepted by name', async () => {
    const file = await plan('--step', 'iptables -t nat -D PREROUTING 2')
    await network.run('m', ['iptables', '-t', 'nat', '-I', 'PREROUTING', '1', '-p', 'udp', '-j', 'ACCEPT'])
    const refused = await culprit(['repair', 'apply', file, ...target])
    expect(refused.code).toBe(4)
    expect(refused.stderr).toContain('state:iptables-ip-nat')
    expect(refused.stderr).not.toContain('backup:')
    await network.run('m', ['iptables', '-t', 'nat', '-D', 'PREROUTING', '1'])
    await untouched()
  }, 60_000)

  test('a plan for another machine: refused', async () => {
    const file = await plan('--step', 'ip route add 10.84.0.0/16 via 192.0.2.5')
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll(network.netns('m'), 'elsewhere'))
    const refused = await culprit(['repair', 'apply', file, ...target])
    expect(`${refused.code} ${refused.stderr.includes('host: the plan is for elsewhere')}`).toBe('4 true')
    await untouched()
  }, 60_000)

  test('a step that opens the machine or flushes a table is never planned', async () => {
    for (const step of ['iptables -P FORWARD ACCEPT', 'iptables -t nat -F', 'nft flush ruleset', 'iptables -X']) {
      const made = await culprit(['repair', 'plan', ...target, '--step', step])
      expect(`${step}: ${made.code}`).toBe(`${step}: 4`)
    }
    expect((await culprit(['repair', 'plan', ...target, '--step', 'ip route flush table main | cat'])).code).toBe(2)
  }, 60_000)

  test('flows that work would break: refused', async () => {
    const file = await plan('--step', 'iptables-legacy -I INPUT 1 -j DROP')
    const refused = await culprit(['repair', 'apply', file, ...target])
    expect(`${refused.code} ${refused.stderr.includes('proof:')}`).toBe('4 true')
    await untouched()
  }, 60_000)

  test('a criterion fails: everything is taken back, exit code 5, with a journal', async () => {
    const file = await plan(
      '--step',
      'ip route add 10.77.0.0/16 via 192.0.2.5',
      '--step',
      'sysctl -w net.ipv4.ip_forward=1',
      '--check',
      'test -e /nowhere',
    )
    const applied = await culprit(['repair', 'apply', file, ...target])
    expect(applied.code).toBe(5)
    await untouched()
    const { id } = JSON.parse(readFileSync(file, 'utf8')) as { id: string }
    const status = await culprit(['repair', 'status', id, ...target, '-o', 'json'])
    const [run] = (JSON.parse(status.stdout) as { repairs: { state: string; journal: { event: string }[] }[] }).repairs
    expect(run?.state).toBe('rolled-back')
    expect(run?.journal.map(({ event }) => event)).toEqual([
      'armed',
      'start 1',
      'done 1',
      'start 2',
      'done 2',
      'rollback',
      'undo 2',
      'undone 2',
      'undo 1',
      'undone 1',
      'rolled-back',
    ])
  }, 90_000)

  test('a step fails in the middle: what was done before it is taken back', async () => {
    const file = await plan(
      '--step',
      'ip route add 10.78.0.0/16 via 192.0.2.5',
      '--step',
      'ip route add 10.79.0.0/16 via 192.0.2.5 dev nowhere0',
    )
    const applied = await culprit(['repair', 'apply', file, ...target])
    expect(applied.code).toBe(5)
    await untouched()
  }, 60_000)

  test('held open: another repair waits for it, the timer takes it back, and a confirmation comes too late', async () => {
    const file = await plan('--step', 'ip route add 10.80.0.0/16 via 192.0.2.5')
    const other = join(network.folder, 'other.json')
    writeFileSync(
      other,
      readFileSync(file, 'utf8')
        .replaceAll(/commands-[0-9a-f]{6}/g, 'commands-other')
        .replaceAll('10.80.', '10.81.'),
    )
    const { id } = JSON.parse(readFileSync(file, 'utf8')) as { id: string }
    const held = await culprit(['repair', 'apply', file, ...target, '--hold', '--timer', '8'])
    expect(held.code).toBe(0)
    const second = await culprit(['repair', 'apply', other, ...target, '--accept', 'state:routes-ip-main'])
    expect(`${second.code} ${second.stderr.includes(id)}`).toBe('4 true')
    const unfinished = async (): Promise<boolean> => (await culprit(['repair', 'status', ...target])).code === 1
    while (await unfinished()) await new Promise((later) => setTimeout(later, 300))
    await untouched()
    expect((await culprit(['repair', 'confirm', id, ...target])).code).toBe(5)
  }, 120_000)

  test('culprit dies, and a later one goes on where it was', async () => {
    const file = await plan(
      '--step',
      'ip route add 10.82.0.0/16 via 192.0.2.5',
      '--step',
      'sleep 2',
      '--step',
      'ip route add 10.83.0.0/16 via 192.0.2.5',
    )
    const { id } = JSON.parse(readFileSync(file, 'utf8')) as { id: string }
    const journal = join(network.folder, 'state/repairs', id, 'journal')
    const { child, ended } = startCulprit(['repair', 'apply', file, ...target, '--accept', 'undo-2'])
    while (!read(journal).includes('start 2')) await new Promise((later) => setTimeout(later, 20))
    child.kill('SIGKILL')
    await ended
    const resumed = await culprit(['repair', 'apply', file, ...target, '--resume'])
    expect(`${resumed.code}`).toBe('0')
    expect(await network.run('m', ['ip', 'route'])).toContain('10.83.0.0/16')
    expect((await culprit(['repair', 'rollback', id, ...target])).code).toBe(0)
    await untouched()
  }, 120_000)
})

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
