import type { CapturedArp, CapturedContent } from '../../facts/captured-packet.ts'
import { PROTOCOL } from '../../net/packet.ts'
import { ipv6At, macAt, u8, u16, u32 } from './bytes.ts'
import { ipv4At, ipv6PacketAt } from './ip.ts'
import { ETHERTYPE } from './link-layer.ts'

/** What stands behind a link header of that type. */
export function contentAt(bytes: Uint8Array, etherType: number, at: number, end: number, depth: number): CapturedContent {
  switch (etherType) {
    case ETHERTYPE.ipv4:
      return { ip: ipv4At(bytes, at, end, depth) }
    case ETHERTYPE.ipv6: {
      const ip = ipv6PacketAt(bytes, at, end, depth)
      return { ip, arp: ip?.protocol === PROTOCOL.icmpv6 ? neighbourDiscovery(bytes, at, end) : undefined }
    }
    case ETHERTYPE.arp:
      return { arp: arpAt(bytes, at, end) }
    default:
      return {}
  }
}

/** RFC 826, of IPv4 over Ethernet. */
function arpAt(bytes: Uint8Array, at: number, end: number): CapturedArp | undefined {
  const operation = u16(bytes, at + 6)
  if (end - at < 28 || u16(bytes, at + 2) !== ETHERTYPE.ipv4 || u8(bytes, at + 4) !== 6 || u8(bytes, at + 5) !== 4) return undefined
  if (operation !== 1 && operation !== 2) return undefined
  return {
    operation: operation === 1 ? 'request' : 'reply',
    senderMac: macAt(bytes, at + 8),
    sender: u32(bytes, at + 14) || undefined,
    // of a reply the target is who asked; what matters is who answers
    target: u32(bytes, at + 24),
  }
}

/** Neighbour solicitation and advertisement (RFC 4861) without extension headers. */
function neighbourDiscovery(bytes: Uint8Array, at: number, end: number): CapturedArp | undefined {
  const type = u8(bytes, at + 40)
  if (end - at < 64 || u8(bytes, at + 6) !== PROTOCOL.icmpv6 || (type !== 135 && type !== 136)) return undefined
  const target = ipv6At(bytes, at + 48)
  const wanted = type === 135 ? 1 : 2
  // source or target link-layer address, the first option in practice
  const mac = end - at >= 72 && u8(bytes, at + 64) === wanted ? macAt(bytes, at + 66) : undefined
  const src = ipv6At(bytes, at + 8)
  if (type === 135) return { operation: 'request', senderMac: mac, sender: src || undefined, target }
  return { operation: 'reply', senderMac: mac, sender: target, target: ipv6At(bytes, at + 24) }
}
