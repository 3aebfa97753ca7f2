import { describe, expect, test } from 'vitest'
import type { Machine } from './testing/machines.ts'
import { BACKENDS, save } from './testing/rulesets.ts'
import { engineOfMachines, expectWay } from './testing/story.ts'

const HOST: Machine = {
  devices: 'eth0 192.0.2.10/24\nbr0 bridge 10.1.0.1/24\nv@if9 master=br0',
  routes: 'default via 192.0.2.1 dev eth0',
  sysctl: 'net.ipv4.ip_forward = 1',
  ss: 'tcp LISTEN 0 5 *:80 *:*',
}
const engineWith = (rules: Machine) => engineOfMachines({ h: { ...HOST, ...rules } })
const client = { from: 'outside', host: 'h', iif: 'eth0', src: '203.0.113.5', to: '192.0.2.10:80' }
const through = { ...client, to: '10.1.0.9:80' }

describe.each(BACKENDS)('%s', (_, ruleset) => {
  /** A rule that matches in each chain on the way; `tracks`: one of them asks for conntrack. */
  const everywhere = (tracks: boolean) => {
    const chains = (table: string, hooks: readonly string[]) =>
      `*${table}\n${hooks.map((hook) => `-A ${hook} -j MARK --set-xmark 0x0/0x0`).join('\n')}`
    const nft = (name: string, hook: string, priority: string, type = 'filter', rule = 'counter') =>
      `chain ${name} {\ntype ${type} hook ${hook} priority ${priority}; policy accept;\n${rule}\n}`
    return ruleset({
      iptables: [
        chains('raw', ['PREROUTING']),
        chains('mangle', ['PREROUTING', 'FORWARD', 'POSTROUTING']),
        '*nat\n-A PREROUTING -p tcp\n-A POSTROUTING -p tcp',
        `*filter\n-A FORWARD -p tcp${tracks ? ' -m conntrack --ctstate NEW' : ''}\n-A INPUT -p tcp`,
      ].join('\n'),
      nft: [
        `table ip filter {\n${nft('FORWARD', 'forward', 'filter', 'filter', tracks ? 'ct state new counter' : 'counter')}\n${nft('INPUT', 'input', 'filter')}\n}`,
        `table ip nat {\n${nft('PREROUTING', 'prerouting', 'dstnat', 'nat')}\n${nft('POSTROUTING', 'postrouting', 'srcnat', 'nat')}\n}`,
        `table ip mangle {\n${nft('PREROUTING', 'prerouting', 'mangle')}\n${nft('FORWARD', 'forward', 'mangle')}\n${nft('POSTROUTING', 'postrouting', 'mangle')}\n}`,
        `table ip raw {\n${nft('PREROUTING', 'prerouting', 'raw')}\n}`,
      ].join('\n'),
    })
  }
  const met = (rules: Machine) =>
    expectWay(engineWith(rules), through, 'forwarded !rule=filter/INPUT/1')[0]
      ?.steps.filter((step) => step.kind === 'rule' || step.kind === 'route')
      .map((step) => (step.table ? `${step.table} ${step.chain}` : 'route'))

  test('a packet that is forwarded passes mangle, nat and filter at their hooks, in their order', () => {
    const [before, after] = [
      ['raw PREROUTING', 'mangle PREROUTING'],
      ['route', 'mangle FORWARD', 'filter FORWARD', 'mangle POSTROUTING'],
    ]
    expect(met(everywhere(true))).toEqual([...before, 'nat PREROUTING', ...after, 'nat POSTROUTING'])
    // Where nothing asks for conntrack there are no connections, and nat chains are not asked.
    expect(met(everywhere(false))).toEqual([...before, ...after])
  })

  test('an accept ends its own base chain alone, and a drop is final', () => {
    const engine = engineWith(
      ruleset({
        iptables: '*mangle\n-A FORWARD -j ACCEPT\n-A FORWARD -j DROP\n*filter\n:FORWARD DROP\n*security\n-A FORWARD -j ACCEPT',
        nft: `table ip mangle {\nchain f {\ntype filter hook forward priority mangle; policy accept;\naccept\ndrop\n}\n}
          table ip filter {\nchain FORWARD {\ntype filter hook forward priority filter; policy drop;\n}\n}
          table ip security {\nchain f {\ntype filter hook forward priority security; policy accept;\naccept\n}\n}`,
      }),
    )
    expectWay(engine, through, 'dropped policy by=filter/FORWARD')
  })
})

describe('several programs on one host', () => {
  const LEGACY_DROP = save('*filter\n:FORWARD DROP')
  const NFT = (policy: string, priority: string) =>
    `table inet fw {\nchain forward {\ntype filter hook forward priority ${priority}; policy ${policy};\nip saddr 203.0.113.5 accept\n}\n}`

  test('the policy of one undoes the accept of the other', () => {
    expectWay(
      engineWith({ legacy: LEGACY_DROP, nft: NFT('accept', 'filter - 10') }),
      through,
      'dropped policy by=filter/FORWARD rule=fw/forward/1',
    )
    expectWay(
      engineWith({ legacy: save('*filter\n-A FORWARD -j ACCEPT'), nft: NFT('drop', 'filter + 10') }),
      { ...through, src: '203.0.113.6' },
      'dropped policy by=fw/forward',
    )
    expectWay(
      engineWith({ iptables: save('*filter\n-A FORWARD -j ACCEPT'), legacy: LEGACY_DROP }),
      through,
      'dropped policy by=filter/FORWARD',
    )
  })

  test('priority tells who is first', () => {
    const drop = (priority: string) =>
      `table inet fw {\nchain forward {\ntype filter hook forward priority ${priority}; policy accept;\ndrop\n}\n}`
    const iptables = save('*filter\n-A FORWARD -j DROP')
    expectWay(engineWith({ iptables, nft: drop('filter - 1') }), through, 'dropped by=fw/forward/1 !rule=filter/FORWARD/1')
    expectWay(engineWith({ iptables, nft: drop('filter + 1') }), through, 'dropped by=filter/FORWARD/1 !rule=fw/forward/1')
    expectWay(engineWith({ iptables, nft: drop('mangle') }), through, 'dropped by=fw/forward/1')
  })

  test('at one priority both orders are told where they differ, and the answer says why', () => {
    const nft = 'table inet fw {\nchain forward {\ntype filter hook forward priority filter; policy accept;\nreject\n}\n}'
    expectWay(
      engineWith({ legacy: LEGACY_DROP, nft }),
      through,
      'rejected refused p=unknown assumes=nftables',
      'dropped timeout p=unknown assumes=iptables-legacy',
    )
  })

  test('and one where they do not', () => {
    const nft = 'table inet fw {\nchain forward {\ntype filter hook forward priority filter; policy accept;\naccept\n}\n}'
    expectWay(engineWith({ legacy: LEGACY_DROP, nft }), through, 'dropped policy p=1')
    expectWay(engineWith({ legacy: LEGACY_DROP, nft }), client, 'delivered p=1')
  })

  test('native tables run in the order that they were made: the later first', () => {
    const table = (name: string, rule: string) =>
      `table inet ${name} {\nchain forward {\ntype filter hook forward priority filter; policy accept;\n${rule}\n}\n}`
    expectWay(engineWith({ nft: `${table('one', 'drop')}\n${table('two', 'reject')}` }), through, 'rejected by=two/forward/1')
  })

  test('iptables-nft shows in nft list ruleset too, and is not walked twice', () => {
    const iptables = save('*filter\n-A FORWARD -m comment --comment once -j MARK --set-xmark 0x1/0x1')
    const nft =
      'table ip filter {\nchain FORWARD {\ntype filter hook forward priority filter; policy accept;\nmeta mark set mark or 0x1\n}\n}'
    const [outcome] = expectWay(engineWith({ iptables, nft }), through, 'forwarded mark=0x1')
    expect(outcome?.steps.filter((step) => step.kind === 'rule').map((step) => step.text)).toEqual([
      '-A FORWARD -m comment --comment once -j MARK --set-xmark 0x1/0x1',
    ])
  })

  test('tables of other families, dormant ones and chains without a hook see nothing', () => {
    const chain = 'chain forward {\ntype filter hook forward priority filter; policy drop;\n}'
    const nft = `table ip6 six {\n${chain}\n}\ntable ip sleeps {\nflags dormant\n${chain}\n}\ntable inet lone {\nchain forward {\ndrop\n}\n}`
    expectWay(engineWith({ nft }), through, 'forwarded')
  })

  test('nat chains are all asked at the place of NAT, by their own priorities, until one has translated', () => {
    const chain = (name: string, priority: number, to: string) =>
      `table ip ${name} {\nchain pre {\ntype nat hook prerouting priority ${priority}; policy accept;\ntcp dport 80 dnat to ${to}\n}\n}`
    expectWay(
      engineWith({ nft: `${chain('late', -90, '10.1.0.7')}\n${chain('early', -110, '10.1.0.8')}` }),
      client,
      'dst=10.1.0.8:80 !rule=late/pre/1',
    )
  })
})
