import { expect, test } from 'vitest'
import type { Observed } from '../observations/observation.ts'
import { kube, type Story, suspicions } from '../testing/scene.ts'
import { hostHostsFile } from './host-hosts-file.ts'
import { hostNameChanged } from './host-name-changed.ts'
import { hostOffload } from './host-offload.ts'
import { hostPortConflict } from './host-port-conflict.ts'

const node = (name: string, address: string, ready = 'True') =>
  kube(
    'Node',
    name,
    { status: { addresses: [{ type: 'InternalIP', address }], conditions: [{ type: 'Ready', status: ready }] } },
    { namespace: undefined },
  )
const nodes = (...objects: object[]) => ({ 'cluster/nodes.json': { apiVersion: 'v1', kind: 'List', items: objects } })
const host = { n1: { devices: 'eth0 192.0.2.11/24' } }

test.each([
  [
    'the Node is not ready',
    { machines: host, files: { 'hosts/n1/hostname': 'worker7\n', ...nodes(node('n1', '192.0.2.11', 'Unknown')) } },
    ['0.9 host name worker7'],
  ],
  [
    'a second Node appeared',
    { machines: host, files: { 'hosts/n1/hostname': 'worker7\n', ...nodes(node('n1', '192.0.2.11'), node('worker7', '192.0.2.12')) } },
    ['0.8 host name worker7'],
  ],
  [
    'two Nodes have one address',
    { machines: host, files: nodes(node('n1', '192.0.2.11', 'Unknown'), node('worker7', '192.0.2.11')) },
    ['0.85 Nodes n1 and worker7'],
  ],
  [
    'the Node is ready: kubelet was told another name',
    { machines: host, files: { 'hosts/n1/hostname': 'worker7\n', ...nodes(node('n1', '192.0.2.11')) } },
    ['0.25 host name worker7'],
  ],
  [
    'the full name of the same machine',
    { machines: host, files: { 'hosts/n1/hostname': 'n1.example.org\n', ...nodes(node('n1', '192.0.2.11', 'Unknown')) } },
    [],
  ],
])('host.name-changed: %s', (_, story, expected) => {
  expect(suspicions(hostNameChanged, story)).toEqual(expected)
})

const hosts = (text: string, more: Story = {}): Story => ({
  machines: host,
  ...more,
  files: { 'hosts/n1/files/etc/hosts': text, 'hosts/n1/hostname': 'n1\n', ...more.files },
})

test.each([
  ['an address that the machine has not', hosts('127.0.0.1 localhost\n198.51.100.1 n1\n'), ['0.75 /etc/hosts, name n1']],
  [
    'another node at a former address',
    hosts('127.0.0.1 localhost\n192.0.2.11 n1\n192.0.2.99 n2\n', { files: nodes(node('n2', '192.0.2.12')) }),
    ['0.6 /etc/hosts, name n2'],
  ],
  ['loopback, as Debian writes it', hosts('127.0.0.1 localhost\n127.0.1.1 n1\n'), ['0.3 /etc/hosts, name n1']],
  ['no line of its own', hosts('127.0.0.1 localhost\n'), ['0.3 /etc/hosts, name n1']],
  ['its own address', hosts('127.0.0.1 localhost\n192.0.2.11 n1.example.org n1\n'), []],
])('host.hosts-file: %s', (_, story, expected) => {
  expect(suspicions(hostHostsFile, story)).toEqual(expected)
})

const checksum = (sighting: 'bad-checksum' | 'offloaded-checksum'): Observed => ({
  kind: 'packet',
  text: 'a SYN with a wrong checksum came in on flannel.1',
  source: { file: 'hosts/n1/captures/a.pcap', line: 3 },
  sighting,
  flow: undefined,
  host: 'n1',
  netns: '',
  interfaces: [],
})
const tunnel = { n1: { devices: 'eth0 192.0.2.11/24\nflannel.1 vxlan=1:192.0.2.11 10.244.1.0/32' } }

test.each([
  [
    'wrong checksums come in on a host with a tunnel',
    { machines: tunnel, seen: [checksum('bad-checksum')] },
    ['0.85 offloading on flannel.1'],
  ],
  [
    'the kernel counted many',
    { machines: tunnel, files: { 'hosts/n1/nstat.txt': '#kernel\nTcpInCsumErrors 4711 0.0\n' } },
    ['0.5 offloading on flannel.1'],
  ],
  ['wrong checksums go out: that is how offloading looks', { machines: tunnel, seen: [checksum('offloaded-checksum')] }, []],
  ['the kernel counted a few', { machines: tunnel, files: { 'hosts/n1/nstat.txt': '#kernel\nTcpInCsumErrors 3 0.0\n' } }, []],
])('host.offload: %s', (_, story, expected) => {
  expect(suspicions(hostOffload, story)).toEqual(expected)
})

const container = (name: string, state: object, more: object = {}) => ({
  Id: name.padEnd(16, '0'),
  Name: `/${name}`,
  State: state,
  HostConfig: { PortBindings: { '80/tcp': [{ HostPort: '8080' }] } },
  NetworkSettings: {},
  ...more,
})
const running = container('old', { Status: 'running' }, { NetworkSettings: { Ports: { '80/tcp': [{ HostPort: '8080' }] } } })
const engine = (...list: object[]): Story => ({
  files: { 'hosts/n1/docker/inspect.json': list },
  tried: ['outside -> 192.0.2.11:8080/tcp wrong-server'],
})

test.each([
  [
    'the engine says so',
    engine(container('new', { Status: 'created', Error: 'Bind for 0.0.0.0:8080 failed: port is already allocated' })),
    ['0.95 port 8080/tcp of container new'],
  ],
  ['another container has the port', engine(running, container('new', { Status: 'created' })), ['0.6 port 8080/tcp of container new']],
  [
    'a process of the host has it',
    {
      ...engine(container('new', { Status: 'created' })),
      machines: { n1: { devices: 'eth0 192.0.2.11/24', ss: 'tcp LISTEN 0 128 *:8080 *:* users:(("nginx",pid=1,fd=3))' } },
    },
    ['0.6 port 8080/tcp of container new'],
  ],
  ['it runs and has its port', engine(running), []],
  ['it was stopped, and nobody has the port', engine(container('new', { Status: 'exited', ExitCode: 0 })), []],
  [
    'docker-proxy holds it for the container itself',
    {
      ...engine(running),
      machines: { n1: { devices: 'eth0 192.0.2.11/24', ss: 'tcp LISTEN 0 128 *:8080 *:* users:(("docker-proxy",pid=1,fd=3))' } },
    },
    [],
  ],
])('host.port-conflict: %s', (_, story, expected) => {
  expect(suspicions(hostPortConflict, story)).toEqual(expected)
})

test('host.port-conflict: a pod for whose host port no node is free', () => {
  const pod = kube('Pod', 'web', {
    spec: { containers: [{ name: 'c', ports: [{ containerPort: 80, hostPort: 80 }] }] },
    status: {
      phase: 'Pending',
      conditions: [
        {
          type: 'PodScheduled',
          status: 'False',
          reason: 'Unschedulable',
          message: "0/1 nodes are available: 1 node(s) didn't have free ports for the requested pod ports.",
        },
      ],
    },
  })
  expect(suspicions(hostPortConflict, { files: { 'cluster/pods.json': pod } })).toEqual(['0.85 Pod default/web'])
})
