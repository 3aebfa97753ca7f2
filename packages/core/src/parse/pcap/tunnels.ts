import type { CapturedContent } from '../../facts/captured-packet.ts'
import { PROTOCOL } from '../../net/packet.ts'
import { u8, u16, u32 } from './bytes.ts'
import { contentAt } from './content.ts'
import { MAX_DEPTH } from './ip.ts'
import { ETHERTYPE, ethernet } from './link-layer.ts'
import type { Transport, TransportIn } from './transport.ts'

/** IPIP and SIT: an IP packet stands where the transport header would. */
export function ipTunnel(bytes: Uint8Array, { protocol, at, end, depth }: TransportIn): Transport {
  if (depth >= MAX_DEPTH) return {}
  const frame = contentAt(bytes, protocol === PROTOCOL.ipip ? ETHERTYPE.ipv4 : ETHERTYPE.ipv6, at, end, depth + 1)
  return frame.ip ? { tunnel: { kind: 'ipip', frame } } : {}
}

/** GRE (RFC 2784, 2890): checksum, key and sequence number are optional. */
export function greTunnel(bytes: Uint8Array, { at, end, depth }: TransportIn): Transport {
  const flags = u16(bytes, at)
  if (depth >= MAX_DEPTH || end - at < 8 || (flags & 7) !== 0) return {}
  const behindChecksum = at + 4 + (flags & 0x8000 ? 4 : 0)
  const id = flags & 0x2000 ? u32(bytes, behindChecksum) : undefined
  const from = behindChecksum + (flags & 0x2000 ? 4 : 0) + (flags & 0x1000 ? 4 : 0)
  const frame = insideOf(bytes, u16(bytes, at + 2), from, end, depth)
  return frame ? { tunnel: { kind: 'gre', id, frame } } : {}
}

const VXLAN_PORTS: ReadonlySet<number> = new Set([4789, 8472])
const GENEVE_PORT = 6081

/**
 * VXLAN (RFC 7348) and Geneve (RFC 8926). Their ports are settings, so what looks like VXLAN in every reserved bit and holds a frame with
 * a known type is taken as such on any port.
 */
export function udpTunnel(bytes: Uint8Array, { at, end, depth }: TransportIn, dport: number): Transport['tunnel'] {
  if (depth >= MAX_DEPTH) return undefined
  const from = at + 8
  if (dport === GENEVE_PORT && end - from >= 8 && u8(bytes, from) >> 6 === 0) {
    const frame = insideOf(bytes, u16(bytes, from + 2), from + 8 + (u8(bytes, from) & 0x3f) * 4, end, depth)
    return frame && { kind: 'geneve', id: u32(bytes, from + 4) >>> 8, frame }
  }
  if (end - from < 8 + 14 || u8(bytes, from) !== 8) return undefined
  const id = u32(bytes, from + 4) >>> 8
  const strict = u32(bytes, from) === 0x08000000 && u8(bytes, from + 7) === 0
  // flags of the group policy extension stand in reserved bits
  if (!strict && !VXLAN_PORTS.has(dport)) return undefined
  const frame = insideOf(bytes, ETHERTYPE.ethernet, from + 8, end, depth)
  return frame && (frame.ip || frame.arp || VXLAN_PORTS.has(dport)) ? { kind: 'vxlan', id, frame } : undefined
}

function insideOf(bytes: Uint8Array, etherType: number, from: number, end: number, depth: number): CapturedContent | undefined {
  if (from >= end) return undefined
  if (etherType !== ETHERTYPE.ethernet) return contentAt(bytes, etherType, from, end, depth + 1)
  const inner = ethernet(bytes, from)
  return inner.etherType === undefined ? {} : contentAt(bytes, inner.etherType, inner.at, end, depth + 1)
}
