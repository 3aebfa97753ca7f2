import { expect, test } from 'vitest'
import { readDocuments } from '../../../intake/documents.ts'
import { formatAddress } from '../../../net/address.ts'
import { type Bytes, ether, hex, ipv4, pcap, sll2, summed, tcp, udp, zeros } from '../../../parse/pcap/testing/build.ts'
import type { PacketsSeen } from '../observation.ts'
import { observationsOfCaptures, packetsSeen } from './observations.ts'
import { flowText } from './sight.ts'

type Files = Readonly<Record<string, string | Uint8Array>>
const observe = (files: Files): readonly PacketsSeen[] =>
  packetsSeen(
    readDocuments(
      Object.entries(files).map(([path, given]) => (typeof given === 'string' ? { path, text: given } : { path, text: '', bytes: given })),
    ),
  )
const text = (...lines: string[]): Files => ({
  'capture.txt': lines.map((line, i) => (/^\d/.test(line) ? line : `10:00:0${i}.000000 ${line}`)).join('\n'),
})
const sightings = (files: Files): readonly string[] =>
  observe(files).map(({ sighting, flow, by }) =>
    `${sighting} ${flow ? flowText(flow) : ''}${by === undefined ? '' : ` by ${formatAddress(by)}`}`.trim(),
  )

test('two machines answer for one address; an address that moved is not one', () => {
  const reply = (last: string) => `ARP, Reply 192.0.2.9 is-at 02:00:00:00:00:0${last}, length 28`
  const asked = 'ARP, Request who-has 192.0.2.9 tell 192.0.2.1, length 28'
  const [seen] = observe(text(asked, reply('1'), reply('2')))
  expect(seen).toMatchObject({ sighting: 'duplicate-address', macs: ['02:00:00:00:00:01', '02:00:00:00:00:02'] })
  const moved = 'ARP, Request who-has 192.0.2.9 (Broadcast) tell 192.0.2.9, length 28'
  expect(sightings(text(asked, reply('1'), moved))).toEqual([])
})

test('asked once and not answered is a fault only when there was time to answer', () => {
  const asked = 'ARP, Request who-has 192.0.2.9 tell 192.0.2.1, length 28'
  const other = 'IP 192.0.2.1.5000 > 192.0.2.2.80: Flags [P.], seq 1:2, ack 1, length 1'
  expect(sightings(text(other, asked))).toEqual([])
  expect(sightings(text(asked, other))).toEqual(['arp-unanswered 192.0.2.1 -> 192.0.2.9 by 192.0.2.1'])
})

test('large segments that are sent again and again while small ones arrive', () => {
  const [client, server] = ['10.0.0.1.40000', '10.0.0.2.443']
  const large = `IP ${server} > ${client}: Flags [.], seq 1:1449, ack 101, win 500, length 1448`
  const lines = [
    `IP ${client} > ${server}: Flags [S], seq 7, win 64240, options [mss 1460], length 0`,
    `IP ${server} > ${client}: Flags [S.], seq 9, ack 8, win 64240, options [mss 1460], length 0`,
    `IP ${client} > ${server}: Flags [.], ack 1, win 500, length 0`,
    `IP ${client} > ${server}: Flags [P.], seq 1:101, ack 1, win 500, length 100`,
    `IP ${server} > ${client}: Flags [.], ack 101, win 500, length 0`,
    large,
    large,
    large,
  ]
  expect(sightings(text(...lines))).toEqual(['large-lost 10.0.0.1:40000 -> 10.0.0.2:443/tcp'])
  // acknowledged in the end: only slow
  expect(sightings(text(...lines, `IP ${client} > ${server}: Flags [.], ack 1449, win 500, length 0`))).toEqual([
    'answered 10.0.0.1:40000 -> 10.0.0.2:443/tcp',
  ])
})

test('a probe that resets what it opened works; a server that resets at once refuses', () => {
  const syn = 'IP 10.0.0.1.4000 > 10.0.0.2.80: Flags [S], seq 7, win 64240, length 0'
  const answer = 'IP 10.0.0.2.80 > 10.0.0.1.4000: Flags [S.], seq 9, ack 8, win 64240, length 0'
  expect(sightings(text(syn, answer, 'IP 10.0.0.1.4000 > 10.0.0.2.80: Flags [R], seq 8, win 0, length 0'))).toEqual([
    'answered 10.0.0.1:4000 -> 10.0.0.2:80/tcp',
  ])
  expect(sightings(text(syn, 'IP 10.0.0.2.80 > 10.0.0.1.4000: Flags [R.], seq 0, ack 8, win 0, length 0'))).toEqual([
    'reset 10.0.0.1:4000 -> 10.0.0.2:80/tcp by 10.0.0.2',
  ])
})

test('half of a connection, and a question of which only the answers are there', () => {
  const data = (n: number) => `IP 10.0.0.1.4000 > 10.0.0.2.80: Flags [P.], seq ${n}:${n + 10}, ack 1, length 10`
  expect(sightings(text(data(1), data(11), data(21)))).toEqual(['one-way 10.0.0.1:4000 -> 10.0.0.2:80/tcp'])
  const answer = 'IP 10.0.0.2.80 > 10.0.0.1.4000: Flags [S.], seq 9, ack 8, win 64240, length 0'
  expect(sightings(text(answer, answer, answer))).toEqual(['reply-lost 10.0.0.1:4000 -> 10.0.0.2:80/tcp'])
})

test('an answer that leaves by another interface than the question came in by', () => {
  const lines = [1, 2].flatMap((n) => [
    `10:00:0${n}.0 eth0  In  IP 198.51.100.7.4000 > 192.0.2.5.80: Flags [S], seq 7, win 1, length 0`,
    `10:00:0${n}.1 eth1  Out IP 192.0.2.5.80 > 198.51.100.7.4000: Flags [S.], seq 9, ack 8, win 1, length 0`,
  ])
  expect(sightings(text(...lines))).toEqual([
    'reply-lost 198.51.100.7:4000 -> 192.0.2.5:80/tcp',
    'wrong-interface 198.51.100.7:4000 -> 192.0.2.5:80/tcp',
  ])
})

test('names are resolved where the evidence tells them', () => {
  const line = '00:24:06.508987 tailscale0 Out IP iac1 > 172.17.0.4.5678: Flags [S], seq 2160797444\n'
  expect(sightings({ 'a.txt': line })).toEqual(['syn-unanswered iac1 -> 172.17.0.4:5678/tcp'])
  expect(sightings({ 'a.txt': line, 'hosts/h/files/etc/hosts': '127.0.0.1 localhost\n100.64.0.1 iac1\n' })).toEqual([
    'syn-unanswered 100.64.0.1 -> 172.17.0.4:5678/tcp',
  ])
})

test('many tries of one client are one observation', () => {
  const tries = Array.from(
    { length: 30 },
    (_, i) => `10:00:${10 + i}.0 IP 10.0.0.1.${4000 + i} > 10.0.0.2.80: Flags [S], seq ${i}, win 1, length 0`,
  )
  const end = Array.from({ length: 3 }, (_, i) => `10:01:0${i}.0 ARP, Reply 10.0.0.9 is-at 02:00:00:00:00:01, length 28`)
  const seen = observe(text(...tries, ...end))
  expect(seen.map(({ sighting }) => sighting)).toEqual(['syn-unanswered'])
  expect(seen[0]?.text).toContain('and 29 more like it')
})

const A = { src: '10.0.0.1', dst: '10.0.0.2', protocol: 6 }
const frame = (id: number, how: { wrong?: number; partial?: boolean }): Bytes =>
  ether(0x0800, ipv4({ ...A, id }, summed(A, tcp(4000, 80, 0x18, 1 + id, 1, hex('00010203')), 16, how)))

test('a checksum that is wrong on the wire is told from one that the card fills in', () => {
  const kinds = (how: { wrong?: number; partial?: boolean }) =>
    observe({
      'a.pcap': pcap(
        1,
        [1, 2, 3].map((id) => frame(id, how)),
      ),
    }).map(({ sighting }) => sighting)
  expect(kinds({ wrong: 1 })).toContain('bad-checksum')
  expect(kinds({ partial: true })).toContain('offloaded-checksum')
  expect(kinds({ partial: true })).not.toContain('bad-checksum')
  expect(kinds({})).not.toContain('bad-checksum')
  // what is answered was right when it arrived
  const answer = ether(
    0x0800,
    ipv4({ ...A, src: A.dst, dst: A.src }, summed({ ...A, src: A.dst, dst: A.src }, tcp(80, 4000, 0x10, 1, 9), 16)),
  )
  expect(
    packetsSeen(readDocuments([{ path: 'a.pcap', text: '', bytes: pcap(1, [frame(1, { wrong: 1 }), answer]) }])).map(
      ({ sighting }) => sighting,
    ),
  ).not.toContain('bad-checksum')
})

test('through a tunnel and a real card comes what the sender’s card never filled in', () => {
  const outer = { src: '192.0.2.1', dst: '192.0.2.2', protocol: 17 }
  const tunnelled = sll2(2, 0, 0x0800, ipv4(outer, udp(5000, 8472, [8, 0, 0, 0, 0, 0, 1, 0, ...frame(1, { partial: true })])))
  const link = (ifindex: number, ifname: string, kind: string) => ({
    ifindex,
    ifname,
    flags: ['UP'],
    mtu: 1500,
    ...(kind && { linkinfo: { info_kind: kind } }),
  })
  const links = (kind: string) => JSON.stringify([link(2, 'eth0', kind), link(3, 'cni0', 'bridge')])
  const kinds = (kind: string) =>
    sightings({ 'hosts/h/ip-link.json': links(kind), 'hosts/h/captures/a.pcap': pcap(276, [tunnelled, tunnelled]) }).map(
      (seen) => seen.split(' ')[0],
    )
  expect(kinds('')).toContain('bad-checksum')
  expect(kinds('veth')).not.toContain('bad-checksum')
})

test('what is remembered of a capture is bounded', () => {
  const scan = Array.from({ length: 25_000 }, (_, i) =>
    ether(0x0800, ipv4({ ...A, id: i & 0xffff, dst: `10.9.${i >>> 8}.${i & 255}` }, [...tcp(4000, 80, 2, i), ...zeros(0)])),
  )
  expect(observe({ 'a.pcap': pcap(1, scan) }).length).toBeLessThan(200)
})

/** A pod's packet goes through flannel's tunnel to another node, whose INPUT drops the tunnel's own packets. */
test('captures of two hosts are joined, inside of tunnels too', () => {
  const addresses = (n: number) => `2: eth0: <UP> mtu 1500 state UP\n    inet 192.0.2.${n}/24 scope global eth0\n`
  const arp = '10:00:00.0 eth0  In  ARP, Reply 192.0.2.2 is-at 02:00:00:00:00:01, length 28\n'
  const inner = 'IP 10.244.1.2.4000 > 10.244.2.2.80: Flags [S], seq 77, win 1, length 0\n'
  const tunnel = 'IP 192.0.2.1.5000 > 192.0.2.2.8472: OTV, flags [I] (0x08), overlay 0, instance 1\n'
  const first = `${arp}10:00:01.0 cni0  In  ${inner}10:00:01.01 flannel.1 Out ${inner}10:00:01.02 eth0  Out ${tunnel}${inner}10:00:09.0 eth0 In  ARP, Reply 192.0.2.2 is-at 02:00:00:00:00:01, length 28\n`
  const files = { 'hosts/n1/ip-addr.txt': addresses(1), 'hosts/n2/ip-addr.txt': addresses(2), 'hosts/n1/captures/any.txt': first }
  const ways = (second: string) =>
    observe({ ...files, 'hosts/n2/captures/any.txt': second })
      .filter(({ sighting }) => sighting === 'way')
      .map((seen) => seen.text)
  const late = '10:00:08.0 eth0  In  ARP, Reply 192.0.2.1 is-at 02:00:00:00:00:02, length 28\n'
  expect(ways(`${arp}10:00:01.03 eth0  In  ${tunnel}${inner}${late}`)).toEqual([
    '10.244.1.2:4000 -> 10.244.2.2:80/tcp: in by cni0 of n1, out by flannel.1 of n1, out by eth0 of n1 inside of vxlan, in by eth0 of n2 inside of vxlan, and there it ends on n2',
  ])
  expect(ways(`${arp}${late}`)).toEqual([
    '10.244.1.2:4000 -> 10.244.2.2:80/tcp: in by cni0 of n1, out by flannel.1 of n1, out by eth0 of n1 inside of vxlan, for 192.0.2.2, and n2 never sees it: lost between the two',
  ])
})

test('a capture that is cut says so', () => {
  const bytes = pcap(1, [frame(1, {}), frame(2, {})])
  const documents = readDocuments([{ path: 'a.pcap', text: '', bytes: bytes.subarray(0, -10) }])
  expect(observationsOfCaptures(documents)[0]).toMatchObject({
    kind: 'state',
    text: 'a.pcap: the capture is cut off inside of packet 2',
    source: { line: 2 },
  })
})
