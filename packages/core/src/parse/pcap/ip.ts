import type { CapturedIp, Checksum } from '../../facts/captured-packet.ts'
import type { Family } from '../../net/address.ts'
import { PROTOCOL } from '../../net/packet.ts'
import { ipv6At, u8, u16, u32 } from './bytes.ts'
import { sumOf } from './checksum.ts'
import { type Transport, type TransportIn, transportOf } from './transport.ts'

/** Tunnels in tunnels, errors about errors: deeper nesting is somebody's joke. */
export const MAX_DEPTH = 4

/** `end`: where the captured bytes of this packet end. `quoted`: it stands in an ICMP error, which may cut it anywhere. */
export function ipv4At(bytes: Uint8Array, at: number, end: number, depth: number, quoted = false): CapturedIp | undefined {
  const header = (u8(bytes, at) & 15) * 4
  if (end - at < 20 || u8(bytes, at) >> 4 !== 4 || header < 20) return undefined
  const length = u16(bytes, at + 2)
  const offset = (u16(bytes, at + 6) & 0x1fff) * 8
  const more = (u8(bytes, at + 6) & 0x20) !== 0
  // a segment that the card is to cut may be longer than the field can say: 0 (BIG TCP)
  const stop = length >= header ? Math.min(end, at + length) : end
  const fragment = offset > 0 || more ? { offset, more } : undefined
  const src = u32(bytes, at + 12)
  const dst = u32(bytes, at + 16)
  const whole = !quoted && !fragment && length >= header && at + length <= end
  const inside = {
    src,
    dst,
    protocol: u8(bytes, at + 9),
    at: at + header,
    end: stop,
    size: Math.max(0, length - header),
    whole,
    depth,
  }
  return packetOf('ip', inside, offset === 0 ? transportOf(bytes, inside) : NO_TRANSPORT, {
    ttl: u8(bytes, at + 8),
    id: u16(bytes, at + 4),
    length,
    dontFragment: (u8(bytes, at + 6) & 0x40) !== 0,
    fragment,
    ipChecksum: headerChecksum(bytes, at, at + header, end, quoted),
  })
}

function headerChecksum(bytes: Uint8Array, at: number, to: number, end: number, quoted: boolean): Checksum {
  if (to > end || quoted) return 'unknown'
  return sumOf(bytes, at, to) === 0xffff ? 'good' : u16(bytes, at + 10) === 0 ? 'absent' : 'bad'
}

export function ipv6PacketAt(bytes: Uint8Array, at: number, end: number, depth: number, quoted = false): CapturedIp | undefined {
  if (end - at < 40 || u8(bytes, at) >> 4 !== 6) return undefined
  const length = u16(bytes, at + 4) + 40
  const stop = length > 40 ? Math.min(end, at + length) : end
  const src = ipv6At(bytes, at + 8)
  const dst = ipv6At(bytes, at + 24)
  const found = behindExtensions(bytes, u8(bytes, at + 6), at + 40, stop)
  const whole = !quoted && !found.fragment && length > 40 && at + length <= end
  const size = Math.max(0, at + length - found.at)
  const inside = { src, dst, protocol: found.protocol, at: found.at, end: stop, size, whole, depth }
  const first = (found.fragment?.offset ?? 0) === 0
  return packetOf('ip6', inside, first ? transportOf(bytes, inside) : NO_TRANSPORT, {
    ttl: u8(bytes, at + 7),
    id: undefined,
    length,
    dontFragment: true,
    fragment: found.fragment,
    ipChecksum: 'unknown',
  })
}

/** Hop-by-hop, routing, fragment, AH, destination options, mobility (RFC 8200, 4302, 6275). */
function behindExtensions(
  bytes: Uint8Array,
  first: number,
  from: number,
  end: number,
): { readonly protocol: number; readonly at: number; readonly fragment: CapturedIp['fragment'] } {
  let protocol = first
  let at = from
  let fragment: CapturedIp['fragment']
  for (let i = 0; i < 16 && at + 8 <= end; i++) {
    if (protocol === 44) {
      fragment = { offset: u16(bytes, at + 2) & 0xfff8, more: (u8(bytes, at + 3) & 1) !== 0 }
      protocol = u8(bytes, at)
      at += 8
      if (fragment.offset > 0) break
    } else if (protocol === 0 || protocol === 43 || protocol === 60 || protocol === 135 || protocol === PROTOCOL.ah) {
      const step = protocol === PROTOCOL.ah ? (u8(bytes, at + 1) + 2) * 4 : (u8(bytes, at + 1) + 1) * 8
      protocol = u8(bytes, at)
      at += step
    } else break
  }
  return { protocol, at: Math.min(at, end), fragment }
}

type Header = Pick<CapturedIp, 'ttl' | 'id' | 'length' | 'dontFragment' | 'fragment' | 'ipChecksum'>

/** Later fragments have no transport header. */
const NO_TRANSPORT: Transport = {}

/** All packets have one shape, and are not made of spreads: there are millions of them. */
function packetOf(family: Family, { src, dst, protocol, size }: TransportIn, transport: Transport, header: Header): CapturedIp {
  return {
    family,
    src,
    dst,
    protocol,
    ttl: header.ttl,
    id: header.id,
    length: header.length,
    dontFragment: header.dontFragment,
    fragment: header.fragment,
    sport: transport.sport ?? 0,
    dport: transport.dport ?? 0,
    tcp: transport.tcp,
    icmp: transport.icmp,
    payload: transport.payload ?? size,
    ipChecksum: header.ipChecksum,
    checksum: transport.checksum ?? 'unknown',
    digest: transport.digest ?? 0,
    tunnel: transport.tunnel,
  }
}
