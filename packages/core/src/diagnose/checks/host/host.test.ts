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
    'the clocks of two hosts of one bundle are an hour apart',
    { ...on('n1', { 'date.txt': 'Sat Nov 21 09:00:03 UTC 2026\n' }), ...on('n2', { 'date.txt': 'Sat Nov 21 10:00:00 UTC 2026\n' }) },
    ['warning host.time n2 clock'],
  ],
  [
    'time',
    'they were asked one after the other',
    { ...on('n1', { 'date.txt': 'Sat Nov 21 09:00:03 UTC 2026\n' }), ...on('n2', { 'date.txt': 'Sat Nov 21 09:01:40 UTC 2026\n' }) },
    'passed',
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
