import { describe, expect, test } from 'vitest'
import { familyOf, formatAddress, parseAddress } from '../net/address.ts'
import { readIpRoute } from '../parse/ip/route.ts'
import { readIpRule } from '../parse/ip/rule.ts'
import { Fib, type FlowKey } from './fib.ts'

const address = (text: string) => parseAddress(text) ?? 0

/** What `ip route get` would say: the device and gateway, or what refuses; `-` when nothing answers. */
function get(routes: string, rules: string, to: string, flow: Partial<FlowKey> = {}): string {
  const dst = address(to)
  const family = familyOf(dst)
  const trim = (text: string) => text.trim().replaceAll(/^ +/gm, '')
  const fib = new Fib(family, readIpRoute(trim(routes), 'route').facts, rules ? readIpRule(trim(rules), 'rule', family).facts : [])
  const result = fib.lookup({ src: undefined, dst, iif: 'lo', mark: 0, tos: 0, protocol: 6, sport: 0, dport: 80, ...flow })
  switch (result.kind) {
    case 'none':
      return '-'
    case 'refused':
      return result.type
    case 'unknown':
      return 'unknown'
    case 'route':
      return result.nextHops.map((hop) => (hop.via === undefined ? `${hop.device}` : `${hop.device} ${formatAddress(hop.via)}`)).join(', ')
  }
}

describe('within a table', () => {
  const MAIN = `
    default via 192.0.2.1 dev eth0
    10.0.0.0/8 via 192.0.2.8 dev eth0
    10.1.0.0/16 dev br0 metric 20
    10.1.0.0/16 dev br1 metric 10
    10.1.2.0/24 dev br2 linkdown
    blackhole 10.9.0.0/16
    unreachable 10.9.1.0/24
    prohibit 10.9.2.0/24
    throw 10.9.3.0/24
    10.7.0.0/16 dev br7
    10.7.0.0/16 tos 0x10 dev br8 metric 50
    10.8.0.0/16 dev gone dead linkdown`
  test.each([
    ['8.8.8.8', 'eth0 192.0.2.1', 'the default route'],
    ['10.200.0.1', 'eth0 192.0.2.8', 'the longest prefix'],
    ['10.1.9.9', 'br1', 'the smaller metric, whatever the order'],
    ['10.1.2.3', 'br2', 'a device without carrier keeps its routes'],
    ['10.9.9.9', 'blackhole', 'a route that refuses'],
    ['10.9.1.1', 'unreachable', 'the longest prefix refuses otherwise'],
    ['10.9.2.1', 'prohibit', 'prohibit'],
    ['10.9.3.1', '-', 'throw leaves the table, and there is no other'],
    ['10.7.0.1', 'br7', 'no TOS: not the route for one'],
    ['10.8.0.1', 'eth0 192.0.2.8', 'a dead next hop is passed over for a shorter prefix'],
  ])('%s goes to %s: %s', (to, want) => expect(get(MAIN, '', to)).toBe(want))

  test('a route for a TOS comes before one without, whatever the metric', () => {
    expect(get(MAIN, '', '10.7.0.1', { tos: 0x10 })).toBe('br8')
    expect(get(MAIN, '', '10.7.0.1', { tos: 0x08 })).toBe('br7')
  })

  test('a device that is demanded passes over other routes', () => {
    expect(get(MAIN, '', '10.1.9.9', { oif: 'br0' })).toBe('br0')
    expect(get(MAIN, '', '10.1.9.9', { oif: 'eth0' })).toBe('eth0 192.0.2.8')
    expect(get(MAIN, '', '10.1.9.9', { oif: 'wlan0' })).toBe('-')
  })

  test('multipath routes give all living next hops', () => {
    const routes = `
      default proto static
       nexthop via 192.0.2.1 dev eth0 weight 1
       nexthop via 198.51.100.1 dev eth1 weight 3
       nexthop via 203.0.113.1 dev eth2 weight 1 dead linkdown`
    expect(get(routes, '', '8.8.8.8')).toBe('eth0 192.0.2.1, eth1 198.51.100.1')
  })

  test('IPv6 lists the members of a multipath route one by one', () => {
    const routes = `
      default via fe80::1 dev eth0 metric 1024 pref medium
      default via fe80::2 dev eth1 metric 1024 pref medium
      default via fe80::3 dev eth2 metric 2048 pref medium
      fd00::/64 dev br0 metric 256 pref medium
      fd00::/64 dev br1 metric 512 pref medium`
    expect(get(routes, '', '2001:db8::1')).toBe('eth0 fe80::1, eth1 fe80::2')
    expect(get(routes, '', 'fd00::5')).toBe('br0')
  })
})

describe('rules', () => {
  const ROUTES = `
    default via 192.0.2.1 dev eth0
    10.1.0.0/16 dev br0
    default dev wg0 table 51
    10.1.0.0/16 dev wg0 table 52
    throw 10.1.9.0/24 table 52
    default via 198.51.100.1 dev eth1 table 100`
  const AROUND = (rules: string) => `0: from all lookup local\n${rules.trim()}\n32766: from all lookup main\n32767: from all lookup default`

  test.each<readonly [rule: string, flow: Partial<FlowKey>, want: string]>([
    ['100: from all fwmark 0x1 lookup 100', { mark: 1 }, 'eth1 198.51.100.1'],
    ['100: from all fwmark 0x1 lookup 100', { mark: 3 }, 'eth0 192.0.2.1'],
    ['100: from all fwmark 0x1/0xf lookup 100', { mark: 0xf1 }, 'eth1 198.51.100.1'],
    ['100: from all fwmark 0/0x80000 lookup 100', { mark: 0x80000 }, 'eth0 192.0.2.1'],
    ['100: from all fwmark 0/0x80000 lookup 100', { mark: 0x4 }, 'eth1 198.51.100.1'],
    ['100: from 10.5.0.0/16 lookup 100', { src: address('10.5.1.1') }, 'eth1 198.51.100.1'],
    ['100: from 10.5.0.0/16 lookup 100', {}, 'eth0 192.0.2.1'],
    ['100: not from 10.5.0.0/16 lookup 100', { src: address('10.5.1.1') }, 'eth0 192.0.2.1'],
    ['100: not from 10.5.0.0/16 lookup 100', {}, 'eth1 198.51.100.1'],
    ['100: from all to 8.0.0.0/8 lookup 100', {}, 'eth1 198.51.100.1'],
    ['100: from all iif br0 lookup 100', { iif: 'br0' }, 'eth1 198.51.100.1'],
    ['100: from all iif lo lookup 100', {}, 'eth1 198.51.100.1'],
    ['100: from all oif eth1 lookup 100', { oif: 'eth1' }, 'eth1 198.51.100.1'],
    ['100: from all oif eth1 lookup 100', {}, 'eth0 192.0.2.1'],
    ['100: from all tos 0x10 lookup 100', { tos: 0x10 }, 'eth1 198.51.100.1'],
    ['100: from all tos 0x10 lookup 100', { tos: 0x11 }, 'eth1 198.51.100.1'],
    ['100: from all tos 0x10 lookup 100', {}, 'eth0 192.0.2.1'],
    ['100: from all ipproto udp dport 53 lookup 100', { protocol: 17, dport: 53 }, 'eth1 198.51.100.1'],
    ['100: from all ipproto udp dport 53 lookup 100', { protocol: 6, dport: 53 }, 'eth0 192.0.2.1'],
    ['100: from all sport 1000-2000 lookup 100', { sport: 2000 }, 'eth1 198.51.100.1'],
    ['100: from all sport 1000-2000 lookup 100', { sport: 2001 }, 'eth0 192.0.2.1'],
    ['100: from all uidrange 1000-1999 lookup 100', { uid: 1000 }, 'eth1 198.51.100.1'],
    ['100: from all uidrange 1000-1999 lookup 100', {}, 'eth0 192.0.2.1'],
    ['100: from all blackhole', {}, 'blackhole'],
    ['100: from all unreachable', {}, 'unreachable'],
    ['100: from all prohibit', {}, 'prohibit'],
    ['100: from all nop', {}, 'eth0 192.0.2.1'],
    ['100: from all goto 32767\n32700: from all lookup 100', {}, '-'],
    ['100: from all goto 200\n150: from all blackhole\n200: from all nop', {}, 'eth0 192.0.2.1'],
    ['100: from all goto 99 [unresolved]', {}, 'eth0 192.0.2.1'],
    ['100: from all lookup 4711', {}, 'eth0 192.0.2.1'],
    ['100: from all tun_id 7 lookup 100', {}, 'unknown'],
    ['100: from 10.5.0.0/16 tun_id 7 lookup 100', {}, 'eth0 192.0.2.1'],
  ])('%s', (rule, flow, want) => expect(get(ROUTES, AROUND(rule), '8.8.8.8', flow)).toBe(want))

  test("a VPN that keeps the main table's special routes: suppress_prefixlength", () => {
    const rules = AROUND('100: from all lookup main suppress_prefixlength 0\n101: not from all fwmark 0xca6c lookup 51')
    expect(get(ROUTES, rules, '10.1.1.1')).toBe('br0')
    expect(get(ROUTES, rules, '8.8.8.8')).toBe('wg0')
    expect(get(ROUTES, rules, '8.8.8.8', { mark: 0xca6c })).toBe('eth0 192.0.2.1')
  })

  test('throw in a table goes on with the next rule', () => {
    const rules = AROUND('5270: from all lookup 52')
    expect(get(ROUTES, rules, '10.1.1.1')).toBe('wg0')
    expect(get(ROUTES, rules, '10.1.9.1')).toBe('br0')
  })

  test('IPv6 prefers a route by the device asked for to a throw of the same prefix (rt6_device_match); IPv4 does not', () => {
    const six = 'throw fd00:42::/64 metric 50\nfd00:42::/64 dev cni0 metric 256'
    expect(get(six, '', 'fd00:42::12', { oif: 'cni0' })).toBe('cni0')
    expect(get(six, '', 'fd00:42::12', { oif: 'eth0' })).toBe('-')
    expect(get(six, '', 'fd00:42::12')).toBe('-')
    const four = 'throw 10.42.0.0/24\n10.42.0.0/24 dev cni0 metric 256'
    expect(get(four, '', '10.42.0.12', { oif: 'cni0' })).toBe('-')
  })

  test('a namespace without a rule for main reaches nothing', () => {
    expect(get(ROUTES, '0: from all lookup local', '8.8.8.8')).toBe('-')
  })

  test('rules are asked by priority, and those of one priority in their order', () => {
    const rules = '32766: from all lookup main\n50: from all lookup 100\n50: from all blackhole\n0: from all lookup local'
    expect(get(ROUTES, rules, '8.8.8.8')).toBe('eth1 198.51.100.1')
  })
})

test('a table that a rule asks and nobody showed is not an empty one', () => {
  const routes = readIpRoute('default via 192.0.2.1 dev eth0\n192.0.2.0/24 dev eth0 scope link', 'route').facts
  const rules = readIpRule(
    '0: from all lookup local\n5270: from all lookup 52\n32766: from all lookup main\n32767: from all lookup default',
    'rule',
    'ip',
  ).facts
  const flow = { src: undefined, dst: address('172.17.0.2'), iif: 'lo', mark: 0, tos: 0, protocol: 6, sport: 0, dport: 80 }
  expect(new Fib('ip', routes, rules, true, false).lookup(flow)).toMatchObject({ kind: 'unknown', evidence: 'ip-route.json' })
  expect(new Fib('ip', routes, rules, true, true).lookup(flow)).toMatchObject({ kind: 'route' })
  const known = [...routes, ...readIpRoute('10.0.0.0/8 dev tun0 table 52', 'route').facts]
  expect(new Fib('ip', known, rules, true, false).lookup(flow)).toMatchObject({ kind: 'route' })
})
