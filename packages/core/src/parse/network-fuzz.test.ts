import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Source } from '../facts/source.ts'
import { readBridgeFdb } from './bridge/fdb.ts'
import { readBridgeLink } from './bridge/link.ts'
import { readConntrack } from './conntrack/conntrack.ts'
import { readIpAddr } from './ip/addr.ts'
import { readIpLink } from './ip/link.ts'
import { readIpNeigh } from './ip/neigh.ts'
import { readIpRoute } from './ip/route.ts'
import { readIpRule } from './ip/rule.ts'
import type { Parsed } from './parsed.ts'
import { readSs } from './ss/ss.ts'
import { readSysctl } from './sysctl/sysctl.ts'

type Reader = (text: string, file: string) => Parsed<{ readonly source: Source }>

const READERS: readonly Reader[] = [
  readIpAddr,
  readIpLink,
  readIpRoute,
  readIpRule,
  readIpNeigh,
  readBridgeLink,
  readBridgeFdb,
  readSysctl,
  readSs,
  readConntrack,
]

const SAMPLES = [
  '1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default\n    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00 promiscuity 0\n    inet 127.0.0.1/8 scope host lo\n       valid_lft forever preferred_lft forever\n    inet6 ::1/128 scope host\n',
  '9: vx0@if4: <UP> mtu 1450 master br1 state UP\n    link/ether a6:9e:51:70:79:5f brd ff:ff:ff:ff:ff:ff link-netns x promiscuity 1\n    vxlan id 42 remote 192.0.2.77 dev d0 dstport 4789 nolearning\n    bridge_slave state forwarding hairpin off learning on flood on isolated off\n',
  '[{"ifindex":2,"link_index":3,"ifname":"eth0","flags":["UP"],"mtu":1500,"linkinfo":{"info_kind":"veth"},"addr_info":[{"family":"inet","local":"10.56.0.11","prefixlen":24,"scope":"global","label":"eth0"}]},\n{"ifindex":3,"ifname":"x"}]',
  'default via 10.0.0.1 dev eth0 proto dhcp metric 100\n10.20.0.0/16 proto static\n\tnexthop via 192.0.2.10 dev d0 weight 3\nunreachable default dev lo metric 4294967295 pref medium\n',
  '[{"dst":"default","gateway":"10.0.0.1","dev":"eth0","flags":[]},{"dst":"fe80::/64","dev":"eth0","metric":256,"flags":[],"metrics":[{"mtu":1280}]}]',
  '0:\tfrom all lookup local\n14:\tnot from 10.0.0.0/8 fwmark 0x2/0xf iif a [detached] lookup main suppress_prefixlength 0\n',
  '192.0.2.34 dev d0 lladdr 02:00:00:00:00:34 REACHABLE\n? (192.0.2.1) at 02:00:00:00:00:01 [ether] on eth0\n',
  '02:00:00:00:01:01 dev v0 dst 10.0.0.1 vlan 1 master br0 static\n',
  'net.ipv4.conf.eth0/5.rp_filter = 2\nnet/ipv4/ip_forward=1\n',
  'tcp LISTEN 0 9 *:80 *:* users:(("a",pid=1,fd=2))\nudp UNCONN 0 0 127.0.0.53%lo:53 0.0.0.0:*\n',
  'ipv4 2 tcp 6 59 ESTABLISHED src=10.0.0.1 dst=10.0.0.2 sport=1 dport=2 src=10.0.0.2 dst=10.0.0.1 sport=2 dport=1 [ASSURED] mark=0 use=1\n',
  'eth0: flags=4163<UP,RUNNING>  mtu 1450\n        inet 10.0.0.5  netmask 255.255.255.0\nDestination     Gateway         Genmask         Flags Metric Ref    Use Iface\n0.0.0.0 10.0.0.1 0.0.0.0 UG 0 0 0 eth0\n',
]

/** Real text with pieces cut out, doubled, put elsewhere or replaced by what is special to one of the formats. */
const piece = fc.oneof(
  fc.constantFrom(
    '\n',
    '\\',
    '@',
    ':',
    '::',
    '/',
    '/33',
    '/999',
    '[',
    ']',
    '{',
    '}',
    '"',
    '<',
    '>',
    '\u001b[31m',
    '\r',
    ' ',
    '\t',
    'nexthop',
    'via',
    'dev',
    'default',
    'inet',
    'encap',
    '%',
    '=',
    '__proto__',
    'constructor',
    'toString',
  ),
  fc.string({ maxLength: 5 }),
)
const mutated = fc
  .tuple(fc.constantFrom(...SAMPLES), fc.array(fc.tuple(fc.nat(400), fc.nat(12), piece), { maxLength: 6 }))
  .map(([text, edits]) =>
    edits.reduce(
      (out, [at, length, insert]) => out.slice(0, at % (out.length + 1)) + insert + out.slice((at % (out.length + 1)) + length),
      text,
    ),
  )

test('no reader throws, and every fact and note has a line of the text', () => {
  fc.assert(
    fc.property(mutated, (text) => {
      const lines = text.split('\n').length
      for (const read of READERS) {
        const { facts, notes } = read(text, 'f')
        for (const { source } of [...facts, ...notes]) expect(source.line >= 1 && source.line <= lines).toBe(true)
      }
    }),
    { numRuns: 1500 },
  )
})

test('a line more never costs the facts before it', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: SAMPLES.length - 1 }), fc.string({ maxLength: 30 }), (sample, junk) => {
      const text = SAMPLES[sample] as string
      for (const read of READERS) expect(read(`${text}\n${junk}`, 'f').facts.length).toBeGreaterThanOrEqual(read(text, 'f').facts.length)
    }),
  )
})

test('hostile lines take linear time', () => {
  const n = 60_000
  const hostile = [
    '# ',
    '1: a',
    'eth0: flags=1<UP>  mtu 1\n UP',
    '? (1.2.3.4) at x',
    'a',
    '',
    '10.0.0.0/8 ',
    'tcp LISTEN 0 0 *:80 ',
    '[',
    'a.b',
    'tcp 6 1 src=1.1.1.1 ',
  ].flatMap((head) =>
    [' ', 'a ', '\\ ', '[', ':', '\n', 'via ', 'users:(("a ', '='].map((unit) => `${head}${unit.repeat(n / unit.length)}x`),
  )
  for (const text of hostile) for (const read of READERS) read(text, 'f')
})
