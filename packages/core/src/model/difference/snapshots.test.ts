import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bundle, type Machine } from '../../datapath/testing/machines.ts'
import { readDocuments } from '../../intake/documents.ts'
import type { TextFile } from '../../intake/format.ts'
import { applyChanges } from '../change/apply.ts'
import type { Change } from '../change/change.ts'
import type { Difference } from './difference.ts'
import { compareSnapshots, snapshotOf, underOneName } from './snapshots.ts'

const HOST: Machine = {
  devices: 'eth0 192.0.2.1/24\nbr0 bridge 10.1.0.1/24\nv1@h/p1:eth0 master=br0\nvx vxlan=1:192.0.2.1 10.9.0.1/24',
  routes: 'default via 192.0.2.254 dev eth0\n198.51.100.0/24 dev vx table 52\nblackhole 203.0.113.0/24',
  rules: '0:\tfrom all lookup local\n100:\tfrom all lookup 52\n32766:\tfrom all lookup main\n32767:\tfrom all lookup default',
  neighbours: '10.9.0.2 dev vx lladdr 02:00:00:00:00:09 PERMANENT\n192.0.2.254 dev eth0 lladdr 02:00:00:00:00:fe REACHABLE',
  fdb: '02:00:00:00:00:09 dev vx dst 192.0.2.9 self permanent\n02:00:00:00:00:77 dev v1 master br0',
  iptables:
    '*filter\n:INPUT ACCEPT [9:99]\n:FORWARD DROP [5:300]\n:DOCKER-USER - [0:0]\n[7:70] -A FORWARD -j DOCKER-USER\n-A FORWARD -i br0 -p tcp -m tcp --dport 80 -j ACCEPT\n-A FORWARD -p udp -j DROP\n-A DOCKER-USER -j RETURN\nCOMMIT',
  nft: 'table inet guard {\nset admins {\ntype ipv4_addr\nelements = { 192.0.2.50, 192.0.2.51 }\n}\nchain forward {\ntype filter hook forward priority 10; policy accept;\ntcp dport 81 counter packets 3 bytes 180 drop\n}\n}',
  ipset: 'create peers hash:net family inet hashsize 1024 maxelem 65536\nadd peers 10.0.0.0/8 timeout 30\n',
  sysctl: 'net.ipv4.ip_forward = 1\nnet.netfilter.nf_conntrack_count = 17\nnet.ipv4.conf.v1.rp_filter = 0',
  ss: 'tcp LISTEN 0 128 *:22 *:* users:(("sshd",pid=7,fd=3))\nudp UNCONN 0 0 *:45001 *:*\ntcp ESTAB 0 0 192.0.2.1:22 192.0.2.9:5000',
}
const CLUSTER = {
  service: {
    kind: 'Service',
    apiVersion: 'v1',
    metadata: { name: 'web', namespace: 'shop', resourceVersion: '1' },
    spec: { selector: { app: 'web' }, ports: [{ name: 'http', port: 80, targetPort: 8080 }] },
  },
  node: {
    kind: 'Node',
    apiVersion: 'v1',
    metadata: { name: 'h' },
    status: { conditions: [{ type: 'Ready', status: 'True', lastHeartbeatTime: '2026-11-21T10:00:00Z' }] },
  },
}
const objects = (some: readonly unknown[]): TextFile => ({
  path: 'cluster/all.json',
  text: JSON.stringify({ apiVersion: 'v1', kind: 'List', items: some }, null, 1),
})
const CONTAINER = (state: string): TextFile => ({
  path: 'hosts/h/docker/inspect.json',
  text: JSON.stringify([
    {
      Id: 'abc',
      Name: '/web',
      State: { Status: state, Running: state === 'running', Pid: state === 'running' ? 99 : 0 },
      HostConfig: {},
      NetworkSettings: { Networks: {} },
    },
  ]),
})
const files = (host: Partial<Machine> = {}, cluster: object = CLUSTER, more: readonly TextFile[] = [CONTAINER('running')]) => [
  ...bundle({ h: { ...HOST, ...host }, 'h/p1': { devices: 'eth0@h:v1 10.1.0.2/24', routes: 'default via 10.1.0.1 dev eth0' } }),
  objects(Object.values(cluster)),
  ...more,
]
const documents = readDocuments(files())
const differ = (before: readonly TextFile[], after: readonly TextFile[]): readonly Difference[] =>
  compareSnapshots(snapshotOf(readDocuments(before)), snapshotOf(readDocuments(after))).found

/** `~rule FORWARD 2>3`, `+route table 52`: what is otherwise, in few words. */
const told = ({ kind, change, object, before, after, fields }: Difference): string =>
  [
    `${{ added: '+', removed: '-', changed: '~', moved: '>' }[change]}${kind} ${object}`,
    before?.rule === undefined && after?.rule === undefined ? '' : `${before?.rule ?? ''}>${after?.rule ?? ''}`,
    kind === 'rule' ? '' : fields.map(({ field, before: was, after: is }) => `${field}:${was}→${is}`).join(' '),
  ]
    .filter((part) => part !== '')
    .join(' ')

test('a snapshot differs in nothing from itself', () => {
  expect(compareSnapshots(snapshotOf(documents), snapshotOf(readDocuments(files())))).toMatchObject({ found: [], notCompared: [] })
})

describe('what moves by itself is no change', () => {
  const still: readonly [string, readonly TextFile[]][] = [
    ['counters of rules', files({ iptables: HOST.iptables?.replace('[5:300]', '[6:360]').replace('[7:70]', '[8:80]') ?? '' })],
    ['a counter of nft', files({ nft: HOST.nft?.replace('packets 3 bytes 180', 'packets 4 bytes 240') ?? '' })],
    [
      'learned neighbours and forwarding entries',
      files({
        neighbours: HOST.neighbours?.replace('REACHABLE', 'STALE') ?? '',
        fdb: '02:00:00:00:00:09 dev vx dst 192.0.2.9 self permanent',
      }),
    ],
    [
      'time left of a set’s entry, its size',
      files({ ipset: HOST.ipset?.replace('timeout 30', 'timeout 29').replace('1024', '4096') ?? '' }),
    ],
    ['how many connections there are', files({ sysctl: HOST.sysctl?.replace('= 17', '= 18') ?? '' })],
    ['clients’ sockets', files({ ss: 'tcp LISTEN 0 128 *:22 *:* users:(("sshd",pid=8,fd=3))' })],
    ['an empty built-in chain that lets all through', files({ iptables: `${HOST.iptables}\n*raw\n:PREROUTING ACCEPT [0:0]\nCOMMIT` })],
    [
      'heartbeats and versions of objects',
      files(
        {},
        {
          ...CLUSTER,
          node: {
            ...CLUSTER.node,
            metadata: { name: 'h', resourceVersion: '7' },
            status: { conditions: [{ type: 'Ready', status: 'True', lastHeartbeatTime: '2026-11-21T11:00:00Z' }] },
          },
        },
      ),
    ],
  ]
  test.each(still)('%s', (_, after) => expect(differ(files(), after).map(told)).toEqual([]))
})

describe('what is otherwise is named', () => {
  const rules = (from: string, to: string): Partial<Machine> => ({ iptables: HOST.iptables?.replace(from, to) ?? '' })
  const changes: readonly [string, readonly TextFile[], readonly string[]][] = [
    ['a rule in front', files(rules('[7:70] -A FORWARD', '-A FORWARD -s 192.0.2.9/32 -j DROP\n-A FORWARD')), ['+rule FORWARD >1']],
    ['a rule spelled otherwise', files(rules('-A FORWARD -p udp -j DROP', '-A FORWARD -p 17 -j DROP')), []],
    ['a rule that is another now', files(rules('--dport 80', '--dport 81')), ['~rule FORWARD 2>2']],
    ['a rule gone', files(rules('-A FORWARD -p udp -j DROP\n', '')), ['-rule FORWARD 3>']],
    ['a policy', files(rules('FORWARD DROP', 'FORWARD ACCEPT')), ['~policy FORWARD policy:DROP→ACCEPT']],
    ['a chain', files(rules(':DOCKER-USER - [0:0]', ':DOCKER-USER - [0:0]\n:X - [0:0]')), ['+chain X']],
    ['an nft rule', files({ nft: HOST.nft?.replace('tcp dport 81 counter', 'tcp dport 82 counter') ?? '' }), ['~rule forward 1>1']],
    ['an nft set’s element', files({ nft: HOST.nft?.replace(', 192.0.2.51', '') ?? '' }), ['-set-entry set admins of table inet guard']],
    [
      'an nft base chain',
      files({ nft: HOST.nft?.replace('policy accept', 'policy drop') ?? '' }),
      ['~policy forward policy:type filter hook forward priority 10 policy accept→type filter hook forward priority 10 policy drop'],
    ],
    ['an ipset’s entry', files({ ipset: `${HOST.ipset}add peers 172.16.0.0/12\n` }), ['+set-entry ipset peers']],
    [
      'a route that leads elsewhere',
      files({ routes: HOST.routes?.replace('192.0.2.254', '192.0.2.253') ?? '' }),
      ['~route route table main next hop:192.0.2.254%eth0*1→192.0.2.253%eth0*1'],
    ],
    ['a routing rule', files({ rules: HOST.rules?.replace('100:\tfrom all lookup 52\n', '') ?? '' }), ['-routing-rule routing rules']],
    ['an MTU', files({ devices: HOST.devices?.replace('vx vxlan', 'vx mtu=1400 vxlan') ?? '' }), ['~link vx mtu:1500→1400']],
    ['a port off its bridge', files({ devices: HOST.devices?.replace(' master=br0', '') ?? '' }), ['~link v1 master:br0→none']],
    [
      'a permanent neighbour',
      files({ neighbours: HOST.neighbours?.replace('00:09 PERM', '00:0a PERM') ?? '' }),
      ['~neighbour 10.9.0.2 dev vx lladdr:02:00:00:00:00:09→02:00:00:00:00:0a'],
    ],
    [
      'where a tunnel sends frames',
      files({ fdb: HOST.fdb?.replace('192.0.2.9', '192.0.2.8') ?? '' }),
      ['~fdb 02:00:00:00:00:09 dev vx dst:192.0.2.9→192.0.2.8'],
    ],
    ['a setting', files({ sysctl: HOST.sysctl?.replace('forward = 1', 'forward = 0') ?? '' }), ['~sysctl net.ipv4.ip_forward value:1→0']],
    ['a server that ended', files({ ss: 'udp UNCONN 0 0 *:45001 *:*' }), ['-socket tcp *:22']],
    ['a container that ended', files({}, CLUSTER, [CONTAINER('exited')]), ['~container container web state:running→exited']],
    [
      'a selector',
      files({}, { ...CLUSTER, service: { ...CLUSTER.service, spec: { ...CLUSTER.service.spec, selector: { app: 'wbe' } } } }),
      ['~object Service shop/web spec.selector.app:web→wbe'],
    ],
    [
      'a node that is not ready',
      files({}, { ...CLUSTER, node: { ...CLUSTER.node, status: { conditions: [{ type: 'Ready', status: 'False' }] } } }),
      ['~object Node h status.conditions[Ready].status:True→False'],
    ],
    ['an object gone', files({}, { node: CLUSTER.node }), ['-object Service shop/web']],
  ]
  test.each(changes)('%s', (_, after, expected) => expect(differ(files(), after).map(told)).toEqual(expected))
})

test('what only one of the two tells of is not taken for a change', () => {
  const { found, notCompared } = compareSnapshots(
    snapshotOf(documents),
    snapshotOf(documents.filter(({ file }) => !/iptables|nft|ip-rule|all\.json|inspect/.test(file))),
  )
  expect(found).toEqual([])
  expect(notCompared.map(({ part, missing }) => `${part} ${missing}`)).toEqual([
    'iptables ip rules after',
    'nftables after',
    'routing rules after',
    'containers after',
    'Service objects after',
    'Node objects after',
  ])
})

test('a list that was cut does not show that anything is gone', () => {
  const cut = readDocuments(files({ ipset: 'create peers hash:net family inet hashsize 1024 maxelem 65536\n' })).map((document) =>
    document.content.kind === 'ipset' ? { ...document, partial: true } : document,
  )
  expect(compareSnapshots(snapshotOf(documents), snapshotOf(cut))).toMatchObject({
    found: [],
    notCompared: [{ part: 'the rest of the ipsets', missing: 'after' }],
  })
})

test('a namespace that came, and where all of it stands', () => {
  const after = [...files(), ...bundle({ 'h/p2': { devices: 'eth0 10.1.0.3/24' } })]
  expect(differ(files(), after).map(told)).toEqual(['+namespace namespace p2'])
  const [changed] = differ(files(), files({ iptables: HOST.iptables?.replace('--dport 80', '--dport 81') ?? '' }))
  expect([changed?.before?.source, changed?.after?.source]).toEqual([
    { file: 'hosts/h/iptables-nft-save.txt', line: 6 },
    { file: 'hosts/h/iptables-nft-save.txt', line: 6 },
  ])
})

test('snapshots in folders of their own are of the same host', () => {
  const inFolder = (name: string, text: string) => readDocuments([{ path: 'ip-route.txt', root: name, text: `${text}\n` }])
  const [before, after] = [inFolder('before', 'default via 192.0.2.1 dev eth0'), inFolder('after', 'default via 192.0.2.2 dev eth0')]
  const { found } = compareSnapshots(snapshotOf(underOneName(before, after)), snapshotOf(after))
  expect(found.map(({ host, change }) => `${host} ${change}`)).toEqual(['after changed'])
})

test('every change that the model can make is named, and nothing else', () => {
  const at = { host: 'h', netns: '' }
  const filter = { ...at, family: 'ip', table: 'filter' }
  const octet = fc.integer({ min: 1, max: 254 })
  const change: fc.Arbitrary<readonly [Change, string]> = fc.oneof(
    fc
      .tuple(octet, fc.integer({ min: 1, max: 4 }))
      .map(
        ([n, position]) =>
          [
            { kind: 'rule-added', at: { ...filter, chain: 'FORWARD' }, position, text: `-A FORWARD -s 192.0.2.${n}/32 -j DROP` },
            `+rule FORWARD >${position}`,
          ] as const,
      ),
    fc
      .integer({ min: 1, max: 3 })
      .map((rule) => [{ kind: 'rule-removed', at: { ...filter, chain: 'FORWARD', rule } }, `-rule FORWARD ${rule}>`] as const),
    octet.map((n) => [{ kind: 'route-added', at, text: `10.77.${n}.0/24 via 192.0.2.254 dev eth0` }, '+route route table main'] as const),
    fc
      .constantFrom('ACCEPT' as const)
      .map((policy) => [{ kind: 'policy', at: { ...filter, chain: 'FORWARD' }, policy }, `~policy FORWARD policy:DROP→${policy}`] as const),
    fc
      .integer({ min: 600, max: 1499 })
      .map((mtu) => [{ kind: 'link', at, device: 'br0', set: { mtu } }, `~link br0 mtu:1500→${mtu}`] as const),
    octet.map((n) => [{ kind: 'set-entry-added', at, set: 'peers', entry: `172.${n}.0.0/16` }, '+set-entry ipset peers'] as const),
    fc
      .constantFrom('0', '2')
      .map(
        (value) => [{ kind: 'sysctl', at, name: 'net.ipv4.ip_forward', value }, `~sysctl net.ipv4.ip_forward value:1→${value}`] as const,
      ),
    octet.map((n) => [{ kind: 'address-added', at, device: 'br0', address: `10.78.${n}.1/32` }, '+address br0'] as const),
  )
  fc.assert(
    fc.property(change, ([one, expected]) => {
      const { documents: after, missed } = applyChanges(documents, [one])
      expect(missed).toEqual([])
      expect(compareSnapshots(snapshotOf(documents), snapshotOf(after)).found.map(told)).toEqual([expected])
    }),
    { numRuns: 60 },
  )
})
