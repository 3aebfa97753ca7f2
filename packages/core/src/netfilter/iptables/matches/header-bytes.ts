import { type Packet, PROTOCOL } from '../../../net/packet.ts'

/** A byte of which only the bits in `known` are known; the others are 0 in `value`. */
export interface KnownByte {
  readonly value: number
  readonly known: number
}

const UNKNOWN: KnownByte = { value: 0, known: 0 }
const known = (value: number): KnownByte => ({ value: value & 0xff, known: 0xff })
const word16 = (value: number): KnownByte[] => [known(value >> 8), known(value)]
const blank = (count: number): KnownByte[] => new Array<KnownByte>(count).fill(UNKNOWN)

/** The packet's headers as bytes in network order, as far as the model knows them: no IP options, no fragment. */
export function headerBytes(packet: Packet): readonly KnownByte[] {
  return [...(packet.family === 'ip' ? ipv4(packet) : ipv6(packet)), ...transport(packet)]
}

function ipv4({ src, dst, tos, length, dontFragment, ttl, protocol }: Packet): KnownByte[] {
  return [
    known(0x45),
    known(tos),
    ...word16(length),
    ...blank(2),
    ...word16(dontFragment ? 0x4000 : 0),
    known(ttl),
    known(protocol),
    ...blank(2),
    ...addressBytes(BigInt(src), 4),
    ...addressBytes(BigInt(dst), 4),
  ]
}

function ipv6({ src, dst, tos, length, ttl, protocol }: Packet): KnownByte[] {
  return [
    known(0x60 | (tos >> 4)),
    { value: (tos << 4) & 0xf0, known: 0xf0 },
    ...blank(2),
    ...word16(length - 40),
    known(protocol),
    known(ttl),
    ...addressBytes(BigInt(src), 16),
    ...addressBytes(BigInt(dst), 16),
  ]
}

function addressBytes(address: bigint, count: number): KnownByte[] {
  return Array.from({ length: count }, (_, i) => known(Number((address >> BigInt(8 * (count - 1 - i))) & 0xffn)))
}

function transport({ protocol, sport, dport, flags, icmpType, icmpCode }: Packet): KnownByte[] {
  switch (protocol) {
    case PROTOCOL.tcp:
      return [...word16(sport), ...word16(dport), ...blank(9), known(flags), ...blank(6)]
    case PROTOCOL.udp:
    case PROTOCOL.udplite:
      return [...word16(sport), ...word16(dport), ...blank(4)]
    case PROTOCOL.sctp:
    case PROTOCOL.dccp:
      return [...word16(sport), ...word16(dport), ...blank(8)]
    case PROTOCOL.icmp:
    case PROTOCOL.icmpv6:
      return [known(icmpType), known(icmpCode), ...blank(6)]
    default:
      return []
  }
}
