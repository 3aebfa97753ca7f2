import { describe, expect, it } from 'vitest'
import { readDocuments } from '../intake/documents.ts'
import { formatAddress } from '../net/address.ts'
import { createEngine } from './engine.ts'
import type { Outcome, TraceRequest } from './trace.ts'

const HOST = {
  'ip-addr.txt': `1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 state UNKNOWN
    inet 127.0.0.1/8 scope host lo
2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 state UP
    inet 192.0.2.1/24 scope global eth0
3: cni0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1450 state UP
    inet 10.42.1.1/24 scope global cni0
4: kube-ipvs0: <BROADCAST,NOARP> mtu 1500 state DOWN
    inet 10.43.0.10/32 scope global kube-ipvs0
    inet 10.43.0.11/32 scope global kube-ipvs0
`,
  'ip-route.txt': `default via 192.0.2.254 dev eth0
10.42.1.0/24 dev cni0 proto kernel scope link src 10.42.1.1
10.42.2.0/24 via 192.0.2.2 dev eth0
192.0.2.0/24 dev eth0 proto kernel scope link src 192.0.2.1
`,
  'ss.txt': 'tcp LISTEN 0 128 192.0.2.1:6443 0.0.0.0:* users:(("kube-apiserver",pid=1,fd=3))\n',
  'sysctl.txt': 'net.ipv4.ip_forward = 1\nnet.ipv4.vs.conntrack = 1\n',
  'ipset-save.txt': `create KUBE-CLUSTER-IP hash:ip,port family inet hashsize 1024 maxelem 65536
add KUBE-CLUSTER-IP 10.43.0.10,tcp:80
create KUBE-NODE-PORT-TCP bitmap:port range 0-65535
add KUBE-NODE-PORT-TCP 30080
`,
  'iptables-save.txt': `*nat
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
:KUBE-MARK-MASQ - [0:0]
:KUBE-NODE-PORT - [0:0]
:KUBE-POSTROUTING - [0:0]
:KUBE-SERVICES - [0:0]
-A PREROUTING -j KUBE-SERVICES
-A OUTPUT -j KUBE-SERVICES
-A POSTROUTING -j KUBE-POSTROUTING
-A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000
-A KUBE-NODE-PORT -p tcp -m set --match-set KUBE-NODE-PORT-TCP dst -j KUBE-MARK-MASQ
-A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN
-A KUBE-POSTROUTING -j MASQUERADE
-A KUBE-SERVICES ! -s 10.42.0.0/16 -m set --match-set KUBE-CLUSTER-IP dst,dst -j KUBE-MARK-MASQ
-A KUBE-SERVICES -m addrtype --dst-type LOCAL -j KUBE-NODE-PORT
-A KUBE-SERVICES -m set --match-set KUBE-CLUSTER-IP dst,dst -j ACCEPT
COMMIT
*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
COMMIT
`,
}
const IPVS = `-A -t 10.43.0.10:80 -s rr
-a -t 10.43.0.10:80 -r 10.42.1.5:8080 -m -w 1
-a -t 10.43.0.10:80 -r 10.42.2.5:8080 -m -w 1
-a -t 10.43.0.10:80 -r 10.42.2.6:8080 -m -w 0
-A -t 192.0.2.1:30080 -s rr
-a -t 192.0.2.1:30080 -r 10.42.2.5:8080 -m -w 1
-A -t 10.43.0.11:443 -s rr
-a -t 10.43.0.11:443 -r 192.0.2.1:6443 -m -w 1
-A -t 10.43.0.10:81 -s rr
`

function trace(request: TraceRequest, files: Readonly<Record<string, string>> = { ...HOST, 'ipvsadm.txt': IPVS }): readonly Outcome[] {
  const result = createEngine(readDocuments(Object.entries(files).map(([name, text]) => ({ path: `hosts/h/${name}`, text })))).trace(
    request,
  )
  if ('kind' in result) throw new Error(result.text)
  return result.outcomes
}
const OUTSIDE = { from: 'outside', host: 'h', iif: 'eth0', src: '198.51.100.7' }
const told = ({ verdict, connection, probability, packet, at }: Outcome) =>
  `${verdict} ${connection} ${probability} ${formatAddress(packet.src)} > ${formatAddress(packet.dst)}:${packet.dport} ${at.interface}`

describe('IPVS', () => {
  it.each<[string, TraceRequest, readonly string[]]>([
    [
      'takes turns between the servers that have a weight, for a client on the node, whose source is masqueraded',
      { from: 'host/h', to: '10.43.0.10:80' },
      ['forwarded connects 0.5 10.42.1.1 > 10.42.1.5:8080 cni0', 'forwarded connects 0.5 192.0.2.1 > 10.42.2.5:8080 eth0'],
    ],
    ['serves node ports', { ...OUTSIDE, to: '192.0.2.1:30080' }, ['forwarded connects 1 192.0.2.1 > 10.42.2.5:8080 eth0']],
    [
      'sends to a server on the node itself',
      { from: 'host/h', to: '10.43.0.11:443' },
      ['delivered connects 1 10.43.0.11 > 192.0.2.1:6443 lo'],
    ],
    [
      'refuses where a virtual service has no server',
      { from: '10.42.1.9', to: '10.43.0.10:81' },
      ['rejected refused 1 10.42.1.9 > 10.43.0.10:81 cni0'],
    ],
    [
      'leaves alone what is no virtual service',
      { from: '10.42.1.9', to: '10.43.0.10:99' },
      ['delivered refused 1 10.42.1.9 > 10.43.0.10:99 cni0'],
    ],
  ])('%s', (_, request, expected) => {
    expect(trace(request).map(told)).toEqual(expected)
  })

  it('keeps the source of a pod', () => {
    const sources = trace({ from: '10.42.1.9', to: '10.43.0.10:80' }).map(
      ({ packet }) => `${formatAddress(packet.src)} > ${formatAddress(packet.dst)}`,
    )
    expect(sources).toEqual(['10.42.1.9 > 10.42.1.5', '10.42.1.9 > 10.42.2.5'])
  })

  it('is behind the filter rules of INPUT, which see the virtual address, and before those of OUTPUT, which see the server', () => {
    const dropping = (rule: string) => ({
      ...HOST,
      'ipvsadm.txt': IPVS,
      'iptables-save.txt': HOST['iptables-save.txt'].replace(
        '*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n',
        (all) => `${all}${rule}\n`,
      ),
    })
    const pod = { from: '10.42.1.9', to: '10.43.0.10:80' }
    expect(trace(pod, dropping('-A INPUT -d 10.43.0.10/32 -j DROP')).map((one) => one.verdict)).toEqual(['dropped'])
    expect(trace(pod, dropping('-A FORWARD -j DROP')).map((one) => one.verdict)).toEqual(['forwarded', 'forwarded'])
    expect(trace({ from: 'host/h', to: '10.43.0.10:80' }, dropping('-A OUTPUT -d 10.42.2.5/32 -j DROP')).map((one) => one.verdict)).toEqual(
      ['forwarded', 'dropped'],
    )
    expect(
      trace({ from: 'host/h', to: '10.43.0.10:80' }, dropping('-A OUTPUT -d 10.43.0.10/32 -j DROP')).map((one) => one.verdict),
    ).toEqual(['forwarded', 'forwarded'])
  })

  it('says what is missing where the virtual services were not captured', () => {
    const [outcome] = trace({ from: '10.42.1.9', to: '10.43.0.10:80' }, HOST)
    expect(outcome).toMatchObject({ verdict: 'unknown', reason: 'missing-evidence', missing: [{ evidence: 'hosts/h/ipvsadm.txt' }] })
  })

  it('does not guess how a server is chosen by load or hash', () => {
    const outcomes = trace({ from: '10.42.1.9', to: '10.43.0.10:80' }, { ...HOST, 'ipvsadm.txt': IPVS.replaceAll('-s rr', '-s sh') })
    expect(outcomes.map((one) => one.probability)).toEqual([null, null])
    expect(outcomes[0]?.assumptions.join()).toContain('chooses by sh')
  })
})
