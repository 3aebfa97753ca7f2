import { describe, expect, it } from 'vitest'
import { addr, type Files, nat, on, told } from '../testing/bundle.ts'

const KUBE = nat(
  '-A PREROUTING -j KUBE-SERVICES',
  '-A OUTPUT -j KUBE-SERVICES',
  '-A KUBE-SERVICES -d 10.96.0.1/32 -j KUBE-SVC-A',
  '-A KUBE-SVC-A -j RETURN',
)

const sysctl = (values: Readonly<Record<string, number>>, whole = false): string =>
  Object.entries(values)
    .map(([key, value]) => `${key} = ${value}\n`)
    .join('') + (whole ? Array.from({ length: 60 }, (_, i) => `net.ipv4.conf.x${i}.rp_filter = 0\n`).join('') : '')

type Story = readonly [check: string, story: string, files: Files, expected: readonly string[] | string | RegExp]

const STORIES: readonly Story[] = [
  [
    'default-route',
    'there is none',
    on('n1', { 'ip-route.txt': '10.0.0.0/24 dev eth0 proto kernel scope link src 10.0.0.1\n' }),
    ['error route.missing-default n1 default'],
  ],
  ['default-route', 'there is one', on('n1', { 'ip-route.txt': 'default via 10.0.0.254 dev eth0\n' }), 'passed'],
  [
    'default-route',
    'none, on a host of Docker alone',
    on('n1', {
      'ip-addr.txt': addr({ docker0: '172.17.0.1/16' }),
      'ip-route.txt': '172.17.0.0/16 dev docker0 proto kernel scope link src 172.17.0.1\n',
    }),
    ['warning route.missing-default n1 default'],
  ],
  [
    'default-route',
    'a VPN halves the world',
    on('n1', { 'ip-route.txt': '0.0.0.0/1 via 10.8.0.1 dev tun0\n128.0.0.0/1 via 10.8.0.1 dev tun0\n' }),
    'passed',
  ],
  ['default-route', 'routes were not captured', on('n1', { 'ip-addr.txt': addr({ eth0: '10.0.0.1/24' }) }), /ip-route/],
  [
    'ip-forward',
    'off, with a bridge of Docker',
    on('n1', { 'ip-addr.txt': addr({ docker0: '172.17.0.1/16' }), 'sysctl.txt': sysctl({ 'net.ipv4.ip_forward': 0 }) }),
    ['error host.forwarding-off n1 net.ipv4.ip_forward'],
  ],
  [
    'ip-forward',
    'off for one bridge',
    on('n1', {
      'ip-addr.txt': addr({ cni0: '10.244.1.1/24' }),
      'sysctl.txt': sysctl({ 'net.ipv4.ip_forward': 1, 'net.ipv4.conf.cni0.forwarding': 0 }),
    }),
    ['error host.forwarding-off n1 net.ipv4.conf.cni0.forwarding'],
  ],
  [
    'ip-forward',
    'off, and nothing to forward for',
    on('n1', { 'ip-addr.txt': addr({ eth0: '10.0.0.1/24' }), 'sysctl.txt': sysctl({ 'net.ipv4.ip_forward': 0 }) }),
    /^skipped/,
  ],
  [
    'bridge-netfilter',
    'off under kube-proxy and cni0',
    on('n1', {
      'ip-addr.txt': addr({ cni0: '10.244.1.1/24' }),
      'iptables-save.txt': KUBE,
      'sysctl.txt': sysctl({ 'net.bridge.bridge-nf-call-iptables': 0 }),
    }),
    ['error host.bridge-netfilter n1 net.bridge.bridge-nf-call-iptables'],
  ],
  [
    'bridge-netfilter',
    'the module is not loaded at all',
    on('n1', {
      'ip-addr.txt': addr({ cni0: '10.244.1.1/24' }),
      'iptables-save.txt': KUBE,
      'sysctl.txt': sysctl({ 'net.ipv4.ip_forward': 1 }, true),
    }),
    ['error host.bridge-netfilter n1 net.bridge.bridge-nf-call-iptables'],
  ],
  [
    'bridge-netfilter',
    'on',
    on('n1', {
      'ip-addr.txt': addr({ cni0: '10.244.1.1/24' }),
      'iptables-save.txt': KUBE,
      'sysctl.txt': sysctl({ 'net.bridge.bridge-nf-call-iptables': 1 }),
    }),
    'passed',
  ],
  [
    'addresses-unique',
    'two hosts have one address',
    { ...on('n1', { 'ip-addr.txt': addr({ eth0: '10.0.0.5/24' }) }), ...on('n2', { 'ip-addr.txt': addr({ bond0: '10.0.0.5/24' }) }) },
    ['error host.neighbour n2 10.0.0.5'],
  ],
  [
    'addresses-unique',
    'every host has docker0’s',
    {
      ...on('n1', { 'ip-addr.txt': addr({ docker0: '172.17.0.1/16' }) }),
      ...on('n2', { 'ip-addr.txt': addr({ docker0: '172.17.0.1/16' }) }),
    },
    'passed',
  ],
  [
    'address-overlap',
    'a VPN’s table takes Docker’s network',
    on('n1', {
      'ip-addr.txt': addr({ docker0: '172.17.0.1/16' }),
      'ip-route.txt':
        'default via 10.0.0.254 dev eth0\n172.17.0.0/16 dev docker0 proto kernel scope link src 172.17.0.1\n172.16.0.0/12 dev tailscale0 table 52\n',
      'ip-rule.txt':
        '0:\tfrom all lookup local\n5270:\tfrom all lookup 52\n32766:\tfrom all lookup main\n32767:\tfrom all lookup default\n',
    }),
    ['error route.overlap n1 docker0'],
  ],
  [
    'address-overlap',
    'its table comes after main',
    on('n1', {
      'ip-addr.txt': addr({ docker0: '172.17.0.1/16' }),
      'ip-route.txt': '172.17.0.0/16 dev docker0 proto kernel scope link src 172.17.0.1\n172.16.0.0/12 dev tailscale0 table 52\n',
      'ip-rule.txt': '0:\tfrom all lookup local\n32766:\tfrom all lookup main\n32768:\tfrom all lookup 52\n',
    }),
    'passed',
  ],
  [
    'links-up',
    'the overlay device is down',
    on('n1', {
      'ip-link.txt':
        '9: flannel.1: <BROADCAST,MULTICAST> mtu 1450 qdisc noqueue state DOWN mode DEFAULT\n    link/ether 0e:00:00:00:00:01 brd ff:ff:ff:ff:ff:ff\n    vxlan id 1 local 10.0.0.1 dev eth0 srcport 0 0 dstport 8472\n',
    }),
    ['error host.interface-down n1 flannel.1'],
  ],
  [
    'links-up',
    'a bridge without containers has no carrier',
    on('n1', {
      'ip-link.txt':
        '3: docker0: <NO-CARRIER,BROADCAST,MULTICAST,UP> mtu 1500 qdisc noqueue state DOWN mode DEFAULT\n    link/ether 02:42:00:00:00:01 brd ff:ff:ff:ff:ff:ff\n',
    }),
    'passed',
  ],
  [
    'rp-filter',
    'the answer would leave by another interface',
    {
      ...on('n1', {
        'ip-addr.txt': addr({ eth0: '10.0.0.1/24', eth1: '10.9.0.1/24' }),
        'ip-route.txt':
          'default via 10.0.0.254 dev eth0\n10.0.0.0/24 dev eth0 proto kernel scope link src 10.0.0.1\n10.9.0.0/24 dev eth1 proto kernel scope link src 10.9.0.1\n',
        'sysctl.txt': sysctl({ 'net.ipv4.conf.all.rp_filter': 1 }),
      }),
      ...on('n2', {
        'ip-addr.txt': addr({ eth0: '10.0.0.2/24' }),
        'ip-route.txt': '10.0.0.0/24 dev eth0 proto kernel scope link src 10.0.0.2\n10.9.0.0/24 dev eth0 scope link src 10.0.0.2\n',
      }),
    },
    ['error route.rp-filter n1 net.ipv4.conf.eth1.rp_filter'],
  ],
  [
    'rp-filter',
    'loose filtering lets it pass',
    {
      ...on('n1', {
        'ip-addr.txt': addr({ eth0: '10.0.0.1/24', eth1: '10.9.0.1/24' }),
        'ip-route.txt': '10.0.0.0/24 dev eth0 proto kernel scope link src 10.0.0.1\n',
        'sysctl.txt': sysctl({ 'net.ipv4.conf.all.rp_filter': 2 }),
      }),
      ...on('n2', { 'ip-addr.txt': addr({ eth0: '10.0.0.2/24' }), 'ip-route.txt': '10.9.0.0/24 dev eth0 scope link src 10.0.0.2\n' }),
    },
    /^skipped/,
  ],
  [
    'mtu',
    'a tunnel that does not fit its carrier',
    on('n1', {
      'ip-addr.txt': addr({ eth0: '10.0.0.1/24' }),
      'ip-link.txt':
        '2: eth0: <UP,LOWER_UP> mtu 1500 state UP mode DEFAULT\n    link/ether 02:00:00:00:00:01\n9: flannel.1: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UNKNOWN mode DEFAULT\n    link/ether 0e:00:00:00:00:01\n    vxlan id 1 local 10.0.0.1 dev eth0 srcport 0 0 dstport 8472\n',
    }),
    ['error host.mtu n1 flannel.1'],
  ],
  [
    'mtu',
    'one that does',
    on('n1', {
      'ip-addr.txt': addr({ eth0: '10.0.0.1/24' }),
      'ip-link.txt':
        '2: eth0: <UP,LOWER_UP> mtu 1500 state UP mode DEFAULT\n    link/ether 02:00:00:00:00:01\n9: flannel.1: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1450 qdisc noqueue state UNKNOWN mode DEFAULT\n    link/ether 0e:00:00:00:00:01\n    vxlan id 1 local 10.0.0.1 dev eth0 srcport 0 0 dstport 8472\n',
    }),
    'passed',
  ],
]

describe('the machine’s network', () => {
  it.each(STORIES)('%s: %s', (check, _story, files, expected) => {
    const found = told(check, files)
    if (expected instanceof RegExp) expect(found).toMatch(expected)
    else expect(found).toEqual(expected)
  })
})
