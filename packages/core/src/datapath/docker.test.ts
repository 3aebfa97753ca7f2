import { describe, expect, it } from 'vitest'
import { readDocuments } from '../intake/documents.ts'
import { formatAddress } from '../net/address.ts'
import { createEngine } from './engine.ts'
import type { Outcome, TraceRequest } from './trace.ts'

type Files = Readonly<Record<string, string>>

const up = 'BROADCAST,MULTICAST,UP,LOWER_UP'
const HOST: Files = {
  'ip-addr.txt': `1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 state UNKNOWN
    inet 127.0.0.1/8 scope host lo
2: eth0: <${up}> mtu 1500 state UP
    inet 192.0.2.1/24 scope global eth0
3: docker0: <${up}> mtu 1500 state UP
    inet 172.17.0.1/16 scope global docker0
4: br-back: <${up}> mtu 1500 state UP
    inet 172.18.0.1/16 scope global br-back
5: veth1@if2: <${up}> mtu 1500 master docker0 state UP
6: veth2@if2: <${up}> mtu 1500 master br-back state UP
`,
  'ip-route.txt': `default via 192.0.2.254 dev eth0
172.17.0.0/16 dev docker0 proto kernel scope link src 172.17.0.1
172.18.0.0/16 dev br-back proto kernel scope link src 172.18.0.1
192.0.2.0/24 dev eth0 proto kernel scope link src 192.0.2.1
`,
  'sysctl.txt': 'net.ipv4.ip_forward = 1\n',
  'ss.txt': `tcp LISTEN 0 4096 0.0.0.0:8080 0.0.0.0:* users:(("docker-proxy",pid=7,fd=4))
tcp LISTEN 0 4096 0.0.0.0:9090 0.0.0.0:* users:(("prometheus",pid=8,fd=4))
`,
}
const nat = (rules: string) => `*nat
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
:DOCKER - [0:0]
-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
-A OUTPUT ! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j DOCKER
-A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE
-A POSTROUTING -s 172.18.0.0/16 ! -o br-back -j MASQUERADE
${rules}-A DOCKER ! -i docker0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80
COMMIT
`
const filter = (chains: readonly string[], rules: string) => `*filter
:INPUT ACCEPT [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
${chains.map((chain) => `:${chain} - [0:0]\n`).join('')}${rules}COMMIT
`
const DIRECT = '*raw\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -d 172.17.0.2/32 ! -i docker0 -j DROP\nCOMMIT\n'
const PUBLISHED = '-A DOCKER -d 172.17.0.2/32 ! -i docker0 -o docker0 -p tcp -m tcp --dport 80 -j ACCEPT\n'

/** Docker 20.10 to 26: FORWARD names each bridge. */
const OLD = filter(
  ['DOCKER', 'DOCKER-ISOLATION-STAGE-1', 'DOCKER-ISOLATION-STAGE-2', 'DOCKER-USER'],
  `-A FORWARD -j DOCKER-USER
-A FORWARD -j DOCKER-ISOLATION-STAGE-1
${['br-back', 'docker0'].map((b) => `-A FORWARD -o ${b} -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n-A FORWARD -o ${b} -j DOCKER\n-A FORWARD -i ${b} ! -o ${b} -j ACCEPT\n-A FORWARD -i ${b} -o ${b} -j ACCEPT\n`).join('')}${PUBLISHED}-A DOCKER-ISOLATION-STAGE-1 -i br-back ! -o br-back -j DOCKER-ISOLATION-STAGE-2
-A DOCKER-ISOLATION-STAGE-1 -i docker0 ! -o docker0 -j DOCKER-ISOLATION-STAGE-2
-A DOCKER-ISOLATION-STAGE-1 -j RETURN
-A DOCKER-ISOLATION-STAGE-2 -o br-back -j DROP
-A DOCKER-ISOLATION-STAGE-2 -o docker0 -j DROP
-A DOCKER-ISOLATION-STAGE-2 -j RETURN
-A DOCKER-USER -j RETURN
`,
)
/** Docker 28: DOCKER-FORWARD, DOCKER-CT, DOCKER-BRIDGE; what is not published is dropped. */
const D28 = filter(
  ['DOCKER', 'DOCKER-BRIDGE', 'DOCKER-CT', 'DOCKER-FORWARD', 'DOCKER-ISOLATION-STAGE-1', 'DOCKER-ISOLATION-STAGE-2', 'DOCKER-USER'],
  `-A FORWARD -j DOCKER-USER
-A FORWARD -j DOCKER-FORWARD
${PUBLISHED}${['br-back', 'docker0'].map((b) => `-A DOCKER ! -i ${b} -o ${b} -j DROP\n-A DOCKER-BRIDGE -o ${b} -j DOCKER\n-A DOCKER-CT -o ${b} -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n`).join('')}-A DOCKER-FORWARD -j DOCKER-CT
-A DOCKER-FORWARD -j DOCKER-ISOLATION-STAGE-1
-A DOCKER-FORWARD -j DOCKER-BRIDGE
-A DOCKER-FORWARD -i br-back -j ACCEPT
-A DOCKER-FORWARD -i docker0 -j ACCEPT
-A DOCKER-ISOLATION-STAGE-1 -i br-back ! -o br-back -j DOCKER-ISOLATION-STAGE-2
-A DOCKER-ISOLATION-STAGE-1 -i docker0 ! -o docker0 -j DOCKER-ISOLATION-STAGE-2
-A DOCKER-ISOLATION-STAGE-2 -o br-back -j DROP
-A DOCKER-ISOLATION-STAGE-2 -o docker0 -j DROP
`,
)
/** Docker 29: without isolation chains; the drop of what is not published keeps networks apart. */
const D29 = D28.replaceAll(/^.*DOCKER-ISOLATION.*\n/gm, '')
  .replace('-A DOCKER-FORWARD -j DOCKER-BRIDGE', '-A DOCKER-FORWARD -j DOCKER-INTERNAL\n-A DOCKER-FORWARD -j DOCKER-BRIDGE')
  .replace(':DOCKER-USER', ':DOCKER-INTERNAL - [0:0]\n:DOCKER-USER')
const NFT = `table ip docker-bridges {
	map filter-forward-in-jumps {
		type ifname : verdict
		elements = { "docker0" : jump filter-forward-in__docker0, "br-back" : jump filter-forward-in__br-back }
	}
	map filter-forward-out-jumps {
		type ifname : verdict
		elements = { "docker0" : jump filter-forward-out__docker0, "br-back" : jump filter-forward-out__br-back }
	}
	chain filter-FORWARD {
		type filter hook forward priority filter; policy accept;
		oifname vmap @filter-forward-in-jumps
		iifname vmap @filter-forward-out-jumps
	}
	chain nat-OUTPUT {
		type nat hook output priority -100; policy accept;
		ip daddr != 127.0.0.0/8 fib daddr type local counter packets 0 bytes 0 jump nat-prerouting-and-output
	}
	chain nat-POSTROUTING {
		type nat hook postrouting priority srcnat; policy accept;
		oifname != "docker0" ip saddr 172.17.0.0/16 counter packets 1 bytes 84 masquerade comment "MASQUERADE"
	}
	chain nat-PREROUTING {
		type nat hook prerouting priority dstnat; policy accept;
		fib daddr type local counter packets 1 bytes 60 jump nat-prerouting-and-output
	}
	chain nat-prerouting-and-output {
		iifname != "docker0" tcp dport 8080 counter packets 1 bytes 60 dnat to 172.17.0.2:80 comment "DNAT"
	}
	chain raw-PREROUTING {
		type filter hook prerouting priority raw; policy accept;
		ip daddr 172.17.0.2 iifname != "docker0" counter packets 0 bytes 0 drop comment "DROP DIRECT ACCESS"
	}
${['docker0', 'br-back']
  .map(
    (b) => `	chain filter-forward-in__${b} {
		ct state established,related counter packets 6 bytes 422 accept
		iifname "${b}" counter packets 0 bytes 0 accept comment "ICC"
${b === 'docker0' ? '\t\tip daddr 172.17.0.2 tcp dport 80 counter packets 1 bytes 60 accept\n' : ''}		counter packets 0 bytes 0 drop comment "UNPUBLISHED PORT DROP"
	}
	chain filter-forward-out__${b} {
		ct state established,related counter packets 6 bytes 562 accept
		counter packets 1 bytes 84 accept comment "OUTGOING"
	}
`,
  )
  .join('')}}
`
/** netavark: NETAVARK-HOSTPORT-DNAT and a chain for each network. */
const PODMAN = `*nat
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
:NETAVARK-1D8721804F16F - [0:0]
:NETAVARK-DN-1D8721804F16F - [0:0]
:NETAVARK-HOSTPORT-DNAT - [0:0]
:NETAVARK-HOSTPORT-MASQ - [0:0]
:NETAVARK-HOSTPORT-SETMARK - [0:0]
-A PREROUTING -m addrtype --dst-type LOCAL -j NETAVARK-HOSTPORT-DNAT
-A OUTPUT -m addrtype --dst-type LOCAL -j NETAVARK-HOSTPORT-DNAT
-A POSTROUTING -j NETAVARK-HOSTPORT-MASQ
-A POSTROUTING -s 172.17.0.0/16 -j NETAVARK-1D8721804F16F
-A NETAVARK-1D8721804F16F -d 172.17.0.0/16 -j ACCEPT
-A NETAVARK-1D8721804F16F ! -d 224.0.0.0/4 -j MASQUERADE
-A NETAVARK-DN-1D8721804F16F -s 172.17.0.0/16 -p tcp -m tcp --dport 8080 -j NETAVARK-HOSTPORT-SETMARK
-A NETAVARK-DN-1D8721804F16F -s 127.0.0.1/32 -p tcp -m tcp --dport 8080 -j NETAVARK-HOSTPORT-SETMARK
-A NETAVARK-DN-1D8721804F16F -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80
-A NETAVARK-HOSTPORT-DNAT -p tcp -m tcp --dport 8080 -m comment --comment "dnat name: podman id: 7f" -j NETAVARK-DN-1D8721804F16F
-A NETAVARK-HOSTPORT-MASQ -m comment --comment "netavark portfw masq mark" -m mark --mark 0x2000/0x2000 -j MASQUERADE
-A NETAVARK-HOSTPORT-SETMARK -j MARK --set-xmark 0x2000/0x2000
COMMIT
*filter
:INPUT ACCEPT [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
:NETAVARK_FORWARD - [0:0]
-A FORWARD -m comment --comment "netavark firewall rules" -j NETAVARK_FORWARD
-A NETAVARK_FORWARD -d 172.17.0.0/16 -m conntrack --ctstate RELATED,ESTABLISHED,DNAT -j ACCEPT
-A NETAVARK_FORWARD -s 172.17.0.0/16 -j ACCEPT
COMMIT
`
const LAYOUTS: readonly (readonly [string, Files])[] = [
  ['20.10 to 26', { 'iptables-save.txt': nat('-A DOCKER -i docker0 -j RETURN\n') + OLD }],
  ['28', { 'iptables-save.txt': DIRECT + nat('-A DOCKER -i docker0 -j RETURN\n') + D28 }],
  ['29', { 'iptables-save.txt': DIRECT + nat('') + D29 }],
  ['29 with nftables', { 'nft.txt': NFT }],
  ["Podman's netavark", { 'iptables-save.txt': PODMAN }],
]

function trace(files: Files, request: TraceRequest): Outcome {
  const all = { ...HOST, ...files }
  const result = createEngine(readDocuments(Object.entries(all).map(([name, text]) => ({ path: `hosts/h/${name}`, text })))).trace(request)
  if ('kind' in result) throw new Error(result.text)
  expect(result.outcomes).toHaveLength(1)
  return result.outcomes[0] as Outcome
}
const told = ({ verdict, connection, packet }: Outcome) =>
  `${verdict} ${connection} ${formatAddress(packet.src)} > ${formatAddress(packet.dst)}:${packet.dport}`
const OUTSIDE = { from: 'outside', host: 'h', iif: 'eth0', src: '198.51.100.7' }

describe.each(LAYOUTS)('Docker %s', (name, files) => {
  const podman = name.startsWith('Podman')

  it('a published port connects from outside, and from the host itself', () => {
    expect(told(trace(files, { ...OUTSIDE, to: '192.0.2.1:8080' }))).toBe('forwarded connects 198.51.100.7 > 172.17.0.2:80')
    expect(told(trace(files, { from: 'host/h', to: '192.0.2.1:8080' }))).toBe('forwarded connects 192.0.2.1 > 172.17.0.2:80')
  })

  it('a container reaches the outside, masqueraded', () => {
    expect(told(trace(files, { from: '172.17.0.2', to: '203.0.113.9:443' }))).toBe('forwarded connects 192.0.2.1 > 203.0.113.9:443')
  })

  it('ports that are not published do not connect from outside', () => {
    expect(trace(files, { ...OUTSIDE, src: '192.0.2.9', to: '172.17.0.2:81' }).verdict).toBe('dropped')
  })

  it.skipIf(podman)("a container of the same bridge comes to the port by the host's userland proxy", () => {
    const outcome = trace(files, { from: '172.17.0.3', to: '192.0.2.1:8080' })
    expect(told(outcome)).toBe('delivered connects 172.17.0.3 > 192.0.2.1:8080')
    expect(outcome.assumptions.join()).toContain('docker-proxy answers on the host')
  })

  it.skipIf(podman)('networks are kept apart, but for published ports of the host', () => {
    expect(trace(files, { from: '172.18.0.2', to: '172.17.0.2:81' }).verdict).toBe('dropped')
  })
})

describe('containers by name', () => {
  const idOf = (name: string) =>
    [...name]
      .map((letter) => letter.charCodeAt(0).toString(16))
      .reverse()
      .join('')
  const container = (name: string, rest: object) => ({
    Id: idOf(name),
    Name: `/${name}`,
    State: { Status: 'running' },
    NetworkSettings: { Networks: {} },
    ...rest,
  })
  const bridged = (address: string) => ({
    NetworkSettings: { Networks: { bridge: { IPAddress: address } } },
    HostConfig: { NetworkMode: 'bridge' },
  })
  const inspect = JSON.stringify([
    container('shop-web-1', {
      ...bridged('172.17.0.2'),
      Config: { Labels: { 'com.docker.compose.project': 'shop', 'com.docker.compose.service': 'web' } },
    }),
    container('shop-worker-1', {
      ...bridged('172.17.0.4'),
      Config: { Labels: { 'com.docker.compose.project': 'shop', 'com.docker.compose.service': 'worker' } },
    }),
    container('shop-worker-2', {
      ...bridged('172.17.0.5'),
      Config: { Labels: { 'com.docker.compose.project': 'shop', 'com.docker.compose.service': 'worker' } },
    }),
    container('sidecar', { HostConfig: { NetworkMode: `container:${idOf('shop-web-1')}` } }),
    container('monitor', { HostConfig: { NetworkMode: 'host' } }),
    container('alone', { HostConfig: { NetworkMode: 'none' } }),
  ])
  const files = { ...LAYOUTS[0]?.[1], 'docker/inspect.json': inspect }

  it.each<[string, TraceRequest, string]>([
    ['a compose service', { from: 'container/web', to: '203.0.113.9:443' }, 'forwarded connects 192.0.2.1 > 203.0.113.9:443'],
    ['with its project', { from: '172.17.0.3', to: 'container/shop.web:80' }, 'forwarded connects 172.17.0.3 > 172.17.0.2:80'],
    ["one in another's network", { from: '172.17.0.3', to: 'container/sidecar:80' }, 'forwarded connects 172.17.0.3 > 172.17.0.2:80'],
    ["one in its host's network", { from: '172.17.0.3', to: 'container/monitor:9090' }, 'delivered connects 172.17.0.3 > 192.0.2.1:9090'],
    ['and as the sender', { from: 'container/monitor', to: '203.0.113.9:443' }, 'forwarded connects 192.0.2.1 > 203.0.113.9:443'],
  ])('%s', (_, request, expected) => {
    expect(told(trace(files, request))).toBe(expected)
  })

  it.each([
    ['alone', 'has no network'],
    ['worker', 'is 2 containers'],
    ['nobody', 'there is no container nobody'],
  ])('%s: %s', (name, text) => {
    const documents = readDocuments(
      Object.entries({ ...HOST, ...files }).map(([file, content]) => ({ path: `hosts/h/${file}`, text: content })),
    )
    expect(createEngine(documents).trace({ from: '172.17.0.3', to: `container/${name}:80` })).toMatchObject({
      kind: 'bad-request',
      text: expect.stringContaining(text),
    })
  })
})
