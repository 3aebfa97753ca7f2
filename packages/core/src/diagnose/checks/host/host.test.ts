import { describe, expect, it } from 'vitest'
import { addr, cluster, type Files, lease, nat, node, on, told } from '../testing/bundle.ts'

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
const modules = (...names: readonly string[]): string =>
  `Module                  Size  Used by\n${names.map((name) => `${name}   16384  0\n`).join('')}`

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
    'conntrack-fill',
    'nearly full',
    on('n1', { 'sysctl.txt': sysctl({ 'net.netfilter.nf_conntrack_count': 65_000, 'net.netfilter.nf_conntrack_max': 65_536 }) }),
    ['error conntrack.full n1 net.netfilter.nf_conntrack_max'],
  ],
  [
    'conntrack-fill',
    'filling',
    on('n1', { 'sysctl.txt': sysctl({ 'net.netfilter.nf_conntrack_count': 55_000, 'net.netfilter.nf_conntrack_max': 65_536 }) }),
    ['warning conntrack.full n1 net.netfilter.nf_conntrack_max'],
  ],
  [
    'conntrack-fill',
    'room',
    on('n1', { 'sysctl.txt': sysctl({ 'net.netfilter.nf_conntrack_count': 500, 'net.netfilter.nf_conntrack_max': 65_536 }) }),
    'passed',
  ],
  [
    'kernel-modules',
    'br_netfilter is wanted and not there',
    on('n1', { 'lsmod.txt': modules('veth', 'nf_conntrack'), 'ip-addr.txt': addr({ cni0: '10.244.1.1/24' }), 'iptables-save.txt': KUBE }),
    ['warning host.kernel-module n1 br_netfilter'],
  ],
  [
    'kernel-modules',
    'it is there',
    on('n1', {
      'lsmod.txt': modules('br_netfilter', 'nf_conntrack'),
      'ip-addr.txt': addr({ cni0: '10.244.1.1/24' }),
      'iptables-save.txt': KUBE,
    }),
    'passed',
  ],
  [
    'kernel-modules',
    'vxlan is built in, as the device shows',
    on('n1', {
      'lsmod.txt': modules('veth'),
      'ip-addr.txt': addr({ 'flannel.1': '10.244.1.0/32' }),
      'files/run/flannel/subnet.env': lease('10.244.1.1/24'),
    }),
    'passed',
  ],
  ['security-modules', 'SELinux is enforcing', on('n1', { 'getenforce.txt': 'Enforcing\n' }), ['warning host.selinux n1 SELinux']],
  [
    'security-modules',
    'permissive until the next start',
    on('n1', { 'getenforce.txt': 'Permissive\n', 'files/etc/selinux/config': '# x\nSELINUX=enforcing\nSELINUXTYPE=targeted\n' }),
    ['warning host.selinux n1 SELinux'],
  ],
  ['security-modules', 'off', on('n1', { 'sestatus.txt': 'SELinux status:                 disabled\n' }), 'passed'],
  [
    'time',
    'a clock that is a minute behind',
    on('n1', {
      'chronyc.txt':
        'Reference ID    : 0A000001 (ntp1)\nStratum         : 3\nSystem time     : 61.2 seconds slow of NTP time\nLeap status     : Normal\n',
    }),
    ['error host.time n1 clock'],
  ],
  [
    'time',
    'not synchronised',
    on('n1', {
      'timedatectl.txt':
        '               Local time: Sat 2026-11-21 09:00:00 UTC\n           Universal time: Sat 2026-11-21 09:00:00 UTC\nSystem clock synchronized: no\n              NTP service: inactive\n',
    }),
    ['warning host.time n1 clock'],
  ],
  [
    'time',
    'a few milliseconds',
    on('n1', {
      'chronyc.txt': 'Reference ID    : 0A000001 (ntp1)\nSystem time     : 0.000012 seconds fast of NTP time\nLeap status     : Normal\n',
    }),
    'passed',
  ],
  [
    'host-name',
    'changed after the node joined',
    {
      ...on('n1', { 'hostname.txt': 'mas3-214.example.com\n', 'ip-addr.txt': addr({ eth0: '10.0.0.1/24' }) }),
      ...cluster(node('mas3-214', { ip: '10.0.0.1' })),
    },
    ['error host.name-changed n1 Node mas3-214'],
  ],
  [
    'host-name',
    'kubelet is told another name',
    {
      ...on('n1', {
        'hostname.txt': 'box\n',
        'ip-addr.txt': addr({ eth0: '10.0.0.1/24' }),
        'ps.txt': '  PID COMMAND\n  12 /usr/bin/kubelet --hostname-override=mas3-214\n',
      }),
      ...cluster(node('mas3-214', { ip: '10.0.0.1' })),
    },
    'passed',
  ],
  [
    'hosts-file',
    'the own name has an address that the host does not have',
    on('n1', {
      'hostname.txt': 'n1\n',
      'files/etc/hosts': '127.0.0.1 localhost\n10.0.0.77 n1\n',
      'ip-addr.txt': addr({ eth0: '10.0.0.1/24' }),
    }),
    ['error host.hosts-file n1 /etc/hosts'],
  ],
  [
    'hosts-file',
    'the own name is missing',
    on('n1', { 'hostname.txt': 'n1\n', 'files/etc/hosts': '127.0.0.1 localhost\n', 'ip-addr.txt': addr({ eth0: '10.0.0.1/24' }) }),
    ['warning host.hosts-file n1 /etc/hosts'],
  ],
  [
    'hosts-file',
    'as Debian writes it',
    on('n1', {
      'hostname.txt': 'n1\n',
      'files/etc/hosts': '127.0.0.1 localhost\n127.0.1.1 n1.example n1\n',
      'ip-addr.txt': addr({ eth0: '10.0.0.1/24' }),
    }),
    'passed',
  ],
  [
    'network-manager',
    'it manages a pod’s interface',
    on('n1', {
      'nmcli.txt':
        'DEVICE           TYPE      STATE         CONNECTION\neth0             ethernet  connected     eth0\ncali12ab34cd     ethernet  connected     Wired 1\n',
    }),
    ['warning host.interface-down n1 cali12ab34cd'],
  ],
  [
    'network-manager',
    'it sees them and leaves them alone',
    on('n1', {
      'nmcli.txt':
        'DEVICE           TYPE      STATE                   CONNECTION\neth0             ethernet  connected               eth0\ndocker0          bridge    connected (externally)  docker0\nflannel.1        vxlan     unmanaged               --\n',
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

describe('the machine', () => {
  it.each(STORIES)('%s: %s', (check, _story, files, expected) => {
    const found = told(check, files)
    if (expected instanceof RegExp) expect(found).toMatch(expected)
    else expect(found).toEqual(expected)
  })
})

describe('ports', () => {
  const parts = {
    components: {
      components: [],
      ports: [{ port: 10_250, protocol: 'tcp' as const, role: 'node' as const, what: 'kubelet', process: 'kubelet|k3s' }],
    },
  }
  const files = (process: string) => ({
    ...on('n1', {
      'ip-addr.txt': addr({ eth0: '10.0.0.1/24' }),
      'ss.txt': `tcp LISTEN 0 128 *:10250 *:* users:(("${process}",pid=7,fd=3))\n`,
    }),
    ...cluster(node('n1', { ip: '10.0.0.1' })),
  })

  it('a port that the role needs is held by another program', () => {
    expect(told('ports-held', files('nginx'), parts)).toEqual(['error host.port-conflict n1 10250/tcp'])
    expect(told('ports-held', files('kubelet'), parts)).toBe('passed')
  })

  it('a container’s published port is held by a process of the host', () => {
    const container = (ports: object) =>
      JSON.stringify([
        {
          Id: 'a'.repeat(64),
          Name: '/web',
          State: { Status: 'created' },
          HostConfig: { PortBindings: { '80/tcp': [{ HostIp: '', HostPort: '8080' }] } },
          NetworkSettings: { Ports: ports, Networks: {} },
          Config: {},
        },
      ])
    const bundle = (ports: object) =>
      on('n1', {
        'ip-addr.txt': addr({ eth0: '10.0.0.1/24' }),
        'docker/inspect.json': container(ports),
        'ss.txt': 'tcp LISTEN 0 128 0.0.0.0:8080 0.0.0.0:* users:(("python3",pid=7,fd=3))\n',
      })
    expect(told('ports-held', bundle({}))).toEqual(['error host.port-conflict n1 8080/tcp'])
    expect(told('ports-held', bundle({ '80/tcp': [{ HostIp: '0.0.0.0', HostPort: '8080' }] }))).toBe('passed')
  })
})
