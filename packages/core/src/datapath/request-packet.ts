import type { Address, Family } from '../net/address.ts'
import { type Packet, PROTOCOL, TCP_FLAGS } from '../net/packet.ts'
import { type BadRequest, bad } from './bad-request.ts'
import type { TraceRequest } from './trace.ts'

/** Bytes of transport header: a request that names no length is about a packet of bare headers. */
const TRANSPORT_HEADER: Readonly<Record<number, number>> = {
  [PROTOCOL.tcp]: 20,
  [PROTOCOL.udp]: 8,
  [PROTOCOL.icmp]: 8,
  [PROTOCOL.icmpv6]: 8,
  [PROTOCOL.sctp]: 12,
}
const IP_HEADER = { ip: 20, ip6: 40 } as const
const EPHEMERAL_PORT = 45678

const byName = new Map<string, number>(Object.entries({ ...PROTOCOL, 'ipv6-icmp': PROTOCOL.icmpv6, icmp6: PROTOCOL.icmpv6 }))
const flagBits = new Map<string, number>(Object.entries(TCP_FLAGS))

/** Protocol of a request: tcp with a port, icmp without, ICMPv6 towards an IPv6 address. */
export function protocolOf(name: string | undefined, port: number | undefined, family: Family): number | BadRequest {
  if (name === undefined) return port !== undefined ? PROTOCOL.tcp : family === 'ip' ? PROTOCOL.icmp : PROTOCOL.icmpv6
  const protocol = byName.get(name) ?? byName.get(name.toLowerCase()) ?? (/^\d+$/.test(name) ? Number(name) : undefined)
  if (protocol === undefined || protocol > 255) return bad(`"${name}" is no protocol`, 'use tcp, udp, icmp, sctp or a number')
  return protocol === PROTOCOL.icmp && family === 'ip6' ? PROTOCOL.icmpv6 : protocol
}

/** The packet that a request describes; its source is filled in where it starts. */
export function packetOf(
  request: TraceRequest,
  family: Family,
  destination: Address,
  protocol: number,
  port: number | undefined,
): Packet | BadRequest {
  const hasPorts =
    protocol === PROTOCOL.tcp ||
    protocol === PROTOCOL.udp ||
    protocol === PROTOCOL.sctp ||
    protocol === PROTOCOL.dccp ||
    protocol === PROTOCOL.udplite
  if (hasPorts && port === undefined) return bad(`to which port of "${request.to}"?`, 'write it behind the address: 10.43.0.10:80/tcp')
  const icmp = icmpOf(request, protocol)
  if ('kind' in icmp) return icmp
  const flags = flagsOf(request.flags, protocol)
  if (typeof flags === 'object') return flags
  const mark = Number(request.mark ?? 0)
  if (!Number.isInteger(mark)) return bad(`"${request.mark}" is no mark`, 'write a number: 0x4000')
  const beyond =
    outOf('sport', request.sport, 65535) ??
    outOf('ttl', request.ttl, 255) ??
    outOf('tos', request.tos, 255) ??
    outOf('length', request.length, 65535)
  if (beyond) return beyond
  return {
    family,
    src: family === 'ip' ? 0 : 0n,
    dst: destination,
    protocol,
    sport: hasPorts ? (request.sport ?? EPHEMERAL_PORT) : icmp.type >= 0 ? (request.sport ?? 1) : 0,
    dport: hasPorts ? (port as number) : 0,
    flags,
    icmpType: icmp.type,
    icmpCode: icmp.code,
    ttl: request.ttl ?? 64,
    tos: request.tos ?? 0,
    length: request.length ?? IP_HEADER[family] + (TRANSPORT_HEADER[protocol] ?? 0),
    dontFragment: protocol === PROTOCOL.tcp,
    mark: mark >>> 0,
    priority: 0,
    packetType: 'host',
  }
}

function outOf(name: string, value: number | undefined, most: number): BadRequest | undefined {
  if (value === undefined || (Number.isInteger(value) && value >= 0 && value <= most)) return undefined
  return bad(`${name} ${value} is not between 0 and ${most}`, 'correct the request')
}

function icmpOf(request: TraceRequest, protocol: number): { readonly type: number; readonly code: number } | BadRequest {
  if (protocol !== PROTOCOL.icmp && protocol !== PROTOCOL.icmpv6) return { type: -1, code: -1 }
  if (request.icmp === undefined) return { type: protocol === PROTOCOL.icmp ? 8 : 128, code: 0 }
  const match = /^(\d{1,3})(?:\/(\d{1,3}))?$/.exec(String(request.icmp))
  const [type, code] = [Number(match?.[1]), Number(match?.[2] ?? 0)]
  return type <= 255 && code <= 255
    ? { type, code }
    : bad(`"${request.icmp}" is no ICMP type`, 'write TYPE or TYPE/CODE in numbers: 8, 3/1')
}

function flagsOf(text: string | undefined, protocol: number): number | BadRequest {
  if (protocol !== PROTOCOL.tcp) return 0
  if (text === undefined) return TCP_FLAGS.syn
  let flags = 0
  for (const name of text.split(',').filter(Boolean)) {
    const bit = flagBits.get(name.trim().toLowerCase())
    if (bit === undefined) return bad(`"${name}" is no TCP flag`, `use ${Object.keys(TCP_FLAGS).join(', ')}`)
    flags |= bit
  }
  return flags
}
