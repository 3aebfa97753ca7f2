import { expect, test } from 'vitest'
import { kube, type Story, suspicions } from '../testing/scene.ts'
import { conntrackFull } from './conntrack-full.ts'
import { conntrackStale } from './conntrack-stale.ts'
import { natPortExhausted } from './nat-port-exhausted.ts'

const limits = (count: number, result = 'timeout'): Story => ({
  machines: {
    h: { devices: 'eth0 192.0.2.11/24', sysctl: `net.netfilter.nf_conntrack_count = ${count}\nnet.netfilter.nf_conntrack_max = 1000` },
  },
  tried: [`host/h -> 192.0.2.9:80/tcp ${result}`],
})

test.each([
  ['full', limits(1000), ['0.9 connection tracking table']],
  ['nearly full', limits(950), ['0.45 connection tracking table']],
  ['full, and the connection was refused', limits(1000, 'refused'), ['0.3 connection tracking table']],
  ['half full', limits(500), []],
  [
    'as conntrack -C counts',
    {
      ...limits(0),
      machines: { h: { devices: 'eth0 192.0.2.11/24', sysctl: 'net.netfilter.nf_conntrack_max = 1000' } },
      files: { 'hosts/h/conntrack-count.txt': '1000\n' },
    },
    ['0.9 connection tracking table'],
  ],
  [
    'no limit',
    {
      machines: {
        h: { devices: 'eth0 192.0.2.11/24', sysctl: 'net.netfilter.nf_conntrack_count = 10\nnet.netfilter.nf_conntrack_max = 0' },
      },
    },
    [],
  ],
])('conntrack.full: %s', (_, story, expected) => {
  expect(suspicions(conntrackFull, story as Story)).toEqual(expected)
})

const dns = kube(
  'Service',
  'kube-dns',
  { spec: { clusterIP: '10.96.0.10', selector: { 'k8s-app': 'kube-dns' }, ports: [{ name: 'dns', port: 53, protocol: 'UDP' }] } },
  { namespace: 'kube-system' },
)
const slice = kube(
  'EndpointSlice',
  'kube-dns-x',
  { addressType: 'IPv4', endpoints: [{ addresses: ['10.244.1.53'] }], ports: [{ name: 'dns', port: 53, protocol: 'UDP' }] },
  { namespace: 'kube-system', labels: { 'kubernetes.io/service-name': 'kube-dns' } },
)
const entry = (server: string, flags = '[UNREPLIED] ', protocol = 'udp      17', client = 41000): string =>
  `${protocol} 29 src=10.244.1.7 dst=10.96.0.10 sport=${client} dport=53 ${flags}src=${server} dst=10.244.1.7 sport=53 dport=${client} mark=0 use=1`
const queries = (conntrack: string, tried = ['netns/n1/p1 -> 10.96.0.10:53/udp timeout']): Story => ({
  machines: { n1: { devices: 'eth0 192.0.2.11/24', conntrack }, 'n1/p1': { devices: 'eth0@n1:veth1 10.244.1.7/24' } },
  files: { 'cluster/all.json': { apiVersion: 'v1', kind: 'List', items: [dns, slice] } },
  tried,
})

test.each([
  ['a former endpoint', queries(entry('10.244.1.99')), ['0.85 UDP entries of Service kube-system/kube-dns']],
  ['not translated at all', queries(entry('10.96.0.10')), ['0.85 UDP entries of Service kube-system/kube-dns']],
  ['a former endpoint that answered', queries(entry('10.244.1.99', '')), ['0.4 UDP entries of Service kube-system/kube-dns']],
  [
    'what fails leads elsewhere',
    queries(entry('10.244.1.99'), ['netns/n1/p1 -> 192.0.2.9:80/tcp timeout']),
    ['0.28 UDP entries of Service kube-system/kube-dns'],
  ],
  ['a ready endpoint', queries(entry('10.244.1.53')), []],
  ['TCP asks anew for each connection', queries(entry('10.244.1.99', '[UNREPLIED] ', 'tcp      6').replace(' 29 ', ' 29 SYN_SENT ')), []],
])('conntrack.stale: %s', (_, story, expected) => {
  expect(suspicions(conntrackStale, story)).toEqual(expected)
})

const statistics = (failed: number): Story => ({
  machines: { h: { devices: 'eth0 192.0.2.11/24' } },
  files: {
    'hosts/h/conntrack-statistics.txt': `cpu=0   \tfound=0 invalid=3 insert=0 insert_failed=${failed} drop=${failed} early_drop=0 error=0\n`,
  },
  tried: ['host/h -> 192.0.2.9:80/tcp timeout'],
})

test('nat.port-exhausted: insertions that failed make it possible, none do not', () => {
  expect(suspicions(natPortExhausted, statistics(4000))).toEqual(['0.55 insertion of new connections'])
  expect(suspicions(natPortExhausted, statistics(0))).toEqual([])
})

test('nat.port-exhausted: nearly every port towards one destination is in use', () => {
  const table = (count: number, nat: string): Story => ({
    machines: {
      h: {
        devices: 'eth0 192.0.2.11/24',
        conntrack: Array.from(
          { length: count },
          (_, i) =>
            `tcp      6 99 ESTABLISHED src=10.1.${i >> 15}.7 dst=198.51.100.5 sport=${1024 + i} dport=443 src=198.51.100.5 dst=${nat} sport=443 dport=${1024 + i} [ASSURED] mark=0 use=1`,
        ).join('\n'),
      },
    },
    tried: ['host/h -> 198.51.100.5:443/tcp timeout'],
  })
  expect(suspicions(natPortExhausted, table(64_000, '192.0.2.11'))).toEqual(['0.9 source ports of 192.0.2.11 towards 198.51.100.5:443'])
  expect(suspicions(natPortExhausted, table(20_000, '192.0.2.11'))).toEqual([])
})
