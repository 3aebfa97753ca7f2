import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatAddress } from '../../net/address.ts'
import { readTextCapture } from './read.ts'

const only = (text: string) => {
  const { packets, notes } = readTextCapture(text, 'f')
  expect(notes).toEqual([])
  expect(packets).toHaveLength(1)
  return packets[0]
}
const SYN = { protocol: 6, sport: 40090, dport: 80, tcp: { flags: 2, seq: 77 } }
const TAIL = 'Flags [S], seq 77, win 64240, options [mss 1460,sackOK,nop,wscale 10], length 0'

test.each([
  ['plain', `10:00:01.5 IP 10.1.0.2.40090 > 10.2.0.2.80: ${TAIL}`, { time: 36001.5, device: undefined, any: false }],
  ['ports by name', `10:00:01.5 IP 10.1.0.2.40090 > 10.2.0.2.http: ${TAIL}`, {}],
  ['with a date', `2026-11-21 04:13:25.25 IP 10.1.0.2.40090 > 10.2.0.2.80: ${TAIL}`, { time: 1795234405.25 }],
  ['-tt', `1795234405.25 IP 10.1.0.2.40090 > 10.2.0.2.80: ${TAIL}`, { time: 1795234405.25 }],
  ['-t', `IP 10.1.0.2.40090 > 10.2.0.2.80: ${TAIL}`, { time: undefined }],
  ['-i any', `10:00:01.5 docker0 Out IP 10.1.0.2.40090 > 10.2.0.2.80: ${TAIL}`, { device: 'docker0', direction: 'out', any: true }],
  ['-i any, for another', `10:00:01.5 eth0  P   IP 10.1.0.2.40090 > 10.2.0.2.80: ${TAIL}`, { device: 'eth0', direction: 'other' }],
  [
    '-i any -e, a device that the reader does not know',
    `10:00:01.5 ?     In  ifindex 6 c6:e3:23:4d:75:f2 ethertype IPv4 (0x0800), length 80: 10.1.0.2.40090 > 10.2.0.2.80: ${TAIL}`,
    { device: undefined, deviceIndex: 6, direction: 'in', sourceMac: 'c6:e3:23:4d:75:f2' },
  ],
  [
    '-e',
    `10:00:01.5 4a:9b:6d:a2:99:0f (oui Unknown) > d6:90:a1:3b:4c:62 (oui Unknown), ethertype IPv4 (0x0800), length 74: 10.1.0.2.40090 > 10.2.0.2.http: ${TAIL}`,
    { sourceMac: '4a:9b:6d:a2:99:0f', destinationMac: 'd6:90:a1:3b:4c:62' },
  ],
  [
    '-e with a VLAN',
    `10:00:01.5 4a:9b:6d:a2:99:0f > d6:90:a1:3b:4c:62, ethertype 802.1Q (0x8100), length 78: vlan 5, p 0, ethertype IPv4 (0x0800), 10.1.0.2.40090 > 10.2.0.2.80: ${TAIL}`,
    { vlans: [5] },
  ],
  ['wrapped by mail', `10:00:01.5 IP 10.1.0.2.40090 > 10.2.0.2.80: Flags [S], seq 77,\nwin 64240, length 0`, {}],
  ['with a dump of its bytes', `10:00:01.5 IP 10.1.0.2.40090 > 10.2.0.2.80: ${TAIL}\n\t0x0000:  4500 003c 2edd 4000 4006  E..<..@.@.`, {}],
  [
    'between prompts',
    `$ tcpdump -ni eth0\ntcpdump: verbose output suppressed\nlistening on eth0, link-type EN10MB\n10:00:01.5 IP 10.1.0.2.40090 > 10.2.0.2.80: ${TAIL}\n^C\n1 packet captured`,
    {},
  ],
])('a SYN as %s', (_form, text, expected) => {
  expect(only(text)).toMatchObject({ ip: SYN, ...expected })
})

test('-v shows the header, and checksums that are the pseudo header’s sum', () => {
  const text = `1795234405.216587 IP (tos 0x0, ttl 64, id 11997, offset 0, flags [DF], proto TCP (6), length 60)
    10.1.0.2.57470 > 10.2.0.2.80: Flags [S], cksum 0x1435 (incorrect -> 0x09ec), seq 2762376022, win 64240, options [mss 1460], length 0`
  expect(only(text)?.ip).toMatchObject({ ttl: 64, id: 11997, dontFragment: true, length: 60, checksum: 'partial', tcp: { mss: 1460 } })
  expect(only(text.replace('0x1435', '0x1436'))?.ip?.checksum).toBe('bad')
  expect(only(text.replace('incorrect -> 0x09ec', 'correct'))?.ip?.checksum).toBe('good')
})

test('names stay names, and their dots are told from ports', () => {
  const ends = (line: string) => {
    const ip = only(`10:00:00.0 IP ${line}: Flags [S], seq 1, length 0`)?.ip
    return [ip?.src ?? ip?.srcName, ip?.sport, ip?.dst ?? ip?.dstName, ip?.dport]
  }
  expect(ends('netg > 172.17.0.4.5678')).toEqual(['netg', 0, 0xac110004, 5678])
  expect(ends('node-1.example.org.40000 > web.example.org.https')).toEqual(['node-1.example.org', 40000, 'web.example.org', 443])
  const v6 = only('10:00:00.0 IP6 2001:db8::1.40000 > fe80::2.443: Flags [S], seq 1, length 0')?.ip
  expect([v6?.family, v6 && formatAddress(v6.src as bigint), v6?.sport, v6 && formatAddress(v6.dst as bigint), v6?.dport]).toEqual([
    'ip6',
    '2001:db8::1',
    40000,
    'fe80::2',
    443,
  ])
})

test.each([
  ['IP 10.0.0.1 > 10.0.0.2: ICMP echo request, id 7, seq 3, length 64', { type: 8, sequence: 3 }, 7],
  [
    'IP 10.0.0.1 > 10.0.0.2: ICMP 10.9.0.9 udp port 53 unreachable, length 38',
    { type: 3, code: 3, quoted: { dst: 0x0a090009, protocol: 17, dport: 53 } },
    0,
  ],
  [
    'IP 10.0.0.1 > 10.0.0.2: ICMP host 10.9.0.9 unreachable - admin prohibited, length 68',
    { type: 3, code: 10, quoted: { dst: 0x0a090009 } },
    0,
  ],
  ['IP 10.0.0.1 > 10.0.0.2: ICMP 10.9.0.9 unreachable - need to frag (mtu 1280), length 556', { type: 3, code: 4, mtu: 1280 }, 0],
  ['IP6 2001:db8::1 > 2001:db8::2: ICMP6, packet too big, mtu 1280, length 1240', { type: 2, mtu: 1280 }, 0],
  [
    'IP6 2001:db8::1 > 2001:db8::2: ICMP6, destination unreachable, unreachable port, 2001:db8::9 tcp port 80, length 88',
    { type: 1, code: 4, quoted: { protocol: 6, dport: 80 } },
    0,
  ],
])('%s', (line, icmp, id) => {
  expect(only(`10:00:00.0 ${line}`)?.ip).toMatchObject({ sport: id, icmp })
})

test('the packet that an error quotes, and the one inside of a tunnel', () => {
  const error = `10:00:00.0 IP (tos 0xc0, ttl 64, id 1, offset 0, flags [none], proto ICMP (1), length 88)
    10.1.0.1 > 10.1.0.2: ICMP host 10.2.0.2 unreachable, length 68
\tIP (tos 0x0, ttl 63, id 7, offset 0, flags [DF], proto TCP (6), length 60)
    10.1.0.2.5000 > 10.2.0.2.80: Flags [S], seq 1, win 1, length 0`
  expect(only(error)?.ip?.icmp?.quoted).toMatchObject({ ttl: 63, id: 7, sport: 5000, dport: 80, tcp: { flags: 2 } })
  const inner = { sport: 40090, dport: 80, tcp: { flags: 2 } }
  for (const [outer, kind] of [
    ['192.0.2.1.5000 > 192.0.2.2.8472: OTV, flags [I] (0x08), overlay 0, instance 1\nIP', 'vxlan'],
    ['192.0.2.1.5000 > 192.0.2.2.4789: VXLAN, flags [I] (0x08), vni 1\nIP', 'vxlan'],
    ['192.0.2.1.5000 > 192.0.2.2.6081: Geneve, Flags [none], vni 0x1: IP', 'geneve'],
    ['192.0.2.1 > 192.0.2.2: GREv0, length 88: IP', 'gre'],
    ['192.0.2.1 > 192.0.2.2: IP', 'ipip'],
    ['192.0.2.1 > 192.0.2.2: (tos 0x0, ttl 64, id 1, offset 0, flags [DF], proto TCP (6), length 44)\n   ', 'ipip'],
    [
      '192.0.2.1 > 192.0.2.2: GREv0, Flags [none], proto IPv4 (0x0800), length 48\n\t(tos 0x0, ttl 64, id 1, offset 0, flags [DF], proto TCP (6), length 44)\n   ',
      'gre',
    ],
  ])
    expect(only(`10:00:00.0 IP ${outer} 10.1.0.2.40090 > 10.2.0.2.80: ${TAIL}`)?.ip?.tunnel).toMatchObject({ kind, frame: { ip: inner } })
})

test('IPv6 with -v, and behind extension headers', () => {
  const echo = only(
    '10:00:00.0 IP6 (hlim 64, next-header ICMPv6 (58) payload length: 12) 2001:db8::1 > 2001:db8::2: [icmp6 sum ok] ICMP6, echo request, id 9, seq 2',
  )
  expect(echo?.ip).toMatchObject({ protocol: 58, ttl: 64, length: 52, sport: 9, icmp: { type: 128, sequence: 2 } })
  const behind = only('10:00:00.0 IP6 2001:db8::1 > 2001:db8::2: HBH 40000 > 443: Flags [S], seq 5, win 64240, length 0')
  expect(behind?.ip).toMatchObject({ protocol: 6, sport: 40000, dport: 443, tcp: { flags: 2 } })
})

test('tshark’s lines', () => {
  const text = `    1   0.000000 8e:4c:92:b5:de:1f → Broadcast    ARP 42 Who has 10.1.0.1? Tell 10.1.0.2
    2   0.000042 6a:e2:c7:3d:d5:9e → 8e:4c:92:b5:de:1f ARP 42 10.1.0.1 is at 6a:e2:c7:3d:d5:9e
    3   0.000044     10.1.0.2 → 10.2.0.2     TCP 74 [TCP Retransmission] 40090 → 80 [SYN] Seq=0 Win=64240 Len=0 MSS=1460
    4   0.000062     10.1.0.1 → 10.1.0.2     ICMP 590 Destination unreachable (Fragmentation needed)
    5   0.000062     10.1.0.2 -> 10.2.0.2     DNS 590 Standard query 0x1 A example.org`
  expect(readTextCapture(text, 'f').packets).toMatchObject([
    { arp: { operation: 'request', target: 0x0a010001 } },
    { arp: { operation: 'reply', senderMac: '6a:e2:c7:3d:d5:9e' } },
    { number: 3, ip: { sport: 40090, dport: 80, tcp: { flags: 2 } } },
    { ip: { icmp: { type: 3, code: 4 } } },
    { ip: { protocol: 17 } },
  ])
})

test('what is no IP is left out, what is not understood is noted', () => {
  expect(readTextCapture('10:00:00.0 STP 802.1d, Config, Flags [none], length 35\n', 'f')).toEqual({ packets: [], notes: [] })
  expect(readTextCapture('10:00:00.0 IP what is this\n', 'f').notes).toMatchObject([{ kind: 'not-understood', source: { line: 1 } }])
})

test('hostile lines take no time and throw nothing', () => {
  const line = `10:00:01.5 eth0 In IP (tos 0x0, ttl 64) 10.1.0.2.40090 > 10.2.0.2.80: ${TAIL}`
  for (const unit of ['(', ' IP ', '> ', 'a.', 'vlan 5, p 0, ethertype x, ', 'VXLAN, flags ', ', seq 1', '\n '])
    readTextCapture(`${line}\n10:00:00.0 IP ${unit.repeat(50_000)}`, 'f')
  fc.assert(
    fc.property(fc.nat(line.length), fc.nat(20), fc.string({ maxLength: 8 }), (at, length, insert) => {
      readTextCapture(line.slice(0, at) + insert + line.slice(at + length), 'f')
    }),
  )
})
