import { describe, expect, test } from 'vitest'
import type { Machine } from './testing/machines.ts'
import { BACKENDS, save } from './testing/rulesets.ts'
import { engineOfMachines, expectWay } from './testing/story.ts'

const HOST: Machine = {
  devices: 'eth0 192.0.2.10/24 2001:db8::10/64\nbr0 bridge 10.1.0.1/24\nva@h/a:eth0 master=br0',
  routes: 'default via 192.0.2.1 dev eth0\ndefault via 2001:db8::1 dev eth0 metric 1024 pref medium',
  sysctl: 'net.ipv4.ip_forward = 1',
}
const POD: Machine = {
  devices: 'eth0@h:va 10.1.0.2/24',
  routes: 'default via 10.1.0.1 dev eth0',
  ss: 'tcp LISTEN 0 5 *:80 *:*\nudp UNCONN 0 0 *:53 *:*',
}
const engineWith = (host: Machine = {}, pod: Machine = {}) =>
  engineOfMachines({ h: { ...HOST, ...host, sysctl: `${HOST.sysctl}\n${host.sysctl ?? ''}` }, 'h/a': { ...POD, ...pod } })
const client = { from: 'outside', host: 'h', iif: 'eth0', src: '203.0.113.5' }

describe('the endpoint', () => {
  const SS = `
    tcp   LISTEN 0 5 127.0.0.1:631      0.0.0.0:*
    tcp   LISTEN 0 5 192.0.2.10:9000    0.0.0.0:*
    tcp   LISTEN 0 5 0.0.0.0:22         0.0.0.0:*
    tcp   LISTEN 0 5 *:80               *:*
    tcp   LISTEN 0 5 [::]:6000          [::]:*
    tcp   LISTEN 0 5 0.0.0.0%br0:7000   0.0.0.0:*
    tcp   ESTAB  0 0 192.0.2.10:4000    203.0.113.5:443
    udp   UNCONN 0 0 127.0.0.53%lo:53   0.0.0.0:*
    udp   UNCONN 0 0 0.0.0.0:8472       0.0.0.0:*`
  const engine = engineWith({ ss: SS })
  test.each([
    ['192.0.2.10:22', 'connects'],
    ['192.0.2.10:80', 'connects'],
    ['192.0.2.10:9000', 'connects'],
    ['10.1.0.1:9000', 'refused'],
    ['192.0.2.10:631', 'refused'],
    ['192.0.2.10:6000', 'refused'],
    ['192.0.2.10:7000', 'refused'],
    ['192.0.2.10:4000', 'refused'],
    ['192.0.2.10:1', 'refused'],
    ['192.0.2.10:8472/udp', 'connects'],
    ['192.0.2.10:53/udp', 'refused'],
    ['192.0.2.10:22/udp', 'refused'],
    ['192.0.2.10', 'connects'],
    ['192.0.2.10/gre', 'unknown'],
  ])('from outside to %s: %s', (to, connection) => void expectWay(engine, { ...client, to }, `delivered ${connection} at=h:eth0`))

  test.each([
    ['[2001:db8::10]:80', 'connects'],
    ['[2001:db8::10]:6000', 'connects'],
    ['[2001:db8::10]:22', 'refused'],
  ])(
    'and over IPv6 to %s: %s',
    (to, connection) => void expectWay(engine, { ...client, src: '2001:db8:9::5', to }, `delivered ${connection}`),
  )

  test.each([
    ['127.0.0.1:631', 'connects'],
    ['127.0.0.53:53/udp', 'connects'],
    ['127.0.0.1:9000', 'refused'],
    ['10.1.0.1:22', 'connects'],
  ])(
    'from the host itself to %s: %s',
    (to, connection) => void expectWay(engine, { from: 'host/h', to }, `delivered ${connection} at=h:lo`),
  )

  test('without a list of sockets nobody knows who listens', () => {
    expectWay(engineWith(), { ...client, to: '192.0.2.10:80' }, 'delivered unknown missing=ss.txt')
    expectWay(engineWith(), { ...client, to: '192.0.2.10' }, 'delivered connects')
  })

  test('a broadcast gets no answer that counts', () => {
    expectWay(engine, { ...client, src: '10.1.0.2', iif: 'br0', to: '10.1.0.255:8472/udp' }, 'delivered unknown reply=none')
  })

  test('pings may be ignored', () => {
    expectWay(engineWith({ sysctl: 'net.ipv4.icmp_echo_ignore_all = 1' }), { ...client, to: '192.0.2.10' }, 'delivered timeout reply=none')
    expectWay(
      engineWith({ sysctl: 'net.ipv4.icmp_echo_ignore_all = 1' }),
      { ...client, to: '[2001:db8::10]', src: '2001:db8:9::5' },
      'delivered connects',
    )
    expectWay(
      engineWith({ sysctl: 'net.ipv6.icmp.echo_ignore_all = 1' }),
      { ...client, to: '[2001:db8::10]', src: '2001:db8:9::5' },
      'delivered timeout',
    )
  })
})

describe.each(BACKENDS)('the answer’s way back, %s', (_, ruleset) => {
  test('it may be filtered', () => {
    const out = ruleset({
      iptables: '*filter\n-A OUTPUT -p tcp -m tcp --sport 80 -j DROP',
      nft: 'table inet filter {\nchain OUTPUT {\ntype filter hook output priority filter; policy accept;\ntcp sport 80 drop\n}\n}',
    })
    expectWay(
      engineWith({ ...out, ss: 'tcp LISTEN 0 5 *:80 *:*' }),
      { ...client, to: '192.0.2.10:80' },
      'delivered timeout reply:dropped reply:by=filter/OUTPUT/1',
    )
    // Even the refusal does not come through.
    expectWay(engineWith({ ...out, ss: '' }), { ...client, to: '192.0.2.10:80' }, 'delivered timeout reply:dropped')
  })

  test('it may be stopped on the way by a rule for one direction', () => {
    const forward = ruleset({
      iptables: '*filter\n:FORWARD DROP\n-A FORWARD -i eth0 -j ACCEPT',
      nft: 'table inet filter {\nchain FORWARD {\ntype filter hook forward priority filter; policy drop;\niifname "eth0" accept\n}\n}',
    })
    expectWay(
      engineWith(forward),
      { ...client, to: '10.1.0.2:80' },
      'delivered timeout at=h/a:eth0 reply:dropped reply:policy=filter/FORWARD',
    )
  })
})

describe('the answer’s route', () => {
  test.each([
    ['tcp_fwmark_accept', '192.0.2.10:80', 'tcp LISTEN 0 5 *:80 *:*', 'eth1'],
    ['tcp_fwmark_accept', '192.0.2.10:81', 'tcp LISTEN 0 5 *:80 *:*', 'eth0'],
    ['fwmark_reflect', '192.0.2.10:81', 'tcp LISTEN 0 5 *:80 *:*', 'eth1'],
    ['fwmark_reflect', '192.0.2.10:80', 'tcp LISTEN 0 5 *:80 *:*', 'eth0'],
    ['fwmark_reflect', '192.0.2.10', '', 'eth1'],
    ['tcp_fwmark_accept', '192.0.2.10', '', 'eth0'],
  ])('%s routes the answer to %s by the mark of the question', (setting, to, ss, device) => {
    const engine = engineWith({
      devices: `${HOST.devices}\neth1 198.51.100.10/24`,
      routes: `${HOST.routes}\ndefault via 198.51.100.1 dev eth1 table 9`,
      rules: '0: from all lookup local\n9: from all fwmark 0x9 lookup 9\n32766: from all lookup main\n32767: from all lookup default',
      iptables: save('*mangle\n-A PREROUTING -i eth0 -j MARK --set-xmark 0x9/0xffffffff'),
      sysctl: `net.ipv4.${setting} = 1`,
      ss,
    })
    expectWay(engine, { ...client, to }, `delivered reply:at=h:${device}`)
  })

  test('there may be none', () => {
    const engine = engineWith({}, { routes: '' })
    expectWay(engine, { ...client, to: '10.1.0.2:80' }, 'delivered timeout at=h/a:eth0 reply:no-route')
  })

  test('it may leave by another interface than the question came in by, and the answer says so', () => {
    const engine = engineWith({
      devices: `${HOST.devices}\neth1 198.51.100.10/24`,
      routes: `${HOST.routes}\n203.0.113.0/24 via 198.51.100.1 dev eth1`,
      ss: 'tcp LISTEN 0 5 *:80 *:*',
    })
    expectWay(engine, { ...client, to: '192.0.2.10:80' }, 'delivered reply:at=h:eth1 reply:assumes=eth1')
  })

  test('one that leads elsewhere does not reach a neighbour on the link', () => {
    const engine = engineWith({
      routes: `${HOST.routes}\n192.0.2.77/32 via 198.51.100.1 dev eth1`,
      devices: `${HOST.devices}\neth1 198.51.100.10/24`,
      ss: 'tcp LISTEN 0 5 *:80 *:*',
    })
    expectWay(engine, { ...client, src: '192.0.2.77', to: '192.0.2.10:80' }, 'delivered timeout')
  })
})

describe('beyond the evidence', () => {
  test('a private source gets no answer from outside', () => {
    expectWay(engineWith(), { from: 'netns/h/a', to: '203.0.113.9:80' }, 'forwarded timeout src=10.1.0.2:45678')
  })

  test('a masqueraded one does', () => {
    const engine = engineWith({ iptables: save('*nat\n-A POSTROUTING -o eth0 -j MASQUERADE') })
    expectWay(engine, { from: 'netns/h/a', to: '203.0.113.9:80' }, 'forwarded connects src=192.0.2.10:45678 reply:at=h/a:eth0')
    expectWay(engineWith(), { from: 'host/h', to: '203.0.113.9:80' }, 'forwarded connects src=192.0.2.10:45678')
  })

  test('the answer to a masqueraded packet passes FORWARD too', () => {
    const engine = engineWith({
      iptables: save('*nat\n-A POSTROUTING -o eth0 -j MASQUERADE\n*filter\n:FORWARD DROP\n-A FORWARD -i br0 -j ACCEPT'),
    })
    expectWay(engine, { from: 'netns/h/a', to: '203.0.113.9:80' }, 'forwarded timeout reply:dropped reply:policy=filter/FORWARD')
  })
})

test('errors that the sender hears of, and those it does not', () => {
  const rejects = (kind: string) => engineWith({ iptables: save(`*filter\n-A INPUT -p tcp -j REJECT --reject-with ${kind}`) })
  const seen = (kind: string) => expectWay(rejects(kind), { ...client, to: '192.0.2.10:80' }, 'rejected')[0]?.connection
  expect(['tcp-reset', 'icmp-port-unreachable', 'icmp-host-unreachable', 'icmp-net-prohibited', 'icmp-admin-prohibited'].map(seen)).toEqual(
    ['refused', 'refused', 'unreachable', 'unreachable', 'unreachable'],
  )
  const drops = engineWith({ iptables: save('*filter\n-A OUTPUT -j DROP') })
  expectWay(drops, { from: 'host/h', to: '203.0.113.9:80' }, 'dropped timeout answer=none')
  expectWay(drops, { from: 'host/h', to: '203.0.113.9:53/udp' }, 'dropped unreachable answer=EPERM')
})
