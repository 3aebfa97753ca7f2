import { readFileSync } from 'node:fs'
import { readOwners } from '@culprit/core/netfilter/owners/book'
import { composePlan } from '@culprit/core/repair/compose'
import type { Plan } from '@culprit/core/repair/plan'
import { wordsOf } from '@culprit/core/repair/words'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { Network } from '../real/network.ts'
import { missingForReal } from '../requirements.ts'
import { buildMachine, difference, evidenceOf, stateOf } from './machine.ts'

const reasons = missingForReal()
if (reasons.length) console.warn(`\nSKIPPED: undo is not held against a kernel: ${reasons.join('; ')}\n`)

const { book } = readOwners(parse(readFileSync(new URL('../../knowledge/owners.yaml', import.meta.url), 'utf8')))

/** Commands of every kind that has an inverse, as people write them. */
const COMMANDS = [
  'iptables -t nat -D PREROUTING 2',
  'iptables -t nat -D PREROUTING -p tcp --dport 80 -j REDIRECT --to-ports 8081',
  'iptables -D FORWARD 5',
  'iptables -D FORWARD 3',
  'iptables -I FORWARD 2 -s 10.244.0.0/16 -d 192.0.2.0/24 -j ACCEPT',
  'iptables -I FORWARD 4 -d 10.244.0.0/16 -j ACCEPT',
  `iptables -A DOCKER-USER -p tcp --dport 22 -m comment --comment 'two words; $HOME "q"' -j REJECT`,
  'iptables -A FORWARD -d 10.244.0.0/16 -j ACCEPT',
  'iptables -R DOCKER-USER 1 -p udp --dport 8472 -j ACCEPT',
  'iptables -P FORWARD DROP',
  'iptables-legacy -D INPUT 2',
  'iptables-legacy -I INPUT -p tcp --dport 6443 -j ACCEPT',
  'ip6tables -I FORWARD -s fd00::/64 -j ACCEPT',
  'iptables -t nat -N CULPRIT-TEST',
  'nft add rule inet guard input tcp dport 8080 counter accept',
  'nft insert rule inet guard input index 1 udp dport 4789 accept',
  'sysctl -w net.ipv4.ip_forward=1',
  'sysctl -w net.ipv4.conf.eth0.rp_filter=1',
  'sysctl -w net/ipv4/conf/all/proxy_arp=1',
  'ip route del default',
  'ip route del 198.51.100.0/24',
  'ip route del 203.0.113.0/24',
  'ip route del default table 53',
  'ip route del 10.9.0.0/16 table 52',
  'ip -6 route del 2001:db8:1::/48',
  'ip route replace 10.244.2.0/24 via 192.0.2.20',
  'ip route replace default via 192.0.2.9 metric 100',
  'ip route add 10.77.0.0/16 via 192.0.2.5',
  'ip rule del pref 5270',
  'ip rule del to 10.9.0.0/16 lookup 52',
  'ip rule add pref 5200 to 10.9.0.0/16 lookup main',
  'ip rule add fwmark 0x2 lookup 52',
  'ip addr del 192.0.2.10/24 dev eth0',
  'ip addr del 192.0.2.11/24 dev eth0',
  'ip addr del 10.244.1.0/32 dev vx0',
  'ip addr add 10.244.7.0/32 dev vx0',
  'ip addr add fd00::77/64 dev eth0 nodad',
  'ip link set vx0 mtu 1400',
  'ip link set dev eth1 nomaster',
  'ip link set vx0 down',
  'ip link set br0 down',
  'ip link del vx0',
  'ip link del br0',
  'bridge link set dev eth1 hairpin off',
  'ip neigh del 10.244.2.0 dev vx0',
  'ip neigh replace 10.244.2.0 lladdr 02:00:00:00:00:99 dev vx0 nud permanent',
  'ip neigh add 192.0.2.88 lladdr 02:00:00:00:00:88 dev eth0 nud permanent',
  'bridge fdb del 02:00:00:00:00:02 dev vx0 dst 192.0.2.20 self',
  'bridge fdb append 00:00:00:00:00:00 dev vx0 dst 192.0.2.21 self permanent',
  'bridge fdb add 02:00:00:00:00:03 dev vx0 dst 192.0.2.30 self permanent',
  'ipset add peers 198.51.100.0/24',
  'ipset del peers 10.244.0.0/16',
] as const

describe.skipIf(reasons.length > 0)('undo after apply leaves the machine as it was, byte for byte', () => {
  const network = new Network('labu')
  beforeAll(() => buildMachine(network, 'm'), 60_000)
  afterAll(() => network.close())

  /** What the last test left. */
  let known: string | undefined

  async function planFor(lines: readonly string[]): Promise<Plan> {
    const plan = composePlan(await evidenceOf(network, 'm'), {
      id: 'undo-test',
      title: 'undo',
      origin: { kind: 'commands', id: 'commands' },
      target: { host: 'm', netns: '' },
      drafts: lines.map((line) => ({ command: wordsOf(line) ?? [], why: 'test' })),
      criteria: [],
      state: {},
      timer: 60,
      session: undefined,
      book,
    })
    if ('kind' in plan) throw new Error(plan.why)
    return plan
  }

  /** Lines that differ once it was done (`changed`), and once it was taken back (`left`). */
  async function thereAndBack(
    lines: readonly string[],
  ): Promise<{ readonly changed: readonly string[]; readonly left: readonly string[] }> {
    const before = known ?? (await stateOf(network, 'm'))
    const plan = await planFor(lines)
    expect(
      plan.steps
        .filter(({ undo }) => undo.length === 0)
        .map(({ command, undoNote }) => `${command.join(' ')}: ${undoNote}`)
        .join('\n'),
    ).toBe('')
    for (const { command } of plan.steps) await network.run('m', command)
    const changed = await stateOf(network, 'm')
    for (const { undo } of plan.steps.toReversed()) await network.run('m', undo)
    known = await stateOf(network, 'm')
    return { changed: difference(before, changed), left: difference(before, known) }
  }

  test.each(COMMANDS)('%s', async (line) => {
    const { changed, left } = await thereAndBack([line])
    expect(left.join('\n')).toBe('')
    if (!line.includes('-P FORWARD DROP')) expect(changed).not.toEqual([])
  })

  test('several commands, one after the other, whatever their order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.constantFrom(...COMPATIBLE), { minLength: 2, maxLength: 6 }), async (lines) => {
        expect((await thereAndBack(lines)).left.join('\n')).toBe('')
      }),
      { numRuns: 8 },
    )
  }, 60_000)
})

/** Those that still make sense after any of the others. */
const COMPATIBLE = COMMANDS.filter(
  (line) =>
    !/ del | -D |-R | replace |append|vx0|br0|eth1/.test(line) ||
    /PREROUTING 2|FORWARD 5|link del vx0|del pref 5270|198\.51\.100\.0\/24$/.test(line),
)
