import { expect, test } from 'vitest'
import { type Story, sceneOf, suspicions } from '../testing/scene.ts'
import { appBacklog } from './app-backlog.ts'
import { appLoopbackOnly } from './app-loopback-only.ts'
import { appNotListening } from './app-not-listening.ts'

/** A pod on a node, asked for port 80. */
const story = (ss: string, result = 'refused', to = '10.244.1.7:80/tcp'): Story => ({
  machines: {
    n1: { devices: 'eth0 192.0.2.11/24\ncni0 bridge 10.244.1.1/24\nveth1@n1/p1:eth0 master=cni0', sysctl: 'net.ipv4.ip_forward = 1' },
    'n1/p1': { devices: 'eth0@n1:veth1 10.244.1.7/24', routes: 'default via 10.244.1.1 dev eth0', ss },
  },
  tried: [`host/n1 -> ${to} ${result}`],
})

test.each([
  ['nothing listens at all', story(''), ['0.85 port 80/tcp of namespace p1 on n1']],
  ['another port is open', story('tcp LISTEN 0 128 *:8080 *:*'), ['0.85 port 80/tcp of namespace p1 on n1']],
  ['silence was seen, which does not fit', story('', 'timeout'), ['0.3 port 80/tcp of namespace p1 on n1']],
])('app.not-listening: %s', (_, told, expected) => {
  expect(suspicions(appNotListening, told)).toEqual(expected)
})

test.each([
  ['the port is open', story('tcp LISTEN 0 128 *:80 *:*')],
  ['it is open on loopback', story('tcp LISTEN 0 128 127.0.0.1:80 0.0.0.0:*')],
  ['the packet never gets there', story('', 'timeout', '10.244.9.9:80/tcp')],
])('app.not-listening: not where %s', (_, told) => {
  expect(suspicions(appNotListening, told)).toEqual([])
})

test('app.not-listening: a container publishes the port, and the rules that should have translated it are gone', () => {
  const scene = sceneOf({
    machines: { h: { devices: 'eth0 192.0.2.11/24', ss: 'tcp LISTEN 0 128 *:22 *:*' } },
    files: {
      'hosts/h/docker/ps.txt': `CONTAINER ID   IMAGE   COMMAND   CREATED   STATUS        PORTS                  NAMES
0123456789ab   a       "a"       1h ago    Up 1 hour     0.0.0.0:8080->80/tcp   web
`,
    },
    tried: ['host/h -> 192.0.2.11:8080/tcp refused', 'host/h -> 192.0.2.11:8081/tcp refused'],
  })
  expect(appNotListening.suspects(scene).map(({ likelihood, where }) => `${likelihood} ${where.object}`)).toEqual([
    '0.34 port 8080/tcp of host h',
    '0.85 port 8081/tcp of host h',
  ])
})

test('app.not-listening: the model without it has the port open', () => {
  const scene = sceneOf(story(''))
  expect(appNotListening.suspects(scene)[0]).toMatchObject({
    without: [{ kind: 'socket-added', at: { host: 'n1', netns: 'p1' }, protocol: 'tcp', port: 80 }],
    explains: ['o1'],
  })
})

test.each([
  ['loopback', story('tcp LISTEN 0 128 127.0.0.1:80 0.0.0.0:*'), 'a process listens on 127.0.0.1:80 only, which nobody outside reaches'],
  ['IPv6', story('tcp LISTEN 0 128 [::1]:80 [::]:*'), 'a process listens on ::1:80 only, which nobody outside reaches'],
  ['another address', story('tcp LISTEN 0 128 10.9.9.9:80 0.0.0.0:* users:(("nginx",pid=7,fd=6))'), 'nginx listens on 10.9.9.9:80 only'],
])('app.loopback-only: open on %s only', (_, told, sentence) => {
  const [suspect] = appLoopbackOnly.suspects(sceneOf(told))
  expect(suspect).toMatchObject({ likelihood: 0.95, where: { host: 'n1', netns: 'p1', object: 'port 80/tcp of namespace p1 on n1' } })
  expect(suspect?.because.map(({ text }) => text)).toContain(sentence)
})

test('app.loopback-only: not where the port is open on every address too, or asked for on loopback', () => {
  expect(suspicions(appLoopbackOnly, story('tcp LISTEN 0 128 127.0.0.1:80 0.0.0.0:*\ntcp LISTEN 0 128 10.244.1.7:80 0.0.0.0:*'))).toEqual(
    [],
  )
  const local = { ...story('tcp LISTEN 0 128 127.0.0.1:80 0.0.0.0:*'), tried: ['netns/n1/p1 -> 127.0.0.1:80/tcp refused'] }
  expect(suspicions(appLoopbackOnly, local)).toEqual([])
})

test('app.loopback-only: the way is not known, the sockets of the target are', () => {
  const told = (result: string, address: string): Story => ({
    files: {
      'hosts/h/ss.txt': `tcp LISTEN 0 128 ${address}:8080 0.0.0.0:*\n`,
      'hosts/h/ip-addr.txt': 'lo UNKNOWN 127.0.0.1/8\neth0 UP 192.0.2.5/24\n',
    },
    tried: [`outside -> 192.0.2.5:8080/tcp ${result}`],
  })
  expect(suspicions(appLoopbackOnly, told('refused', '127.0.0.1'))).toEqual(['0.81 port 8080/tcp of host h'])
  expect(suspicions(appLoopbackOnly, told('refused', '0.0.0.0'))).toEqual([])
  expect(suspicions(appLoopbackOnly, told('timeout', '127.0.0.1'))).toEqual([])
})

test.each([
  ['more wait than the queue takes', 'tcp LISTEN 129 128 *:80 *:*', '10.244.1.7:80/tcp', ['0.9 listener on port 80/tcp']],
  ['the queue is just full', 'tcp LISTEN 128 128 *:80 *:*', '10.244.1.7:80/tcp', ['0.6 listener on port 80/tcp']],
  ['what fails leads to another port', 'tcp LISTEN 129 128 *:80 *:*', '10.244.1.7:9090/tcp', ['0.3 listener on port 80/tcp']],
  ['some wait', 'tcp LISTEN 5 128 *:80 *:*', '10.244.1.7:80/tcp', []],
  ['a connection with data to read is no listener', 'tcp ESTAB 500 128 10.244.1.7:80 192.0.2.11:4711', '10.244.1.7:80/tcp', []],
])('app.backlog: %s', (_, ss, to, expected) => {
  expect(suspicions(appBacklog, story(ss, 'timeout', to))).toEqual(expected)
})

test('app.backlog: overflows that the kernel counted make it possible', () => {
  const counted = (value: number): Story => ({
    ...story('tcp LISTEN 0 128 *:80 *:*', 'timeout'),
    files: { 'hosts/n1/nstat.txt': `#kernel\nTcpExtListenOverflows           ${value}                 0.0\n` },
  })
  expect(suspicions(appBacklog, counted(512))).toEqual(['0.5 accept queues'])
  expect(suspicions(appBacklog, counted(0))).toEqual([])
})
