import { type Address, formatAddress } from '@culprit/core/net/address'

/** What a trace shows of a packet's headers. */
export interface Header {
  readonly src: string
  readonly dst: string
  readonly protocol: number
  readonly ttl: number
  readonly length: number
  /** IPv4 identification or IPv6 flow label. */
  readonly id: number
  readonly sport: number | undefined
  readonly dport: number | undefined
  readonly tcpFlags: number | undefined
  /** TCP sequence number: with `id` it tells packets apart whatever is translated. */
  readonly sequence: number | undefined
}

/** Reads an IP header and, behind it or in `transport`, that of TCP or UDP. undefined: it is none. */
export function readHeader(hex: string, transportHex?: string | null): Header | undefined {
  const ip = Buffer.from(hex, 'hex')
  const version = (ip[0] ?? 0) >> 4
  if (version === 4 ? ip.length < 20 : version !== 6 || ip.length < 40) return undefined
  const size = version === 4 ? ((ip[0] ?? 0) & 15) * 4 : 40
  const transport = transportHex ? Buffer.from(transportHex, 'hex') : ip.subarray(size)
  const protocol = ip[version === 4 ? 9 : 6] ?? 0
  const ports = (protocol === 6 || protocol === 17) && transport.length >= 4
  const tcp = protocol === 6 && transport.length >= 14
  const common = {
    protocol,
    sport: ports ? transport.readUInt16BE(0) : undefined,
    dport: ports ? transport.readUInt16BE(2) : undefined,
    tcpFlags: tcp ? transport[13] : undefined,
    sequence: tcp ? transport.readUInt32BE(4) : undefined,
  }
  if (version === 4)
    return {
      ...common,
      src: text(ip.subarray(12, 16)),
      dst: text(ip.subarray(16, 20)),
      ttl: ip[8] ?? 0,
      length: ip.readUInt16BE(2),
      id: ip.readUInt16BE(4),
    }
  return {
    ...common,
    src: text(ip.subarray(8, 24)),
    dst: text(ip.subarray(24, 40)),
    ttl: ip[7] ?? 0,
    length: 40 + ip.readUInt16BE(4),
    id: ip.readUInt32BE(0) & 0xfffff,
  }
}

function text(bytes: Buffer): string {
  const value: Address = bytes.length === 4 ? bytes.readUInt32BE(0) : BigInt(`0x${bytes.toString('hex')}`)
  return formatAddress(value)
}
