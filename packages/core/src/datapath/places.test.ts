import { describe, expect, test } from 'vitest'
import { formatAddress } from '../net/address.ts'
import type { Machine } from './testing/machines.ts'
import { engineOfMachines, expectWay } from './testing/story.ts'
import type { TraceRequest } from './trace.ts'

const NODE = (last: number, pods: string): Machine => ({
  devices: `eth0 192.0.2.${last}/24 2001:db8::${last}/64\ncni0 bridge 10.42.${last}.1/24 fd42:0:0:${last}::1/64\n${pods}`,
  routes: 'default via 192.0.2.1 dev eth0\ndefault via 2001:db8::1 dev eth0 metric 1024 pref medium',
  sysctl: 'net.ipv4.ip_forward = 1\nnet.ipv6.conf.all.forwarding = 1',
})
const MACHINES = {
  n1: NODE(10, 'v1@n1/p1:eth0 master=cni0\nv9@if77 master=cni0'),
  'n1/p1': {
    devices: 'eth0@n1:v1 10.42.10.2/24 fd42:0:0:10::2/64',
    routes: 'default via 10.42.10.1 dev eth0\ndefault via fd42:0:0:10::1 dev eth0 metric 1024 pref medium',
  },
}
const CLUSTER = {
  path: 'cluster/pods.yaml',
  text: `apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: Pod, metadata: {name: a, namespace: default}, spec: {nodeName: n1}, status: {podIP: 10.42.10.2, podIPs: [{ip: 10.42.10.2}, {ip: "fd42:0:0:10::2"}], hostIP: 192.0.2.10}}
- {apiVersion: v1, kind: Pod, metadata: {name: unseen, namespace: default}, spec: {nodeName: n1}, status: {podIP: 10.42.10.9, hostIP: 192.0.2.10}}
- {apiVersion: v1, kind: Pod, metadata: {name: pending, namespace: default}, spec: {}, status: {phase: Pending}}
- {apiVersion: v1, kind: Pod, metadata: {name: agent, namespace: kube-system}, spec: {nodeName: n1, hostNetwork: true}, status: {podIP: 192.0.2.10, hostIP: 192.0.2.10}}
- apiVersion: v1
  kind: Service
  metadata: {name: web, namespace: default}
  spec: {clusterIP: 10.43.0.10, clusterIPs: [10.43.0.10, "fd43::10"], ports: [{name: http, port: 80, protocol: TCP}]}
- apiVersion: v1
  kind: Service
  metadata: {name: headless, namespace: default}
  spec: {clusterIP: None, ports: [{port: 80}]}
`,
}
const DOCKER = {
  path: 'hosts/n1/docker/inspect.json',
  text: JSON.stringify([
    {
      Id: 'abc123def456',
      Name: '/web',
      State: { Status: 'running', Running: true, Pid: 9 },
      NetworkSettings: { Networks: { cni: { IPAddress: '10.42.10.9', MacAddress: '02:42:00:00:00:09' } } },
    },
  ]),
}
const engine = engineOfMachines(MACHINES, [CLUSTER, DOCKER])
const two = engineOfMachines({ ...MACHINES, n2: NODE(20, 'v9@if77 master=cni0') }, [CLUSTER])

describe('where a packet may begin', () => {
  const to = '192.0.2.99:80'
  test.each<readonly [TraceRequest['from'], expected: string]>([
    ['host/n1', 'src=192.0.2.10 !bridge ttl=64'],
    ['netns/n1/p1', 'src=10.42.10.2 ttl=63'],
    ['pod/default/a', 'src=10.42.10.2 ttl=63'],
    ['pod/kube-system/agent', 'src=192.0.2.10 ttl=64'],
    ['pod/default/unseen', 'src=10.42.10.9 ttl=63 assumes=behind'],
    ['container/web', 'src=10.42.10.9 ttl=63'],
    ['container/abc123', 'src=10.42.10.9 ttl=63'],
    ['10.42.10.2', 'src=10.42.10.2 ttl=63'],
    ['10.42.10.77', 'src=10.42.10.77 ttl=63 assumes=behind'],
    ['192.0.2.10', 'src=192.0.2.10 ttl=64'],
  ])('%s', (from, expected) => void expectWay(engine, { from, to }, `forwarded at=n1:eth0 ${expected}`))

  test('an address outside comes in where the host would send its answer', () => {
    expectWay(engine, { from: '198.51.100.7', to: '192.0.2.10:80' }, 'delivered at=n1:eth0 src=198.51.100.7 assumes=eth0')
    expectWay(engine, { from: '198.51.100.7', to: 'pod/default/a:80' }, 'delivered at=n1/p1:eth0 ttl=63')
    expectWay(two, { from: '198.51.100.7', host: 'n2', to: '192.0.2.20:80' }, 'delivered at=n2:eth0')
    expectWay(engine, { from: '198.51.100.7', host: 'n1', iif: 'cni0', to: '192.0.2.10:80' }, 'delivered at=n1:cni0')
  })

  test('outside, with and without an address', () => {
    expectWay(engine, { from: 'outside', to: '192.0.2.10:80' }, 'delivered at=n1:eth0 src=198.51.100.7 assumes=outside')
    expectWay(engine, { from: 'outside', src: '203.0.113.5', to: '192.0.2.10:80' }, 'delivered src=203.0.113.5')
    expectWay(engine, { from: 'outside', to: '[2001:db8::10]:80' }, 'delivered at=n1:eth0 src=2001:db8::7')
  })

  test('a given source is used as it is', () => {
    expectWay(engine, { from: 'host/n1', src: '10.42.10.1', to }, 'forwarded src=10.42.10.1')
  })
})

describe('where it may go', () => {
  const goes = (to: string, src?: string) => {
    const [outcome] = expectWay(engine, { from: 'netns/n1/p1', to, ...(src === undefined ? {} : { src }) }, '!nothing')
    const { dst, dport, protocol } = outcome?.sent ?? { dst: 0, dport: 0, protocol: 0 }
    return `${formatAddress(dst)} ${dport}/${protocol}`
  }
  test.each([
    ['svc/default/web:80', '10.43.0.10 80/6'],
    ['svc/default/web:http', '10.43.0.10 80/6'],
    ['svc/default/web:80/udp', '10.43.0.10 80/17'],
    ['pod/default/a', '10.42.10.2 0/1'],
    ['host/n1:22', '192.0.2.10 22/6'],
    ['netns/n1/p1:80', '10.42.10.2 80/6'],
    ['container/web:80/tcp', '10.42.10.9 80/6'],
    ['[fd43::10]:443', 'fd43::10 443/6'],
    ['fd43::10', 'fd43::10 0/58'],
    ['10.43.0.10/sctp', undefined],
    ['10.43.0.10:53/17', '10.43.0.10 53/17'],
    ['10.43.0.10/gre', '10.43.0.10 0/47'],
  ])('%s', (to, expected) => {
    if (expected === undefined) expect(engine.trace({ from: 'host/n1', to })).toMatchObject({ kind: 'bad-request' })
    else expect(goes(to)).toBe(expected)
  })

  test('of several addresses that of the sender’s family', () => {
    expect(goes('svc/default/web:80', 'fd42:0:0:10::2')).toBe('fd43::10 80/6')
    expect(goes('pod/default/a', 'fd42:0:0:10::2')).toBe('fd42:0:0:10::2 0/58')
  })
})

describe('requests that cannot be', () => {
  const ok = { from: 'host/n1', to: '192.0.2.99:80' }
  test.each<readonly [Partial<TraceRequest>, RegExp]>([
    [{ to: 'nowhere' }, /no place/],
    [{ to: '' }, /no place/],
    [{ to: '1.2.3:80' }, /no place/],
    [{ to: 'outside' }, /no destination/],
    [{ to: '10.0.0.1:99999' }, /no port/],
    [{ to: '10.0.0.1:80/wonder' }, /no protocol/],
    [{ to: '10.0.0.1:80/constructor' }, /no protocol/],
    [{ to: '10.0.0.1:80/300' }, /no protocol/],
    [{ to: '10.0.0.1/tcp' }, /to which port/],
    [{ to: '10.0.0.1:http' }, /no port named http/],
    [{ to: 'pod/default/nobody:80' }, /no pod/],
    [{ to: 'pod/default/pending:80' }, /no address/],
    [{ to: 'svc/default/nobody:80' }, /no Service/],
    [{ to: 'svc/default/headless:80' }, /no cluster IP/],
    [{ to: 'container/nobody:80' }, /no container/],
    [{ to: 'netns/n1/nobody:80' }, /no netns/],
    [{ to: 'host/nobody:80' }, /no host/],
    [{ from: 'wonder/1' }, /no place/],
    [{ from: 'host/nobody' }, /no host/],
    [{ from: 'netns/n1/nobody' }, /no namespace/],
    [{ from: 'outside', host: 'nobody' }, /no host/],
    [{ from: 'outside', iif: 'wlan9' }, /no interface/],
    [{ src: 'abc' }, /no address/],
    [{ src: 'fd00::1' }, /famil/],
    [{ from: 'fd42:0:0:10::2' }, /famil/],
    [{ sport: 70000 }, /sport/],
    [{ sport: -1 }, /sport/],
    [{ ttl: 256 }, /ttl/],
    [{ tos: 0.5 }, /tos/],
    [{ length: 1e9 }, /length/],
    [{ flags: 'wonder' }, /no TCP flag/],
    [{ flags: 'constructor' }, /no TCP flag/],
    [{ mark: 'abc' }, /no mark/],
    [{ to: '10.0.0.1', icmp: 'echo' }, /no ICMP type/],
    [{ to: '10.0.0.1', icmp: '300' }, /no ICMP type/],
    [{ to: '10.0.0.1', icmp: '3/256' }, /no ICMP type/],
  ])('%j', (change, why) => {
    const result = engine.trace({ ...ok, ...change })
    expect(result).toMatchObject({ kind: 'bad-request', text: expect.stringMatching(why) })
    expect(result).toMatchObject({ hint: expect.stringMatching(/./) })
  })

  test('several hosts: it must be said where it comes in', () => {
    expect(two.trace({ from: 'outside', to: '192.0.2.10:80' })).toMatchObject({
      kind: 'bad-request',
      hint: expect.stringContaining('n1, n2'),
    })
    expect(two.trace({ from: '198.51.100.7', to: '192.0.2.10:80' })).toMatchObject({
      kind: 'bad-request',
      hint: expect.stringContaining('--host'),
    })
  })
})
