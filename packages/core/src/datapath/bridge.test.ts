import { describe, expect, test } from 'vitest'
import { readDocuments } from '../intake/documents.ts'
import { createEngine } from './engine.ts'
import { bundle, type Machine } from './testing/machines.ts'
import { BACKENDS, save } from './testing/rulesets.ts'
import { engineOfMachines, expectWay } from './testing/story.ts'

interface Options {
  readonly ports?: Readonly<Record<'a' | 'b', string>>
  readonly sysctl?: string
  readonly host?: Machine
  readonly bridge?: string
}

/** A host with pods `a` and `b` on br0, both listening on 80. */
function pods({ ports, sysctl = '', host = {}, bridge = '' }: Options = {}) {
  const pod = (name: 'a' | 'b', last: number): Machine => ({
    devices: `eth0@h:v${name} 10.1.0.${last}/24 fd00::${last}/64`,
    routes: 'default via 10.1.0.1 dev eth0\ndefault via fd00::1 dev eth0 metric 1024 pref medium',
    ss: 'tcp LISTEN 0 5 *:80 *:*',
  })
  return engineOfMachines({
    h: {
      devices: `
        eth0 192.0.2.10/24
        br0 bridge 10.1.0.1/24 fd00::1/64 ${bridge}
        va@h/a:eth0 master=br0 ${ports?.a ?? ''}
        vb@h/b:eth0 master=br0 ${ports?.b ?? ''}`,
      routes: 'default via 192.0.2.1 dev eth0',
      sysctl: `net.ipv4.ip_forward = 1\nnet.ipv6.conf.all.forwarding = 1\n${sysctl}`,
      ss: 'tcp LISTEN 0 5 *:80 *:*',
      ...host,
    },
    'h/a': pod('a', 2),
    'h/b': pod('b', 3),
  })
}
const ON = 'net.bridge.bridge-nf-call-iptables = 1\nnet.bridge.bridge-nf-call-ip6tables = 1'
const toB = { from: 'netns/h/a', to: '10.1.0.3:80' }

describe('frames between ports', () => {
  test('go from one to the other without being routed', () => {
    expectWay(pods(), toB, 'delivered connects at=h/b:eth0 ttl=64 bridge')
  })

  test('an isolated port speaks to the others alone', () => {
    expectWay(pods({ ports: { a: 'isolated', b: 'isolated' } }), toB, 'dropped port-isolated')
    expectWay(pods({ ports: { a: 'isolated', b: '' } }), toB, 'delivered connects')
    expectWay(pods({ ports: { a: 'isolated', b: 'isolated' } }), { from: 'netns/h/a', to: '10.1.0.1:80' }, 'delivered connects at=h:br0')
  })

  test.each([
    ['a', 'in'],
    ['b', 'out'],
  ])('a port that is not forwarding loses them: %s, on the way %s', (port) => {
    const ports = { a: '', b: '', [port]: 'state=blocking' }
    expectWay(pods({ ports }), toB, 'dropped link-down')
  })

  test('the host’s own frames go by the same ports', () => {
    expectWay(pods({ ports: { a: '', b: 'state=disabled' } }), { from: 'host/h', to: '10.1.0.3:80' }, 'dropped link-down')
    expectWay(pods(), { from: 'host/h', to: '10.1.0.3:80' }, 'delivered connects at=h/b:eth0')
  })
})

test('over IPv6 what is translated and stays on the bridge asks neither for forwarding nor by the rules for what the host itself sends', () => {
  const host: Machine = {
    ip6tables: save('*nat\n-A PREROUTING -d fd00:96::1/128 -p tcp -m tcp --dport 80 -j DNAT --to-destination [fd00::3]:80'),
    rules: '0: from all lookup local\n100: from all iif lo lookup 100\n32766: from all lookup main',
    routes: 'default via 192.0.2.1 dev eth0\nprohibit fd00::/8 dev lo table 100 metric 50 pref medium',
  }
  const sysctl = `${ON}\nnet.ipv6.conf.all.forwarding = 0`
  expectWay(pods({ sysctl, host }), { from: 'netns/h/a', to: '[fd00:96::1]:80' }, 'delivered connects at=h/b:eth0 dst=fd00::3:80')
})

describe.each(BACKENDS)('br_netfilter with %s', (_, ruleset) => {
  const drop = ruleset({
    iptables: '*filter\n:FORWARD DROP',
    nft: 'table inet filter {\nchain FORWARD {\ntype filter hook forward priority filter; policy drop;\n}\n}',
  })
  test('on: FORWARD sees frames between ports', () =>
    void expectWay(pods({ sysctl: ON, host: drop }), toB, 'dropped policy by=filter/FORWARD'))
  test('off, or not loaded: it does not', () => {
    expectWay(pods({ sysctl: 'net.bridge.bridge-nf-call-iptables = 0', host: drop }), toB, 'delivered')
    expectWay(pods({ host: drop }), toB, 'delivered')
  })
  test('one family does not follow the other', () => {
    const ip6 = ruleset({
      iptables: '*filter',
      nft: 'table inet filter {\nchain FORWARD {\ntype filter hook forward priority filter; policy drop;\n}\n}',
    })
    const host = ip6.nft === undefined ? { ip6tables: save('*filter\n:FORWARD DROP') } : ip6
    const six = { from: 'netns/h/a', to: '[fd00::3]:80' }
    expectWay(pods({ sysctl: ON, host }), six, 'dropped policy')
    expectWay(pods({ sysctl: 'net.bridge.bridge-nf-call-iptables = 1\nnet.bridge.bridge-nf-call-ip6tables = 0', host }), six, 'delivered')
  })

  const service = ruleset({
    iptables: '*nat\n-A PREROUTING -d 10.96.0.1/32 -p tcp -m tcp --dport 80 -j DNAT --to-destination 10.1.0.3:80',
    nft: 'table ip nat {\nchain pre {\ntype nat hook prerouting priority dstnat; policy accept;\nip daddr 10.96.0.1 tcp dport 80 dnat to 10.1.0.3:80\n}\n}',
  })
  test('a service of a neighbour on the bridge: the answer comes back translated only with it', () => {
    expectWay(
      pods({ sysctl: ON, host: service }),
      { from: 'netns/h/a', to: '10.96.0.1:80' },
      'delivered connects at=h/b:eth0 dst=10.1.0.3:80',
    )
    expectWay(pods({ host: service }), { from: 'netns/h/a', to: '10.96.0.1:80' }, 'delivered timeout at=h/b:eth0 reply:src=10.1.0.3:80')
  })

  const own = ruleset({
    iptables: `*nat
      -A PREROUTING -d 10.96.0.1/32 -p tcp -m tcp --dport 80 -j DNAT --to-destination 10.1.0.2:80
      -A POSTROUTING -s 10.1.0.2/32 -d 10.1.0.2/32 -j MASQUERADE`,
    nft: `table ip nat {
      chain pre {
        type nat hook prerouting priority dstnat; policy accept;
        ip daddr 10.96.0.1 tcp dport 80 dnat to 10.1.0.2:80
      }
      chain post {
        type nat hook postrouting priority srcnat; policy accept;
        ip saddr 10.1.0.2 ip daddr 10.1.0.2 masquerade
      }
    }`,
  })
  test('a pod that asks for a service and is the one that serves it: routed, or out of the port it came in by', () => {
    const self = { from: 'netns/h/a', to: '10.96.0.1:80' }
    expectWay(pods({ host: own }), self, 'delivered connects at=h/a:eth0 src=10.1.0.1:45678 ttl=63')
    expectWay(pods({ sysctl: ON, host: own }), self, 'dropped hairpin-off at=h:va')
    expectWay(
      pods({ sysctl: ON, host: own, ports: { a: 'hairpin', b: '' } }),
      self,
      'delivered connects at=h/a:eth0 src=10.1.0.1:45678 ttl=64',
    )
  })

  test('a bridged packet shows its ports to physdev', () => {
    const rules = {
      iptables: save(
        '*filter\n:FORWARD DROP\n-A FORWARD -m physdev --physdev-in va --physdev-out vb --physdev-is-bridged -j ACCEPT\n-A FORWARD -m conntrack --ctstate ESTABLISHED -j ACCEPT',
      ),
    }
    expectWay(pods({ sysctl: ON, host: rules }), toB, 'delivered connects rule=filter/FORWARD/1')
    expectWay(pods({ sysctl: ON, host: rules }), { from: 'netns/h/b', to: '10.1.0.2:80' }, 'dropped policy')
  })
})

describe('neighbours and links', () => {
  test('an address that nobody on the bridge has', () => {
    expectWay(pods(), { from: 'netns/h/a', to: '10.1.0.99:80' }, 'dropped no-neighbour unreachable answer=EHOSTUNREACH')
  })

  test('a neighbour that failed to answer', () => {
    const neighbours = '192.0.2.1 dev eth0 FAILED\n10.1.0.3 dev br0 lladdr 02:00:00:00:aa:aa STALE\n'
    const engine = pods({ host: { neighbours } })
    expectWay(engine, { from: 'host/h', to: '8.8.8.8:53/udp' }, 'dropped no-neighbour answer=EHOSTUNREACH')
    expectWay(engine, { from: 'netns/h/a', to: '8.8.8.8:53/udp' }, 'dropped no-neighbour unreachable answer=icmp-host-unreachable')
    expectWay(engine, { from: 'host/h', to: '10.1.0.3:80' }, 'dropped no-neighbour')
  })

  test('a device that is down, on either end of a veth', () => {
    const down = engineOfMachines({
      h: { devices: 'v1@h/p:eth0 10.9.0.1/24\nv2@h/q:eth0 10.8.0.1/24', sysctl: 'net.ipv4.ip_forward = 1', routes: '10.7.0.0/24 dev v3' },
      'h/p': { devices: 'eth0@h:v1 10.9.0.2/24 down' },
      'h/q': { devices: 'eth0@h:v2 10.8.0.2/24', routes: 'default via 10.8.0.1 dev eth0' },
    })
    expectWay(down, { from: 'netns/h/q', to: '10.9.0.2:80' }, 'dropped link-down timeout')
  })

  test('a device without carrier loses what is sent by it', () => {
    const engine = engineOfMachines({
      h: {
        devices: 'eth0 192.0.2.10/24 no-carrier\ndocker0 bridge 172.17.0.1/16 no-carrier',
        routes: 'default via 192.0.2.1 dev eth0 linkdown',
      },
    })
    expectWay(engine, { from: 'host/h', to: '8.8.8.8:53/udp' }, 'dropped link-down answer=EHOSTUNREACH')
    expectWay(engine, { from: 'host/h', to: '172.17.0.2:80' }, 'dropped no-neighbour answer=EHOSTUNREACH')
    expectWay(engine, { from: 'host/h', to: '172.17.0.1:80' }, 'delivered')
  })

  test('a device with carrier carries packets before ip(8) calls it operational; a bridge port does not', () => {
    const engine = engineOfMachines({
      h: {
        devices: 'eth0 192.0.2.10/24 not-yet\nbr0 bridge 10.1.0.1/24\nva@h/a:eth0 master=br0 not-yet',
        routes: 'default via 192.0.2.1 dev eth0',
      },
      'h/a': { devices: 'eth0@h:va 10.1.0.2/24' },
    })
    expectWay(engine, { from: 'host/h', to: '8.8.8.8:53/udp' }, 'forwarded')
    expectWay(engine, { from: 'host/h', to: '10.1.0.2:80' }, 'dropped no-neighbour')
  })

  test('each pair of veths is found although every pod’s eth0 has the same index', () => {
    const engine = pods()
    for (const [pod, last] of [
      ['a', 2],
      ['b', 3],
    ] as const)
      expectWay(engine, { from: 'host/h', to: `10.1.0.${last}:80` }, `delivered at=h/${pod}:eth0`)
  })

  test('a frame for a MAC address that moved on', () => {
    const engine = pods({ host: { neighbours: '10.1.0.3 dev br0 lladdr 02:00:00:00:bb:bb REACHABLE\n' } })
    expectWay(engine, { from: 'host/h', to: '10.1.0.3:80' }, 'dropped no-neighbour')
  })
})

test('a pod whose namespace was not captured is behind the bridge that its address belongs to', () => {
  const engine = engineOfMachines({
    h: {
      devices: 'eth0 192.0.2.10/24\nbr0 bridge 10.1.0.1/24\nva@if9 master=br0\nvb@h/b:eth0 master=br0',
      routes: 'default via 192.0.2.1 dev eth0',
      sysctl: `net.ipv4.ip_forward = 1\n${ON}`,
      iptables: save(
        '*nat\n-A POSTROUTING -s 10.1.0.0/24 ! -o br0 -j MASQUERADE\n*filter\n-A FORWARD -m physdev --physdev-in va --physdev-is-bridged -j MARK --set-xmark 0x1/0x1',
      ),
    },
    'h/b': { devices: 'eth0@h:vb 10.1.0.3/24', routes: 'default via 10.1.0.1 dev eth0', ss: 'tcp LISTEN 0 5 *:80 *:*' },
  })
  expectWay(engine, { from: '10.1.0.7', to: '203.0.113.9:80' }, 'forwarded connects src=192.0.2.10:45678')
  expectWay(engine, { from: '10.1.0.7', to: '10.1.0.3:80' }, 'delivered connects at=h/b:eth0 rule=filter/FORWARD/1')
  const [to] = expectWay(engine, { from: 'netns/h/b', to: '10.1.0.7:80' }, 'forwarded connects at=h:br0')
  expect(to?.assumptions.join()).toContain('10.1.0.7')
})

test('a pod that is sent back to itself, and the mode of its port not in the evidence: both ways are told', () => {
  const files = bundle({
    h: {
      devices: 'br0 bridge 10.1.0.1/24\nva@if9 master=br0',
      sysctl: `net.ipv4.ip_forward = 1\n${ON}`,
      iptables: save('*nat\n-A PREROUTING -d 10.96.0.1/32 -p tcp -m tcp --dport 80 -j DNAT --to-destination 10.1.0.7:80'),
    },
  })
  const withoutDetails = files.map((file) => ({ ...file, text: file.text.replace(/ *bridge_slave.*\n/, '') }))
  const result = createEngine(readDocuments(withoutDetails)).trace({ from: '10.1.0.7', to: '10.96.0.1:80' }, { reply: false })
  if ('kind' in result) throw new Error(result.text)
  expect(result.outcomes.map(({ verdict, reason, probability }) => [verdict, reason, probability])).toEqual([
    ['dropped', 'hairpin-off', null],
    ['forwarded', 'delivered', null],
  ])
  expect(result.outcomes[0]?.missing[0]?.evidence).toBe('hosts/h/bridge-link.json')
})
