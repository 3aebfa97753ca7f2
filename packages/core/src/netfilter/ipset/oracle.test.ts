import { expect, test } from 'vitest'
import { parseAddress } from '../../net/address.ts'
import type { Packet } from '../../net/packet.ts'
import type { Scene } from '../scene.ts'
import { testElement } from './element-key.ts'
import { createSetOracle } from './oracle.ts'
import { readIpsetSave } from './save.ts'

const sets = readIpsetSave(
  `create net hash:net family inet
add net 10.0.0.0/8
add net 10.1.0.0/16 nomatch
add net 10.1.2.0/24
create ipport hash:ip,port family inet
add ipport 10.0.0.1,tcp:80
add ipport 10.0.0.1,icmp:echo-request
add ipport 10.0.0.1,vrrp:0
add ipport 10.0.0.2,tcp:8000-8002
create ports bitmap:port range 0-65535
add ports 80
create mac hash:ip,mac family inet
add mac 10.0.0.1,02:00:00:00:00:01
create anymac bitmap:ip,mac range 10.0.0.0-10.0.0.255
add anymac 10.0.0.1
create mark hash:ip,mark family inet markmask 0x000000ff
add mark 10.0.0.1,0x00000063
create masked hash:ip family inet netmask 24
add masked 10.0.0.0
create iface hash:net,iface family inet
add iface 10.0.0.0/8,eth1
add iface 10.0.0.0/24,eth0
add iface 10.0.1.0/24,physdev:eth0
add iface 10.0.2.0/24,cali wildcard
create netnet hash:net,net family inet
add netnet 10.0.0.0/8,192.0.2.0/24
add netnet 10.0.0.0/8,192.0.2.128/25 nomatch
create npn hash:net,port,net family inet
add npn 10.0.0.0/24,tcp:80,192.0.2.0/24
create six hash:net family inet6
add six 2001:db8::/32
create list list:set size 8
add list net
add list ipport
create holed list:set size 8
add holed net
add holed missing
`,
  'f',
).facts
const oracle = createSetOracle(sets)

const scene = (change: Partial<Packet> & { from?: string; to?: string; iif?: string; oif?: string }): Scene => {
  const { from = '10.0.0.1', to = '192.0.2.1', iif = 'eth0', oif = '', ...rest } = change
  const src = parseAddress(from) ?? 0
  const packet = {
    family: typeof src === 'number' ? 'ip' : 'ip6',
    src,
    dst: parseAddress(to) ?? 0,
    protocol: 6,
    sport: 40000,
    dport: 80,
    mark: 0,
    icmpType: -1,
    icmpCode: -1,
    ...rest,
  }
  return { packet, iif, oif } as unknown as Scene
}

test.each([
  ['the longest network wins', 'net', 'src', { from: '10.1.2.3' }, true],
  ['an exception inside a network does not match', 'net', 'src', { from: '10.1.3.3' }, false],
  ['outside the exception the network matches', 'net', 'src', { from: '10.2.3.4' }, true],
  ['dst looks at the destination', 'net', 'dst', { from: '10.2.3.4' }, false],
  ['a packet of the other family is in no set', 'net', 'src', { from: 'fd00::1', to: 'fd00::2' }, false],
  ['IPv6 networks', 'six', 'src', { from: '2001:db8::1', to: 'fd00::2' }, true],
  ['the second direction picks the port', 'ipport', 'src,dst', {}, true],
  ['the source port is another', 'ipport', 'src,src', {}, false],
  ['a port range in a restore file', 'ipport', 'src,dst', { from: '10.0.0.2', dport: 8002 }, true],
  ['protocols differ', 'ipport', 'src,dst', { protocol: 17 }, false],
  ['ICMP by type and code', 'ipport', 'src,dst', { protocol: 1, icmpType: 8, icmpCode: 0 }, true],
  ['other protocols have port 0', 'ipport', 'src,dst', { protocol: 112, dport: 0 }, true],
  ['too few directions never match', 'ipport', 'src', {}, false],
  ['bitmap:port takes UDP as well', 'ports', 'dst', { protocol: 17 }, true],
  ['bitmap:port does not take SCTP', 'ports', 'dst', { protocol: 132 }, false],
  ['MAC of the sender', 'mac', 'src,src', { sourceMac: '02:00:00:00:00:01' }, true],
  ['a packet made here has no MAC', 'mac', 'src,src', { iif: '' }, false],
  ['bitmap:ip,mac without MAC takes any', 'anymac', 'src,src', { sourceMac: '02:00:00:00:00:09' }, true],
  ['mark under markmask', 'mark', 'src,src', { mark: 0x4063 }, true],
  ['netmask of the set', 'masked', 'src', { from: '10.0.0.77' }, true],
  ['interface of the direction', 'iface', 'src,src', {}, true],
  ['a longer network hides the shorter one for all interfaces', 'iface', 'src,src', { iif: 'eth1' }, false],
  ['physdev elements match no rule, and hide nothing', 'iface', 'src,src', { from: '10.0.1.1', iif: 'eth1' }, true],
  ['a wildcard interface', 'iface', 'src,src', { from: '10.0.2.1', iif: 'cali12ab' }, true],
  ['no outgoing interface yet', 'iface', 'src,dst', {}, false],
  ['two networks', 'netnet', 'src,dst', {}, true],
  ['an exception in the second network', 'netnet', 'src,dst', { to: '192.0.2.200' }, false],
  ['net,port,net', 'npn', 'src,dst,dst', {}, true],
  ['a member of a list matches', 'list', 'src', { from: '10.2.0.1' }, true],
  ['list members with more dimensions need the directions', 'list', 'dst', { to: '10.0.0.1', from: '192.0.2.9' }, true],
  ['no member matches', 'list', 'src', { from: '192.0.2.9' }, false],
] as const)('%s', (_, set, directions, change, expected) => {
  expect(oracle.test(set, directions.split(',') as ('src' | 'dst')[], scene(change))).toBe(expected)
})

test('a set that is not in the evidence is not answered', () => {
  expect(oracle.test('nowhere', ['src'], scene({}))).toBeUndefined()
})

test('what is missing makes absence unknown, presence stays', () => {
  expect(oracle.test('holed', ['src'], scene({ from: '10.2.0.1' }))).toBe(true)
  expect(oracle.test('holed', ['src'], scene({ from: '192.0.2.1' }))).toMatchObject({ kind: 'unknown', evidence: 'ipset-save.txt' })
  expect(oracle.test('mac', ['src', 'src'], scene({}))).toMatchObject({ kind: 'unknown' })
  const cut = createSetOracle(sets.map((set) => ({ ...set, complete: false })))
  expect(cut.test('ipport', ['src', 'dst'], scene({}))).toBe(true)
  expect(cut.test('ipport', ['src', 'dst'], scene({ dport: 81 }))).toMatchObject({ kind: 'unknown' })
  expect(cut.test('net', ['src'], scene({ from: '10.2.3.4' }))).toMatchObject({ kind: 'unknown' })
})

test('a type that culprit does not know is unknown', () => {
  const { facts } = readIpsetSave('create x hash:quark\nadd x up\n', 'f')
  expect(createSetOracle(facts).test('x', ['src'], scene({}))).toMatchObject({ kind: 'unknown' })
})

test('--return-nomatch asks for the exceptions', () => {
  expect(oracle.test('net', ['src'], scene({ from: '10.1.3.3' }), { returnNomatch: true })).toBe(true)
  expect(oracle.test('net', ['src'], scene({ from: '10.2.3.4' }), { returnNomatch: true })).toBe(false)
})

test.each([
  ['net', '10.1.2.4', true],
  ['net', '10.0.0.0/8', true],
  ['net', '10.0.0.0/9', false],
  ['iface', '10.0.1.7,physdev:eth0', true],
  ['list', 'net', true],
  ['list', 'mac', false],
  ['ipport', '10.0.0.1,80', true],
  ['ipport', '10.0.0.1,udp:80', false],
])('ipset test %s %s: %s', (name, element, expected) => {
  const set = sets.find((candidate) => candidate.name === name)
  expect(set && testElement(set, element, oracle)).toBe(expected)
})

test('a hundred thousand networks are a few look-ups', () => {
  const lines = Array.from({ length: 100_000 }, (_, i) => `add big 10.${(i >>> 12) & 255}.${(i >>> 4) & 255}.${(i & 15) * 16}/28`)
  const big = createSetOracle(readIpsetSave(`create big hash:net family inet\n${lines.join('\n')}\n`, 'f').facts)
  const at = scene({ from: '10.1.1.1' })
  expect(big.test('big', ['src'], at)).toBe(true)
  const start = performance.now()
  for (let i = 0; i < 10_000; i++) big.test('big', ['src'], at)
  expect(performance.now() - start).toBeLessThan(1000)
})
