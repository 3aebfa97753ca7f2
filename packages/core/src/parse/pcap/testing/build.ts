import { type Address, parseAddress } from '../../../net/address.ts'

/** Bytes of packets and captures, written down as the RFCs and file formats draw them; for tests. */
export type Bytes = readonly number[]

export const n16 = (value: number): Bytes => [(value >>> 8) & 255, value & 255]
export const n32 = (value: number): Bytes => [...n16(value >>> 16), ...n16(value & 0xffff)]
export const hex = (text: string): Bytes => (text.match(/[\da-f]{2}/gi) ?? []).map((byte) => Number.parseInt(byte, 16))
export const text = (value: string): Bytes => [...value].map((letter) => letter.charCodeAt(0))
export const zeros = (count: number): Bytes => new Array<number>(count).fill(0)

function addressBytes(written: string): Bytes {
  const address = parseAddress(written) as Address
  if (typeof address === 'number') return n32(address)
  return hex(address.toString(16).padStart(32, '0'))
}

function checksum(bytes: Bytes): number {
  let sum = 0
  for (let i = 0; i < bytes.length; i += 2) sum += ((bytes[i] ?? 0) << 8) | (bytes[i + 1] ?? 0)
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
  return ~sum & 0xffff
}

export interface Ip {
  readonly src: string
  readonly dst: string
  readonly protocol: number
  readonly ttl?: number
  readonly id?: number
  /** Flags and fragment offset. */
  readonly fragment?: number
  readonly options?: Bytes
}

export function ipv4({ src, dst, protocol, ttl = 64, id = 1, fragment = 0x4000, options = [] }: Ip, payload: Bytes): Bytes {
  const words = 5 + options.length / 4
  const before = [0x40 | words, 0, ...n16(words * 4 + payload.length), ...n16(id), ...n16(fragment), ttl, protocol]
  const addresses = [...addressBytes(src), ...addressBytes(dst), ...options]
  return [...before, ...n16(checksum([...before, 0, 0, ...addresses])), ...addresses, ...payload]
}

export const ipv6 = ({ src, dst, protocol, ttl = 64 }: Ip, payload: Bytes): Bytes => [
  ...n32(0x60000000),
  ...n16(payload.length),
  protocol,
  ttl,
  ...addressBytes(src),
  ...addressBytes(dst),
  ...payload,
]

/** Puts the sum over pseudo header and segment at `at`; `wrong` is added, `partial` leaves what the card is to complete. */
export function summed({ src, dst, protocol }: Ip, segment: Bytes, at: number, how: { wrong?: number; partial?: boolean } = {}): Bytes {
  const pseudo = [...addressBytes(src), ...addressBytes(dst), 0, protocol, ...n16(segment.length)]
  const sum = how.partial ? ~checksum(pseudo) & 0xffff : (checksum([...pseudo, ...segment]) + (how.wrong ?? 0)) & 0xffff
  return [...segment.slice(0, at), ...n16(sum), ...segment.slice(at + 2)]
}

export const tcp = (sport: number, dport: number, flags: number, seq = 1, ack = 0, payload: Bytes = [], options: Bytes = []): Bytes => [
  ...n16(sport),
  ...n16(dport),
  ...n32(seq),
  ...n32(ack),
  ((5 + options.length / 4) << 4) & 255,
  flags,
  ...n16(64240),
  ...zeros(4),
  ...options,
  ...payload,
]

export const udp = (sport: number, dport: number, payload: Bytes): Bytes => [
  ...n16(sport),
  ...n16(dport),
  ...n16(8 + payload.length),
  0,
  0,
  ...payload,
]

export const icmp = (type: number, code: number, rest: number, payload: Bytes): Bytes => {
  const message = [type, code, 0, 0, ...n32(rest), ...payload]
  return [type, code, ...n16(checksum(message)), ...message.slice(4)]
}

export const MACS = hex('020000000002020000000001')
export const ether = (etherType: number, payload: Bytes): Bytes => [...MACS, ...n16(etherType), ...payload]
export const vlan = (id: number, etherType: number, payload: Bytes): Bytes => ether(0x8100, [...n16(id), ...n16(etherType), ...payload])
export const sll = (packetType: number, etherType: number, payload: Bytes): Bytes => [
  ...n16(packetType),
  ...n16(1),
  ...n16(6),
  ...hex('0200000000010000'),
  ...n16(etherType),
  ...payload,
]
export const sll2 = (index: number, packetType: number, etherType: number, payload: Bytes): Bytes => [
  ...n16(etherType),
  0,
  0,
  ...n32(index),
  ...n16(1),
  packetType,
  6,
  ...hex('0200000000010000'),
  ...payload,
]

const ordered = (bytes: Bytes, little: boolean): Bytes => (little ? [...bytes].reverse() : bytes)

export interface Form {
  readonly little?: boolean
  readonly nanoseconds?: boolean
}

/** Frames a second apart from 1,000,000,000.25 on. */
export function pcap(linkType: number, frames: readonly Bytes[], { little = false, nanoseconds = false }: Form = {}): Uint8Array {
  const long = (value: number): Bytes => ordered(n32(value), little)
  const short = (value: number): Bytes => ordered(n16(value), little)
  const header = [...long(nanoseconds ? 0xa1b23c4d : 0xa1b2c3d4), ...short(2), ...short(4), ...zeros(8), ...long(65535), ...long(linkType)]
  const fraction = nanoseconds ? 250_000_000 : 250_000
  const records = frames.flatMap((frame, i) => [
    ...long(1e9 + i),
    ...long(fraction),
    ...long(frame.length),
    ...long(frame.length),
    ...frame,
  ])
  return Uint8Array.from([...header, ...records])
}

export interface Interface {
  readonly linkType: number
  readonly name: string
  readonly resolution?: number
}

/** Each frame with the number of its interface and epb_flags' direction (1 in, 2 out). */
export function pcapng(
  interfaces: readonly Interface[],
  frames: readonly (readonly [number, number, Bytes])[],
  { little = false }: Form = {},
): Uint8Array {
  const long = (value: number): Bytes => ordered(n32(value), little)
  const short = (value: number): Bytes => ordered(n16(value), little)
  const padded = (bytes: Bytes): Bytes => [...bytes, ...zeros((4 - (bytes.length % 4)) % 4)]
  const option = (code: number, value: Bytes): Bytes => [...short(code), ...short(value.length), ...padded(value)]
  const block = (type: number, body: Bytes): Bytes => [...long(type), ...long(body.length + 12), ...body, ...long(body.length + 12)]
  const section = block(0x0a0d0d0a, [...long(0x1a2b3c4d), ...short(1), ...short(0), ...zeros(8).map(() => 255)])
  const described = interfaces.flatMap(({ linkType, name, resolution }) =>
    block(1, [
      ...short(linkType),
      ...short(0),
      ...long(0),
      ...option(2, text(name)),
      ...(resolution === undefined ? [] : option(9, [resolution])),
      ...option(0, []),
    ]),
  )
  const packets = frames.flatMap(([on, direction, frame], i) => {
    const ticks = (10n ** BigInt(interfaces[on]?.resolution ?? 6) * BigInt(4 * (1e9 + i) + 1)) / 4n
    const stamp = [...long(Number(ticks >> 32n)), ...long(Number(ticks & 0xffffffffn))]
    const body = [
      ...long(on),
      ...stamp,
      ...long(frame.length),
      ...long(frame.length),
      ...padded(frame),
      ...option(2, long(direction)),
      ...option(0, []),
    ]
    return block(6, body)
  })
  return Uint8Array.from([...section, ...block(5, [...long(0), ...long(0), ...long(0)]), ...described, ...packets])
}
