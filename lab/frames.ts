import type { Version } from './network.ts'

/** What the lab puts into a packet, and what it finds in one. Numbers in host order; addresses as text. */
export interface Headers {
  readonly src: string
  readonly dst: string
  readonly proto: 'tcp' | 'udp' | 'icmp'
  /** IPv4 identification, or IPv6 flow label: how the lab knows its packets again, since nothing on the way changes it. */
  readonly id: number
  readonly sport?: number
  readonly dport?: number
  readonly flags?: number
  /** Sent by the side that answers. */
  readonly back?: boolean
  readonly icmpType?: number
  readonly ttl: number
  readonly tos: number
  /** Whole IP packet in bytes. */
  readonly length: number
}

export const FLAG_BITS: Readonly<Record<string, number>> = { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16, urg: 32 }

const NUMBER = { 4: { icmp: 1, tcp: 6, udp: 17 }, 6: { icmp: 58, tcp: 6, udp: 17 } } as const

export function addressBytes(text: string): Buffer {
  if (!text.includes(':')) return Buffer.from(text.split('.').map(Number))
  const [head = '', tail] = text.split('::')
  const groups = (part: string): number[] => (part === '' ? [] : part.split(':').map((g) => Number.parseInt(g, 16)))
  const left = groups(head)
  const right = tail === undefined ? [] : groups(tail)
  const all = [...left, ...Array<number>(8 - left.length - right.length).fill(0), ...right]
  return Buffer.from(all.flatMap((g) => [g >> 8, g & 255]))
}

/** RFC 5952 form for IPv6. */
export function addressText(bytes: Buffer): string {
  if (bytes.length === 4) return bytes.join('.')
  const groups = Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(2 * i).toString(16))
  let best = { at: -1, length: 1 }
  for (let at = 0; at < 8; at++) {
    let length = 0
    while (groups[at + length] === '0') length++
    if (length > best.length) best = { at, length }
  }
  if (best.at < 0) return groups.join(':')
  return `${groups.slice(0, best.at).join(':')}::${groups.slice(best.at + best.length).join(':')}`
}

/** RFC 1071. */
function checksum(data: Buffer): number {
  let sum = 0
  for (let i = 0; i < data.length; i += 2) sum += ((data[i] ?? 0) << 8) | (data[i + 1] ?? 0)
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
  return ~sum & 0xffff
}

function transport(h: Headers, version: Version, size: number): Buffer {
  const data = Buffer.alloc(size)
  const number = NUMBER[version][h.proto]
  const pseudo = version === 4 ? Buffer.alloc(12) : Buffer.alloc(40)
  addressBytes(h.src).copy(pseudo, 0)
  addressBytes(h.dst).copy(pseudo, version === 4 ? 4 : 16)
  pseudo[version === 4 ? 9 : 39] = number
  pseudo.writeUInt16BE(size, version === 4 ? 10 : 34)
  if (h.proto === 'icmp') {
    data[0] = h.icmpType ?? (version === 4 ? 8 : 128)
    data.writeUInt16BE(h.sport ?? 0, 4)
    data.writeUInt16BE(1, 6)
    data.writeUInt16BE(checksum(version === 4 ? data : Buffer.concat([pseudo, data])), 2)
    return data
  }
  data.writeUInt16BE(h.sport ?? 0, 0)
  data.writeUInt16BE(h.dport ?? 0, 2)
  if (h.proto === 'tcp') {
    // The sender of a SYN counts from 1000, the other side from 2000: conntrack holds answers to it (tcp_in_window).
    const flags = h.flags ?? 2
    const opens = (flags & 2) !== 0
    const answers = (flags & 16) !== 0
    const second = opens && answers
    data.writeUInt32BE(second ? 2000 : opens ? 1000 : h.back ? 2001 : 1001, 4)
    if (answers) data.writeUInt32BE(second || h.back ? 1001 : 2001, 8)
    const options = opens && size >= 24
    data[12] = options ? 0x60 : 0x50
    if (options) data.set([2, 4, 0x05, 0xb4], 20)
    data[13] = h.flags ?? 2
    data.writeUInt16BE(64240, 14)
  } else data.writeUInt16BE(size, 4)
  data.writeUInt16BE(checksum(Buffer.concat([pseudo, data])) || 0xffff, h.proto === 'tcp' ? 16 : 6)
  return data
}

/** The IP packet on the wire. */
export function encode(h: Headers): Buffer {
  const version: Version = h.dst.includes(':') ? 6 : 4
  const headerSize = version === 4 ? 20 : 40
  const body = transport(h, version, h.length - headerSize)
  const head = Buffer.alloc(headerSize)
  if (version === 4) {
    head.set([0x45, h.tos], 0)
    head.writeUInt16BE(h.length, 2)
    head.writeUInt16BE(h.id, 4)
    head.set([h.ttl, NUMBER[4][h.proto]], 8)
    addressBytes(h.src).copy(head, 12)
    addressBytes(h.dst).copy(head, 16)
    head.writeUInt16BE(checksum(head), 10)
  } else {
    head.writeUInt32BE(((6 << 28) | (h.tos << 20) | h.id) >>> 0, 0)
    head.writeUInt16BE(body.length, 4)
    head.set([NUMBER[6][h.proto], h.ttl], 6)
    addressBytes(h.src).copy(head, 8)
    addressBytes(h.dst).copy(head, 24)
  }
  return Buffer.concat([head, body])
}

/** The identification that `encode` put in, or undefined for what is no IP packet. */
export function idOf(ip: Buffer): number | undefined {
  const version = (ip[0] ?? 0) >> 4
  if (version === 4 && ip.length >= 20) return ip.readUInt16BE(4)
  if (version === 6 && ip.length >= 40) return ip.readUInt32BE(0) & 0xfffff
  return undefined
}

export interface Seen {
  readonly src: string
  readonly dst: string
  readonly sport?: number
  readonly dport?: number
  readonly ttl: number
  readonly tos: number
}

/** Reads the headers back from the bytes of an IP packet, or from its IP header and its transport header apart. */
export function decode(ip: Buffer, transportBytes?: Buffer): Seen {
  const six = (ip[0] ?? 0) >> 4 === 6
  const number = six ? ip[6] : ip[9]
  const size = six ? 40 : ((ip[0] ?? 0) & 15) * 4
  const rest = transportBytes ?? ip.subarray(size)
  const ports = (number === 6 || number === 17) && rest.length >= 4 ? { sport: rest.readUInt16BE(0), dport: rest.readUInt16BE(2) } : {}
  if (six) {
    const tos = (ip.readUInt16BE(0) >> 4) & 255
    return { src: addressText(ip.subarray(8, 24)), dst: addressText(ip.subarray(24, 40)), ...ports, ttl: ip[7] ?? 0, tos }
  }
  return { src: addressText(ip.subarray(12, 16)), dst: addressText(ip.subarray(16, 20)), ...ports, ttl: ip[8] ?? 0, tos: ip[1] ?? 0 }
}
