import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { CapturedIp, CapturedPacket } from '../../facts/captured-packet.ts'
import { formatAddress } from '../../net/address.ts'
import { readCapture } from './read.ts'
import { type Bytes, ether, hex, ipv6, n16, n32, pcap, pcapng, sll, sll2, summed, vlan, zeros } from './testing/build.ts'
import { PACKETS, PACKETS6 } from './testing/packets.ts'

const read = (...chunks: Uint8Array[]): { readonly packets: readonly CapturedPacket[]; readonly notes: readonly string[] } => {
  const reading = readCapture(chunks, 'a.pcap')
  const packets = [...reading.packets]
  return { packets, notes: reading.notes().map(({ text }) => text) }
}
const SYN = PACKETS.syn as Bytes
const SYN6 = PACKETS6['syn over IPv6'] as Bytes
const ends = (ip: CapturedIp | undefined): string =>
  ip ? `${formatAddress(ip.src as number)}:${ip.sport} ${formatAddress(ip.dst as number)}:${ip.dport}` : ''

test.each([
  ['Ethernet', 1, ether(0x0800, SYN), { sourceMac: '02:00:00:00:00:01', direction: undefined, any: false, vlans: [] }],
  ['802.1Q', 1, vlan(7, 0x0800, SYN), { vlans: [7] }],
  ['802.1ad', 1, vlan(7, 0x8100, [...n16(9), ...n16(0x0800), ...SYN]), { vlans: [7, 9] }],
  ['raw IP', 101, SYN, { sourceMac: undefined }],
  ['BSD loopback', 0, [2, 0, 0, 0, ...SYN], {}],
  ['BSD loopback of a big-endian machine', 0, [0, 0, 0, 2, ...SYN], {}],
  ['OpenBSD loopback', 108, [0, 0, 0, 2, ...SYN], {}],
  ['Linux cooked, in', 113, sll(0, 0x0800, SYN), { direction: 'in', any: true }],
  ['Linux cooked, out', 113, sll(4, 0x0800, SYN), { direction: 'out', sourceMac: '02:00:00:00:00:01' }],
  ['Linux cooked, for another', 113, sll(3, 0x0800, SYN), { direction: 'other' }],
  ['Linux cooked v2', 276, sll2(5, 4, 0x0800, SYN), { direction: 'out', deviceIndex: 5, any: true }],
  ['nflog', 239, [2, 0, ...n16(1), ...hex('08000400'), ...n32(3), ...hex('40000900'), ...SYN], { direction: 'in', deviceIndex: 3 }],
])('%s', (_name, linkType, frame, expected) => {
  const { packets, notes } = read(pcap(linkType, [frame]))
  expect(packets).toMatchObject([{ number: 1, time: 1e9 + 0.25, ip: { tcp: { flags: 2, mss: 1460 }, ttl: 64 }, ...expected }])
  expect(ends(packets[0]?.ip)).toBe('10.1.0.2:40000 10.2.0.2:80')
  expect(notes).toEqual([])
})

test('a capture reads the same in every form, and in pieces of any size', () => {
  const frames = Object.values(PACKETS).map((packet) => ether(0x0800, packet))
  const whole = read(pcap(1, frames)).packets
  for (const form of [{ little: true }, { nanoseconds: true }, { little: true, nanoseconds: true }])
    expect(read(pcap(1, frames, form)).packets).toEqual(whole)
  const inPcapng = read(
    pcapng(
      [{ linkType: 1, name: 'eth0' }],
      frames.map((frame) => [0, 0, frame] as const),
    ),
  ).packets
  expect(inPcapng).toEqual(whole.map((packet) => ({ ...packet, device: 'eth0' })))
  const bytes = pcap(1, frames)
  for (const size of [1, 7, 100]) {
    const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.subarray(i * size, (i + 1) * size))
    expect(read(...chunks).packets).toEqual(whole)
  }
})

test('pcapng tells interfaces, directions and finer times', () => {
  const interfaces = [
    { linkType: 1, name: 'eth0' },
    { linkType: 101, name: 'wg0', resolution: 9 },
  ]
  const { packets } = read(pcapng(interfaces, [[0, 1, ether(0x0800, SYN)] as const, [1, 2, SYN] as const]))
  expect(packets.map(({ device, direction, time }) => [device, direction, time])).toEqual([
    ['eth0', 'in', 1e9 + 0.25],
    ['wg0', 'out', 1e9 + 1.25],
  ])
})

test.each([
  ['a checksum that the card fills in', 'partial'],
  ['a wrong checksum', 'bad'],
  ['no checksum', 'absent'],
  ['syn', 'good'],
])('%s is %s', (name, expected) => {
  expect(read(pcap(101, [PACKETS[name] as Bytes])).packets[0]?.ip?.checksum).toBe(expected)
})

test.each([
  ['vxlan of flannel', 'vxlan', 1],
  ['vxlan on its own port', 'vxlan', 4096],
  ['geneve', 'geneve', 7],
  ['gre', 'gre', undefined],
  ['gre with a key', 'gre', 5],
  ['ipip', 'ipip', undefined],
])('inside of %s', (name, kind, id) => {
  const ip = read(pcap(101, [PACKETS[name] as Bytes])).packets[0]?.ip
  expect(ip?.tunnel).toMatchObject(id === undefined ? { kind } : { kind, id })
  expect(ends(ip?.tunnel?.frame.ip)).toBe('10.1.0.2:40000 10.2.0.2:80')
})

test('ICMP errors quote the flow that they are about', () => {
  const quoted = (name: string) => read(pcap(101, [(PACKETS[name] ?? PACKETS6[name]) as Bytes])).packets[0]?.ip?.icmp
  expect(ends(quoted('port unreachable')?.quoted)).toBe('10.1.0.2:53000 10.2.0.2:53')
  expect(quoted('fragmentation needed')).toMatchObject({ type: 3, code: 4, mtu: 1280, quoted: { length: 44, ttl: 64 } })
  expect(quoted('packet too big')).toMatchObject({ type: 2, mtu: 1280, quoted: { sport: 40000, dport: 443 } })
})

test('ARP and neighbour discovery', () => {
  const arp = (operation: number) => [
    ...hex('0001080006040000').slice(0, 7),
    operation,
    ...hex('0200000000010a010002'),
    ...zeros(6),
    ...hex('0a010001'),
  ]
  const ND = { src: '2001:db8::1', dst: 'ff02::1:ff00:2', protocol: 58, ttl: 255 }
  const solicitation = summed(ND, [135, 0, 0, 0, ...zeros(4), ...hex('20010db8000000000000000000000002'), 1, 1, ...hex('020000000001')], 2)
  const frames = [ether(0x0806, arp(1)), ether(0x0806, arp(2)), ether(0x86dd, ipv6(ND, solicitation))]
  expect(read(pcap(1, frames)).packets.map(({ arp }) => arp)).toEqual([
    { operation: 'request', senderMac: '02:00:00:00:00:01', sender: 0x0a010002, target: 0x0a010001 },
    { operation: 'reply', senderMac: '02:00:00:00:00:01', sender: 0x0a010002, target: 0x0a010001 },
    {
      operation: 'request',
      senderMac: '02:00:00:00:00:01',
      sender: 0x20010db8000000000000000000000001n,
      target: 0x20010db8000000000000000000000002n,
    },
  ])
})

const WHOLE = pcap(1, [ether(0x0800, SYN), ether(0x86dd, SYN6)])

test.each([
  ['cut inside of a packet', WHOLE.subarray(0, -10), 2, /cut off inside of packet 2/],
  ['cut inside of a record’s header', WHOLE.subarray(0, 24 + 8), 0, /cut off inside of packet 1/],
  ['cut inside of the file’s header', WHOLE.subarray(0, 12), 0, /inside of its header/],
  [
    'a length that cannot be',
    Uint8Array.from([...WHOLE.subarray(0, 32), 0xff, 0xff, 0xff, 0xff, ...WHOLE.subarray(36)]),
    0,
    /claims 4294967295 bytes/,
  ],
  ['a link type that is not read', pcap(105, [SYN, SYN]), 0, /link type 105 are not read/],
  ['no capture', Uint8Array.from([1, 2, 3, 4, 5]), 0, /neither pcap nor pcapng/],
])('damage costs the rest and gives a note: %s', (_name, bytes, packets, note) => {
  const found = read(bytes)
  expect(found.packets).toHaveLength(packets)
  expect(found.notes).toHaveLength(1)
  expect(found.notes[0]).toMatch(note)
})

test('no exception on damaged captures', () => {
  const frames = [
    ...Object.values(PACKETS).map((packet) => ether(0x0800, packet)),
    ...Object.values(PACKETS6).map((packet) => ether(0x86dd, packet)),
  ]
  const files = [
    pcap(1, frames),
    pcapng(
      [{ linkType: 1, name: 'eth0' }],
      frames.map((frame) => [0, 1, frame] as const),
    ),
  ]
  const change = fc.tuple(fc.nat(), fc.uint8Array({ minLength: 1, maxLength: 8 }))
  fc.assert(
    fc.property(fc.constantFrom(...files), fc.array(change, { minLength: 1, maxLength: 6 }), fc.nat(), (file, changes, cut) => {
      const bytes = file.slice(0, file.length - (cut % 50))
      for (const [at, put] of changes) bytes.set(put.subarray(0, bytes.length - (at % bytes.length)), at % bytes.length)
      read(bytes)
    }),
    { numRuns: 300 },
  )
})
