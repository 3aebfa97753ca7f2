import type { Family } from './address.ts'

export type TunnelKind = 'vxlan' | 'ipip' | 'gre' | 'wireguard'

/** Bytes that each tunnel puts in front, an IPv4 header included. VXLAN: Ethernet, its own header, UDP. WireGuard: UDP, 16 of its own, and the tag of 16 behind. */
const OVERHEAD: Readonly<Record<TunnelKind, number>> = { vxlan: 50, ipip: 20, gre: 24, wireguard: 60 }

/** An IPv6 header is 20 bytes longer; a GRE key takes 4. */
export const overheadOf = (kind: TunnelKind, outer: Family, key?: number): number =>
  OVERHEAD[kind] + (outer === 'ip6' ? 20 : 0) + (kind === 'gre' && key !== undefined ? 4 : 0)
