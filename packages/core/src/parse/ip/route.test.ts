import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatPrefix } from '../../net/prefix.ts'
import { readIpRoute } from './route.ts'

/** Lines of `ip route show table all` and the objects of `ip -j route show table all`, from one kernel. */
const PAIRS = [
  ['unreachable 10.22.0.0/16 table 52 ', '{"type":"unreachable","dst":"10.22.0.0/16","table":"52","flags":[]}'],
  ['throw 10.24.0.0/16 table 100 ', '{"type":"throw","dst":"10.24.0.0/16","table":"100","flags":[]}'],
  [
    '10.29.0.0/16 dev tun0 table 200 scope link linkdown ',
    '{"dst":"10.29.0.0/16","dev":"tun0","table":"200","scope":"link","flags":["linkdown"]}',
  ],
  ['default via 192.0.2.254 dev d0 metric 50 ', '{"dst":"default","gateway":"192.0.2.254","dev":"d0","metric":50,"flags":[]}'],
  [
    'default via inet6 2001:db8::99 dev d0 metric 51 ',
    '{"dst":"default","via":{"family":"inet6","host":"2001:db8::99"},"dev":"d0","metric":51,"flags":[]}',
  ],
  [
    '10.1.1.0/24 dev w1 proto kernel scope link src 10.1.1.1 ',
    '{"dst":"10.1.1.0/24","dev":"w1","protocol":"kernel","scope":"link","prefsrc":"10.1.1.1","flags":[]}',
  ],
  [
    '10.20.0.0/16 proto static metric 9 \n\tnexthop via 192.0.2.10 dev d0 weight 3 \n\tnexthop via 192.0.2.11 dev d0 weight 1 onlink ',
    '{"dst":"10.20.0.0/16","protocol":"static","metric":9,"flags":[],"nexthops":[{"gateway":"192.0.2.10","dev":"d0","weight":3,"flags":[]},{"gateway":"192.0.2.11","dev":"d0","weight":1,"flags":["onlink"]}]}',
  ],
  ['blackhole 10.21.0.0/16 ', '{"type":"blackhole","dst":"10.21.0.0/16","flags":[]}'],
  [
    '10.27.0.0/16 tos 0x10 via 192.0.2.3 dev d0 src 192.0.2.2 mtu 1400 window 5000 rtt 100ms advmss 1300 ',
    '{"dst":"10.27.0.0/16","tos":"0x10","gateway":"192.0.2.3","dev":"d0","prefsrc":"192.0.2.2","flags":[],"metrics":[{"mtu":1400,"window":5000,"rtt":100,"advmss":1300}]}',
  ],
  ['10.31.0.0/16 nhid 5 via 192.0.2.5 dev d0 ', '{"dst":"10.31.0.0/16","nhid":5,"gateway":"192.0.2.5","dev":"d0","flags":[]}'],
  [
    '10.35.0.0/16 via 203.0.113.1 dev d0 onlink realm 4 ',
    '{"dst":"10.35.0.0/16","gateway":"203.0.113.1","dev":"d0","flags":["onlink"],"flow":{"to":"4"}}',
  ],
  ['10.36.0.0/16 tos EF dev d0 scope link ', '{"dst":"10.36.0.0/16","tos":"EF","dev":"d0","scope":"link","flags":[]}'],
  [
    'local 10.25.0.0/24 dev lo table local scope host ',
    '{"type":"local","dst":"10.25.0.0/24","dev":"lo","table":"local","scope":"host","flags":[]}',
  ],
  [
    '2001:db8:25::/48 from 2001:db8:1::/48 dev d0 metric 1024 pref medium',
    '{"dst":"2001:db8:25::/48","from":"2001:db8:1::/48","dev":"d0","metric":1024,"flags":[],"pref":"medium"}',
  ],
  [
    '2001:db8:24::/48 proto static metric 77 pref medium\n\tnexthop via 2001:db8::a dev d0 weight 2 \n\tnexthop via 2001:db8::b dev d0 weight 1 ',
    '{"dst":"2001:db8:24::/48","protocol":"static","metric":77,"flags":[],"pref":"medium","nexthops":[{"gateway":"2001:db8::a","dev":"d0","weight":2,"flags":[]},{"gateway":"2001:db8::b","dev":"d0","weight":1,"flags":[]}]}',
  ],
  [
    'unreachable default dev lo metric 4294967295 pref medium',
    '{"type":"unreachable","dst":"default","dev":"lo","metric":4294967295,"flags":[],"pref":"medium"}',
  ],
  [
    'anycast 2001:db8:26::1 dev d0 table local metric 1024 pref medium',
    '{"type":"anycast","dst":"2001:db8:26::1","dev":"d0","table":"local","metric":1024,"flags":[],"pref":"medium"}',
  ],
  [
    'multicast ff00::/8 dev br0 table local proto kernel metric 256 pref medium',
    '{"type":"multicast","dst":"ff00::/8","dev":"br0","table":"local","protocol":"kernel","metric":256,"flags":[],"pref":"medium"}',
  ],
] as const

const bare = (text: string, file = 'f') => readIpRoute(text, file).facts.map((route) => ({ ...route, source: 0, text: 0 }))
const shown = (text: string, file = 'f') =>
  readIpRoute(text, file).facts.map((r) => `${r.family} ${r.type} ${formatPrefix(r.destination)} ${r.table}`)

test.each(PAIRS)('text and JSON are read alike: %s', (text, json) => {
  expect(bare(text)).toEqual(bare(`[${json}]`))
  expect(bare(text)).toHaveLength(1)
  expect(readIpRoute(text, 'f').notes).toEqual([])
})

test('a whole listing, -o, colours and the text of facts read from JSON', () => {
  const text = PAIRS.map(([line]) => line).join('\n')
  const json = `[${PAIRS.map(([, object]) => object).join(',\n')}]`
  expect(bare(text)).toEqual(bare(json))
  expect(bare(text.replaceAll('\n\t', '\\\t'))).toEqual(bare(text))
  expect(bare(text.replaceAll(/(\d+\.\d+\.\d+\.\d+)/g, `${String.fromCharCode(27)}[35m$1${String.fromCharCode(27)}[0m`))).toEqual(
    bare(text),
  )
  expect(
    bare(
      readIpRoute(json, 'f')
        .facts.map((route) => route.text)
        .join('\n'),
    ),
  ).toEqual(bare(text))
  expect(readIpRoute(text, 'f').complete).toBe(true)
  expect(readIpRoute(json, 'f').facts.map((route) => route.source.line)).toEqual(PAIRS.map((_, i) => i + 1))
})

test('-d says what is the default', () => {
  expect(
    shown(
      'unicast default via 192.0.2.254 dev d0 table main proto boot scope global metric 50 \nunicast 10.32.0.0/16 nhid 10 table main proto boot scope global \n\tnh_info id 10 group 5,2/6,3 scope global proto unspec \n\tnexthop via 192.0.2.5 dev d0 weight 2 \n',
    ),
  ).toEqual(['ip unicast 0.0.0.0/0 main', 'ip unicast 10.32.0.0/16 main'])
})

test('mtu lock, encap and words unheard of', () => {
  const read = readIpRoute(
    '10.0.0.0/8 via 192.0.2.3 dev d0 mtu lock 1400 \n10.34.0.0/16  encap ip id 77 src 192.0.2.1 dst 192.0.2.90 ttl 9 tos 0 dev vx2 scope link \n10.9.0.0/16 dev d0 frobnicated \n',
    'f',
  )
  expect(read.facts[0]).toMatchObject({ mtu: 1400, extra: ['mtu lock'] })
  expect(read.facts[1]).toMatchObject({ preferredSource: undefined, tos: 0, nextHops: [{ device: 'vx2' }] })
  expect(read.facts[2]).toMatchObject({ nextHops: [{ device: 'd0' }], extra: ['frobnicated'] })
  expect(read.notes).toMatchObject([{ kind: 'not-understood', source: { line: 3 } }])
})

// Which family a default route without gateway has.
test.each([
  ['IPv4 scope', 'default dev wg0 scope link\nfe80::/64 dev wg0 proto kernel metric 256 pref medium', ['ip', 'ip6']],
  ['pref is IPv6 only', '10.0.0.0/8 dev a scope link\ndefault dev tun0 table 9 metric 1024 pref medium', ['ip', 'ip6']],
  ['a list of IPv6 only', 'default dev ppp0 metric 1024\nfe80::/64 dev ppp0 metric 256', ['ip6', 'ip6']],
  [
    'behind IPv6 there is no IPv4 any more',
    '10.0.0.0/8 dev a scope link\nfe80::/64 dev a metric 256\ndefault dev a metric 1024',
    ['ip', 'ip6', 'ip6'],
  ],
  ['alone', 'default dev ppp0', ['ip']],
  ['the gateway', 'default via fe80::1 dev eth0 proto ra metric 100', ['ip6']],
  ['nexthops', 'default proto static\n\tnexthop via fe80::1 dev a weight 1\n\tnexthop via fe80::2 dev b weight 1', ['ip6']],
  [
    'between both families, behind others of the same table',
    '10.0.0.0/8 dev a scope link\ndefault dev a metric 1024\nfe80::/64 dev a metric 256',
    ['ip', 'ip6', 'ip6'],
  ],
])('default: %s', (_, text, families) => {
  expect(readIpRoute(text, 'f').facts.map((route) => route.family)).toEqual(families)
})

test('default: what the command or the file name says', () => {
  expect(readIpRoute('default dev ppp0', 'f', { family: 'ip6' }).facts[0]?.family).toBe('ip6')
  for (const name of ['ip-6-route.txt', 'ip6-route.txt', 'a/ip-route-v6.json', 'ip_-6_route.txt'])
    expect(readIpRoute('default dev ppp0', name).facts[0]?.family).toBe('ip6')
  for (const name of ['ip-route.txt', 'k8s-16/ip-route.txt', 'ip-route-table-6.txt'])
    expect(readIpRoute('default dev ppp0', name).facts[0]?.family).toBe('ip')
})

test('the table that the output does not repeat', () => {
  expect(
    shown('local 10.0.0.1 dev lo proto kernel scope host src 10.0.0.1\nbroadcast 10.0.0.255 dev e proto kernel scope link src 10.0.0.1'),
  ).toEqual(['ip local 10.0.0.1/32 local', 'ip broadcast 10.0.0.255/32 local'])
  expect(readIpRoute('10.0.0.0/8 dev e scope link', 'f', { table: '52' }).facts[0]?.table).toBe('52')
  expect(shown('10.0.0.0/8 dev e scope link', 'ip-route-table-100.txt')).toEqual(['ip unicast 10.0.0.0/8 100'])
  expect(shown('10.0.0.0/8 dev e scope link', 'ip-route-table-all.txt')).toEqual(['ip unicast 10.0.0.0/8 main'])
})

test('a line that was cut off is noted, not taken for a route', () => {
  const read = readIpRoute('10.1.0.0/16\n10.2.0.0/16 via 10.0.0.1 dev\nRTNETLINK answers: Operation not permitted\n', 'f')
  expect(read.facts).toHaveLength(1)
  expect(read.notes.map((note) => note.source.line)).toEqual([3, 1])
})

test('route -n and netstat -rn', () => {
  const text = `Kernel IP routing table
Destination     Gateway         Genmask         Flags Metric Ref    Use Iface
0.0.0.0         192.168.1.1     0.0.0.0         UG    100    0        0 eth0
10.8.0.0        0.0.0.0         255.255.0.0     U     0      0        0 tun0
10.9.0.0        -               255.255.0.0     !     0      -        0 -
`
  expect(shown(text)).toEqual(['ip unicast 0.0.0.0/0 main', 'ip unicast 10.8.0.0/16 main', 'ip unreachable 10.9.0.0/16 main'])
  const [first] = readIpRoute(text, 'f').facts
  expect(first).toMatchObject({ metric: 100, nextHops: [{ device: 'eth0', via: 0xc0a80101 }], source: { line: 3 } })
  const netstat =
    'Kernel IP routing table\nDestination     Gateway         Genmask         Flags   MSS Window  irtt Iface\n0.0.0.0         192.168.1.1     0.0.0.0         UG        0 0          0 eth0\n'
  expect(readIpRoute(netstat, 'f').facts[0]).toMatchObject({ metric: 0, nextHops: [{ device: 'eth0', via: 0xc0a80101 }] })
})

test('any pile of lines keeps its order, and no line costs another', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...PAIRS.map(([line]) => line), 'junk here', '?? 10.0.0.1'), { maxLength: 30 }), (lines) => {
      const read = readIpRoute(lines.join('\n'), 'f')
      expect(read.facts).toHaveLength(lines.filter((line) => !/junk|\?\?/.test(line)).length)
      expect(read.facts.map((r) => r.source.line)).toEqual([...read.facts.map((r) => r.source.line)].sort((a, b) => a - b))
    }),
  )
})
