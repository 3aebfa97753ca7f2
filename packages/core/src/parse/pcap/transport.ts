import type { CapturedIcmp, CapturedIp, Checksum } from '../../facts/captured-packet.ts'
import type { Address } from '../../net/address.ts'
import { PROTOCOL } from '../../net/packet.ts'
import { u8, u16, u32 } from './bytes.ts'
import { pseudoSum, sumOf, transportChecksum } from './checksum.ts'
import { digestOf } from './digest.ts'
import { ipv4At, ipv6PacketAt, MAX_DEPTH } from './ip.ts'
import { greTunnel, ipTunnel, udpTunnel } from './tunnels.ts'

/** Where a transport header stands. */
export interface TransportIn {
  readonly src: Address
  readonly dst: Address
  readonly protocol: number
  readonly at: number
  /** Where the captured bytes end. */
  readonly end: number
  /** Bytes from `at` on as the IP header counts them. */
  readonly size: number
  /** All of it was captured, so that a checksum can be judged. */
  readonly whole: boolean
  readonly depth: number
}

export type Transport = Partial<Pick<CapturedIp, 'sport' | 'dport' | 'tcp' | 'icmp' | 'payload' | 'checksum' | 'digest' | 'tunnel'>>

export function transportOf(bytes: Uint8Array, inside: TransportIn): Transport {
  switch (inside.protocol) {
    case PROTOCOL.tcp:
      return tcpOf(bytes, inside)
    case PROTOCOL.udp:
    case PROTOCOL.udplite:
      return udpOf(bytes, inside)
    case PROTOCOL.icmp:
    case PROTOCOL.icmpv6:
      return icmpOf(bytes, inside)
    case PROTOCOL.sctp:
    case PROTOCOL.dccp:
      return { ...portsOf(bytes, inside), digest: digestOf(bytes, inside.at + 4, inside.end) }
    case PROTOCOL.ipip:
    case PROTOCOL.ipv6:
      return ipTunnel(bytes, inside)
    case PROTOCOL.gre:
      return greTunnel(bytes, inside)
    default:
      return { digest: digestOf(bytes, inside.at, inside.end) }
  }
}

/** ICMP errors quote at least 8 bytes: the ports are there even where the rest is not. */
const portsOf = (bytes: Uint8Array, { at, end }: TransportIn) =>
  end - at >= 4 ? { sport: u16(bytes, at), dport: u16(bytes, at + 2) } : { sport: 0, dport: 0 }

function tcpOf(bytes: Uint8Array, inside: TransportIn): Transport {
  const { at, end, size } = inside
  const header = end - at >= 13 ? (u8(bytes, at + 12) >> 4) * 4 : 20
  const tcp = {
    flags: end - at >= 14 ? u8(bytes, at + 13) : 0,
    seq: end - at >= 8 ? u32(bytes, at + 4) : undefined,
    ack: end - at >= 12 ? u32(bytes, at + 8) : undefined,
    window: end - at >= 16 ? u16(bytes, at + 14) : undefined,
    mss: mssOf(bytes, at + 20, Math.min(end, at + header)),
    relative: false,
  }
  const payload = Math.max(0, size - header)
  const ports = end - at >= 4
  return {
    sport: ports ? u16(bytes, at) : 0,
    dport: ports ? u16(bytes, at + 2) : 0,
    tcp,
    payload,
    checksum: checksumOf(bytes, inside, at + 16),
    digest: payload > 0 ? digestOf(bytes, at + header, end) : 0,
  }
}

/** The option of kind 2. */
function mssOf(bytes: Uint8Array, from: number, to: number): number | undefined {
  for (let at = from; at < to; ) {
    const kind = u8(bytes, at)
    if (kind === 0) return undefined
    if (kind === 2) return at + 4 <= to ? u16(bytes, at + 2) : undefined
    at += kind === 1 ? 1 : Math.max(2, u8(bytes, at + 1))
  }
  return undefined
}

function udpOf(bytes: Uint8Array, inside: TransportIn): Transport {
  const { at, end, size, protocol } = inside
  const zero = end - at >= 8 && u16(bytes, at + 6) === 0
  const checksum = zero ? 'absent' : protocol === PROTOCOL.udp ? checksumOf(bytes, inside, at + 6) : 'unknown'
  const ports = portsOf(bytes, inside)
  const tunnel = end - at > 8 ? udpTunnel(bytes, inside, ports.dport) : undefined
  return { ...ports, payload: Math.max(0, size - 8), checksum, digest: digestOf(bytes, at + 8, end), ...(tunnel && { tunnel }) }
}

function checksumOf(bytes: Uint8Array, inside: TransportIn, field: number): Checksum {
  const { src, dst, protocol, at, size, whole } = inside
  if (!whole || field + 2 > at + size) return 'unknown'
  const pseudo = pseudoSum(src, dst, protocol, size)
  const sum = sumOf(bytes, at, at + size, pseudo)
  return transportChecksum(u16(bytes, field), sum, pseudo, pseudoSum(src, dst, protocol, 0))
}

function icmpOf(bytes: Uint8Array, inside: TransportIn): Transport {
  const { at, end, size, whole, protocol, depth } = inside
  if (end - at < 4) return {}
  const v6 = protocol === PROTOCOL.icmpv6
  const type = u8(bytes, at)
  const code = u8(bytes, at + 1)
  const echo = v6 ? type === 128 || type === 129 : type === 8 || type === 0
  const error = v6 ? type < 128 : type === 3 || type === 11 || type === 12 || type === 5
  const deeper = depth < MAX_DEPTH && error
  const mtu = v6 ? (type === 2 ? u32(bytes, at + 4) : undefined) : type === 3 && code === 4 ? u16(bytes, at + 6) : undefined
  const icmp: CapturedIcmp = {
    type,
    code,
    sequence: echo ? u16(bytes, at + 6) : undefined,
    mtu,
    quoted: deeper ? (v6 ? ipv6PacketAt : ipv4At)(bytes, at + 8, end, depth + 1, true) : undefined,
  }
  const checksum = !whole ? 'unknown' : v6 ? checksumOf(bytes, inside, at + 2) : sumOf(bytes, at, at + size) === 0xffff ? 'good' : 'bad'
  const id = echo && end - at >= 6 ? u16(bytes, at + 4) : 0
  return { sport: id, dport: 0, icmp, payload: Math.max(0, size - 8), checksum, digest: digestOf(bytes, at + 6, end) }
}
