import { describe, test } from 'vitest'
import { engineOfMachines, expectWay } from './testing/story.ts'

const UPLINK = 'eth0 192.0.2.10/24 2001:db8::10/64'
const DEFAULT = 'default via 192.0.2.1 dev eth0'
const router = (more: { sysctl?: string; routes?: string; rules?: string; devices?: string } = {}) =>
  engineOfMachines({
    h: {
      devices: `${UPLINK}\neth1 198.51.100.10/24\nbr0 bridge 10.1.0.1/24\nv1@if9 master=br0\n${more.devices ?? ''}`,
      routes: `${DEFAULT}\n${more.routes ?? ''}`,
      sysctl: `net.ipv4.ip_forward = 1\nnet.ipv6.conf.all.forwarding = 1\n${more.sysctl ?? ''}`,
      ...(more.rules === undefined ? {} : { rules: more.rules }),
    },
  })
const outside = (to: string, src = '203.0.113.5', iif = 'eth0') => ({ from: 'outside', host: 'h', iif, src, to })

describe('what comes in', () => {
  test.each([
    ['is forwarded where a route leads', '10.1.0.9:80', {}, 'forwarded dev=br0 ttl=63'],
    ['is delivered where the address is the host', '192.0.2.10:80', {}, 'delivered at=h:eth0 ttl=64'],
    ['is delivered to an address of another device', '10.1.0.1:80', {}, 'delivered at=h:eth0'],
    ['is not forwarded where forwarding is off', '10.1.0.9:80', { sysctl: 'net.ipv4.ip_forward = 0' }, 'dropped forwarding-off timeout'],
    [
      'is not forwarded where forwarding is off for the device',
      '10.1.0.9:80',
      { sysctl: 'net.ipv4.conf.eth0.forwarding = 0' },
      'dropped forwarding-off',
    ],
    ['is delivered to the host all the same', '192.0.2.10:80', { sysctl: 'net.ipv4.ip_forward = 0' }, 'delivered'],
    ['dies at a blackhole', '10.9.0.1:80', { routes: 'blackhole 10.9.0.0/16' }, 'dropped blackhole timeout answer=none'],
    [
      'is told of an unreachable route',
      '10.9.0.1:80',
      { routes: 'unreachable 10.9.0.0/16' },
      'rejected unreachable answer=icmp-host-unreachable',
    ],
    ['is told of a prohibited route', '10.9.0.1:80', { routes: 'prohibit 10.9.0.0/16' }, 'rejected prohibit answer=icmp-admin-prohibited'],
    ['is lost to 0.0.0.0/8', '0.1.2.3:80', {}, 'dropped martian'],
    ['is not taken for loopback', '127.0.0.1:80', {}, 'dropped martian'],
    ['is taken for loopback with route_localnet', '127.0.0.1:80', { sysctl: 'net.ipv4.conf.eth0.route_localnet = 1' }, 'delivered'],
    ['is taken for loopback with route_localnet of all', '127.0.0.1:80', { sysctl: 'net.ipv4.conf.all.route_localnet = 1' }, 'delivered'],
  ])('%s', (_, to, more, expected) => void expectWay(router(more), outside(to), expected))

  test.each([
    ['127.0.0.1', 'dropped martian'],
    ['224.0.0.5', 'dropped martian'],
    ['255.255.255.255', 'dropped martian'],
    ['0.0.0.9', 'dropped martian'],
    ['192.0.2.10', 'dropped martian'],
    ['10.1.0.1', 'dropped martian'],
    ['10.1.0.77', 'delivered'],
  ])('from %s: %s', (src, expected) => void expectWay(router(), outside('192.0.2.10:80', src), expected))

  test('a TTL of 1 is not forwarded, and is delivered', () => {
    expectWay(router(), { ...outside('10.1.0.9:80'), ttl: 1 }, 'rejected ttl-exceeded answer=icmp-ttl-exceeded')
    expectWay(router(), { ...outside('10.1.0.9:80'), ttl: 2 }, 'forwarded ttl=1')
    expectWay(router(), { ...outside('192.0.2.10:80'), ttl: 1 }, 'delivered ttl=1')
  })

  test('a packet that does not fit is told so where it may not be fragmented', () => {
    const engine = router({ devices: 'wg0 tun mtu=1420 10.2.0.1/24', routes: '10.3.0.0/16 via 10.2.0.3 dev wg0 mtu 1300' })
    expectWay(engine, { ...outside('10.2.0.9:80'), length: 1421 }, 'rejected too-big answer=icmp-frag-needed')
    expectWay(engine, { ...outside('10.2.0.9:80'), length: 1420 }, 'forwarded')
    expectWay(engine, { ...outside('10.2.0.9:53/udp'), length: 1421 }, 'forwarded')
    expectWay(engine, { ...outside('10.3.0.9:80'), length: 1301 }, 'rejected too-big')
  })

  test('without a default route there may be no route at all', () => {
    const engine = engineOfMachines({ h: { devices: UPLINK, sysctl: 'net.ipv4.ip_forward = 1' } })
    const neighbour = { ...outside('8.8.8.8:53/udp'), src: '192.0.2.5' }
    expectWay(engine, neighbour, 'rejected no-route answer=icmp-net-unreachable unreachable')
    expectWay(engine, outside('8.8.8.8:53/udp'), 'rejected no-route answer=icmp-net-unreachable timeout') // nor is there a way back
    expectWay(engine, { from: 'host/h', to: '8.8.8.8:53/udp' }, 'dropped no-route answer=ENETUNREACH unreachable')
  })

  test('a multipath route forks by weight', () => {
    const engine = router({ routes: '10.4.0.0/16\n nexthop via 192.0.2.4 dev eth0 weight 1\n nexthop via 198.51.100.4 dev eth1 weight 3' })
    expectWay(
      engine,
      outside('10.4.0.1:80', '10.1.0.7', 'br0'),
      'forwarded p=0.25 dev=eth0 via=192.0.2.4',
      'forwarded p=0.75 dev=eth1 via=198.51.100.4',
    )
  })

  test('a rule for a mark or a device of entry leads elsewhere', () => {
    const engine = router({
      routes: 'default via 198.51.100.1 dev eth1 table 100',
      rules: '0: from all lookup local\n50: from all iif br0 lookup 100\n32766: from all lookup main\n32767: from all lookup default',
    })
    expectWay(engine, outside('8.8.8.8:53/udp', '10.1.0.7', 'br0'), 'forwarded dev=eth1 table=100')
    expectWay(engine, { from: 'host/h', to: '8.8.8.8:53/udp' }, 'forwarded dev=eth0 table=main')
  })
})

describe('reverse-path filtering', () => {
  const strict = 'net.ipv4.conf.all.rp_filter = 1'
  const loose = 'net.ipv4.conf.eth0.rp_filter = 2'
  test.each([
    ['strict', strict, '198.51.100.77', 'dropped rp-filter'],
    ['strict', strict, '203.0.113.5', 'delivered'],
    ['loose', loose, '198.51.100.77', 'delivered'],
    ['the larger of both', `${strict}\n${loose}`, '198.51.100.77', 'delivered'],
    [
      'off for all, strict for the device',
      'net.ipv4.conf.all.rp_filter = 0\nnet.ipv4.conf.eth0.rp_filter = 1',
      '198.51.100.77',
      'dropped rp-filter',
    ],
    ['off', 'net.ipv4.conf.all.rp_filter = 0', '198.51.100.77', 'delivered'],
    ['strict, and the source an own address', strict, '198.51.100.10', 'dropped martian'],
    ['accept_local', 'net.ipv4.conf.eth0.accept_local = 1', '198.51.100.10', 'delivered'],
    [
      'accept_local and strict: the way back is by another device',
      `${strict}\nnet.ipv4.conf.eth0.accept_local = 1`,
      '198.51.100.10',
      'dropped rp-filter',
    ],
  ])('%s: %s, from %s: %s', (_, sysctl, src, expected) => void expectWay(router({ sysctl }), outside('192.0.2.10:80', src), expected))

  test('loose: a source without any route back', () => {
    const engine = engineOfMachines({ h: { devices: UPLINK, sysctl: 'net.ipv4.conf.all.rp_filter = 2' } })
    expectWay(engine, outside('192.0.2.10:80'), 'dropped rp-filter')
    expectWay(engine, outside('192.0.2.10:80', '192.0.2.77'), 'delivered')
  })

  test('the way back is looked up with the mark only if src_valid_mark says so', () => {
    const more = (sysctl: string) =>
      engineOfMachines({
        h: {
          devices: `${UPLINK}\neth1 198.51.100.10/24`,
          routes: `default via 198.51.100.1 dev eth1\ndefault via 192.0.2.1 dev eth0 table 7`,
          rules: '0: from all lookup local\n5: from all fwmark 0x7 lookup 7\n32766: from all lookup main\n32767: from all lookup default',
          sysctl: `net.ipv4.conf.all.rp_filter = 1\n${sysctl}`,
          iptables: '*mangle\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -i eth0 -j MARK --set-xmark 0x7/0xffffffff\nCOMMIT\n',
        },
      })
    expectWay(more(''), outside('192.0.2.10:80'), 'dropped rp-filter mark=0x7')
    expectWay(more('net.ipv4.conf.eth0.src_valid_mark = 1'), outside('192.0.2.10:80'), 'delivered')
  })

  test('IPv6 has none', () => {
    expectWay(router({ sysctl: strict }), outside('[2001:db8::10]:80', 'fd99::1'), 'delivered')
  })
})

describe('what the host itself sends', () => {
  test.each([
    ['the address of the way out', '8.8.8.8:53/udp', 'forwarded src=192.0.2.10 dev=eth0 via=192.0.2.1'],
    ['the address of the network', '10.1.0.9:80', 'src=10.1.0.1 dev=br0 via=none'],
    ['its own address towards itself', '192.0.2.10:80', 'delivered src=192.0.2.10 at=h:lo'],
    ['loopback towards loopback', '127.0.0.9:80', 'delivered src=127.0.0.1 at=h:lo'],
    ['the route’s own source', '172.30.1.1:80', 'src=10.1.0.1 dev=eth0'],
    ['IPv6 of the same scope', '[2001:db8::77]:80', 'src=2001:db8::10 dev=eth0'],
  ])('takes %s', (_, to, expected) => {
    expectWay(router({ routes: '172.30.0.0/16 via 192.0.2.9 dev eth0 src 10.1.0.1' }), { from: 'host/h', to }, expected)
  })

  test('a loopback source stays on lo, unless route_localnet lets it out', () => {
    expectWay(router(), { from: 'host/h', to: '10.1.0.9:80', src: '127.0.0.1' }, 'dropped invalid-source answer=EINVAL')
    expectWay(
      router({ sysctl: 'net.ipv4.conf.br0.route_localnet = 1' }),
      { from: 'host/h', to: '10.1.0.9:80', src: '127.0.0.1' },
      'forwarded src=127.0.0.1',
    )
    expectWay(router(), { from: 'host/h', to: '10.1.0.1:80', src: '127.0.0.1' }, 'delivered')
  })

  test.each([
    ['blackhole', 'EINVAL'],
    ['unreachable', 'EHOSTUNREACH'],
    ['prohibit', 'EACCES'],
  ])('a %s route is an error for the program: %s', (type, error) => {
    expectWay(
      router({ routes: `${type} 10.9.0.0/16` }),
      { from: 'host/h', to: '10.9.0.1:80' },
      `dropped ${type} answer=${error} unreachable`,
    )
  })

  test('it needs no forwarding', () => {
    expectWay(router({ sysctl: 'net.ipv4.ip_forward = 0' }), { from: 'host/h', to: '10.1.0.9:80' }, 'forwarded dev=br0 ttl=64')
  })
})

describe('IPv6', () => {
  const engine = (sysctl = 'net.ipv6.conf.all.forwarding = 1') =>
    engineOfMachines({
      h: {
        devices: 'eth0 2001:db8::10/64 fe80::10/64\nbr0 bridge fd00::1/64 fe80::1/64\nv1@if9 master=br0',
        routes: 'default via fe80::99 dev eth0 metric 1024 pref medium\nblackhole fd09::/16 dev lo metric 1024 pref medium',
        sysctl,
      },
    })
  const to = (destination: string, src = '2001:db8:9::5') => outside(destination, src)
  test.each([
    ['fd00::9', 'forwarded dev=br0 ttl=63'],
    ['2001:db8::10', 'delivered'],
    ['fd00::1', 'delivered at=h:eth0'],
    ['fd09::1', 'dropped blackhole'],
    ['::1', 'dropped martian'],
  ])('to %s: %s', (destination, expected) => void expectWay(engine(), to(`[${destination}]:80`), expected))

  test('all.forwarding is what counts', () => {
    expectWay(engine('net.ipv6.conf.all.forwarding = 0\nnet.ipv6.conf.eth0.forwarding = 1'), to('[fd00::9]:80'), 'dropped forwarding-off')
  })

  test.each([
    ['::1', 'dropped martian'],
    ['ff02::5', 'dropped martian'],
    ['fe80::77', 'rejected answer=icmp6-not-neighbour'],
  ])('a packet from %s is not forwarded: %s', (src, expected) => void expectWay(engine(), to('[fd00::9]:80', src), expected))

  test('a link-local address is one of the link', () => {
    expectWay(engine(), to('[fe80::10]:80', 'fe80::77'), 'delivered')
  })

  test('the hop limit', () => {
    expectWay(engine(), { ...to('[fd00::9]:80'), ttl: 1 }, 'rejected ttl-exceeded answer=icmp6-time-exceeded')
  })

  test('nothing is fragmented on the way', () => {
    expectWay(engine(), { ...to('[fd00::9]:53/udp'), length: 1501 }, 'rejected too-big answer=icmp6-packet-too-big')
  })
})

describe('what was not captured', () => {
  test('without routes only the networks of the addresses are known', () => {
    const engine = engineOfMachines({ h: { devices: UPLINK, routes: 'none' } })
    expectWay(engine, { from: 'host/h', to: '192.0.2.77:80' }, 'forwarded src=192.0.2.10')
    expectWay(engine, { from: 'host/h', to: '8.8.8.8:53/udp' }, 'unknown missing-evidence missing=ip-route.json')
    expectWay(engine, outside('8.8.8.8:53/udp'), 'unknown missing=ip-route.json')
  })

  test('IPv4 routes say nothing of IPv6', () => {
    const engine = engineOfMachines({ h: { devices: 'eth0 192.0.2.10/24', routes: DEFAULT } })
    expectWay(engine, { from: 'host/h', to: '[2001:db8:9::1]:80' }, 'unknown missing=ip-route.json')
  })

  test('connected routes tell the addresses', () => {
    const engine = engineOfMachines({}, [
      { path: 'hosts/h/ip-route.txt', text: `${DEFAULT}\n192.0.2.0/24 dev eth0 proto kernel scope link src 192.0.2.10\n` },
    ])
    expectWay(engine, outside('192.0.2.10:80'), 'delivered')
    expectWay(engine, { from: 'host/h', to: '8.8.8.8:53/udp' }, 'forwarded src=192.0.2.10')
  })

  test('a pod whose settings were not captured is taken not to forward, and a host to do so', () => {
    const engine = engineOfMachines({
      h: { devices: `${UPLINK}\nv1@h/p:eth0 10.9.0.1/24`, routes: '10.8.0.0/16 via 10.9.0.2 dev v1' },
      'h/p': { devices: 'eth0@h:v1 10.9.0.2/24', routes: 'default via 10.9.0.1 dev eth0' },
    })
    expectWay(engine, outside('10.8.0.9:80'), 'forwarding-off dropped at=h/p:eth0 ttl=63')
  })
})
