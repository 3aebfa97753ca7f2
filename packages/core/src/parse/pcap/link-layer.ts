import { macAt, u8, u16, u32 } from './bytes.ts'
import type { Frame } from './frame.ts'

/** What a link header tells. `etherType` undefined: no network packet inside (or a frame that is too short). */
export interface LinkHeader {
  readonly etherType: number | undefined
  /** Where the network packet begins. */
  readonly at: number
  readonly sourceMac: string | undefined
  readonly destinationMac: string | undefined
  readonly deviceIndex: number | undefined
  readonly direction: 'in' | 'out' | 'other' | undefined
  readonly vlans: readonly number[]
}

export const ETHERTYPE = { ipv4: 0x0800, arp: 0x0806, vlan: 0x8100, ipv6: 0x86dd, qinq: 0x88a8, ethernet: 0x6558 } as const

const NO_VLANS: readonly number[] = []
const PLAIN = { sourceMac: undefined, destinationMac: undefined, deviceIndex: undefined, direction: undefined, vlans: [] } as const

/** Link types by LINKTYPE_ number (tcpdump.org/linktypes.html); DLT values of old files where they differ. undefined: not known here. */
export function linkHeaderOf({ data, linkType }: Pick<Frame, 'data' | 'linkType'>): LinkHeader | undefined {
  switch (linkType) {
    case 0:
    case 108:
      return { ...PLAIN, etherType: familyType(data, linkType), at: 4 }
    case 1:
      return ethernet(data, 0)
    case 12:
    case 14:
    case 101:
    case 228:
    case 229:
      return { ...PLAIN, etherType: versionType(u8(data, 0) >> 4), at: 0 }
    case 113:
      return cooked(data)
    case 276:
      return cooked2(data)
    case 239:
      return nflog(data)
    default:
      return undefined
  }
}

const versionType = (version: number): number | undefined => (version === 4 ? ETHERTYPE.ipv4 : version === 6 ? ETHERTYPE.ipv6 : undefined)

/** BSD loopback: the address family, in the byte order of the machine that captured (0), or in network order (108). */
function familyType(data: Uint8Array, linkType: number): number | undefined {
  const big = u32(data, 0)
  const family =
    linkType === 108 || big < 0x10000 ? big : ((u8(data, 3) << 24) | (u8(data, 2) << 16) | (u8(data, 1) << 8) | u8(data, 0)) >>> 0
  if (family === 2) return ETHERTYPE.ipv4
  // AF_INET6 of Linux, NetBSD, FreeBSD, macOS
  return family === 10 || family === 24 || family === 28 || family === 30 ? ETHERTYPE.ipv6 : undefined
}

/** An Ethernet frame at some place: the capture's own, or one inside of a tunnel. */
export function ethernet(data: Uint8Array, from: number): LinkHeader {
  const type = u16(data, from + 12)
  const destinationMac = macAt(data, from)
  const sourceMac = macAt(data, from + 6)
  if (type === ETHERTYPE.ipv4 || type === ETHERTYPE.ipv6)
    return { etherType: type, at: from + 14, sourceMac, destinationMac, deviceIndex: undefined, direction: undefined, vlans: NO_VLANS }
  return { ...PLAIN, destinationMac, sourceMac, ...behindVlans(data, type, from + 14) }
}

function behindVlans(data: Uint8Array, etherType: number, from: number): Pick<LinkHeader, 'etherType' | 'at' | 'vlans'> {
  const vlans: number[] = []
  let type = etherType
  let at = from
  while ((type === ETHERTYPE.vlan || type === ETHERTYPE.qinq || type === 0x9100) && vlans.length < 8) {
    vlans.push(u16(data, at) & 0xfff)
    type = u16(data, at + 2)
    at += 4
  }
  // IEEE 802.3 lengths (STP, LLC) are no types
  return { etherType: type >= 0x600 ? type : undefined, at, vlans }
}

/** sll_pkttype: PACKET_HOST, BROADCAST, MULTICAST, OTHERHOST, OUTGOING. */
const directionOf = (packetType: number): LinkHeader['direction'] =>
  packetType === 4 ? 'out' : packetType === 3 ? 'other' : packetType < 3 ? 'in' : undefined

function cooked(data: Uint8Array): LinkHeader {
  const mac = u16(data, 4) === 6 ? macAt(data, 6) : undefined
  return { ...PLAIN, sourceMac: mac, direction: directionOf(u16(data, 0)), ...behindVlans(data, u16(data, 14), 16) }
}

function cooked2(data: Uint8Array): LinkHeader {
  const mac = u8(data, 11) === 6 ? macAt(data, 12) : undefined
  const direction = directionOf(u8(data, 10))
  return { ...PLAIN, sourceMac: mac, direction, deviceIndex: u32(data, 4), ...behindVlans(data, u16(data, 0), 20) }
}

/** `tcpdump -i nflog:N`: attributes of nfnetlink_log, lengths and types in the byte order of the machine (little endian in practice). */
function nflog(data: Uint8Array): LinkHeader {
  const family = u8(data, 0)
  const etherType = family === 2 ? ETHERTYPE.ipv4 : family === 10 ? ETHERTYPE.ipv6 : undefined
  let deviceIndex: number | undefined
  let direction: LinkHeader['direction']
  for (let at = 4; at + 4 <= data.length; ) {
    const length = u8(data, at) | (u8(data, at + 1) << 8)
    const type = (u8(data, at + 2) | (u8(data, at + 3) << 8)) & 0x7fff
    if (length < 4) break
    // NFULA_IFINDEX_INDEV 4, NFULA_IFINDEX_OUTDEV 5: values in network order
    if (type === 4 || type === 5) {
      deviceIndex = u32(data, at + 4)
      direction = type === 4 ? 'in' : 'out'
    }
    if (type === 9) return { ...PLAIN, etherType, at: at + 4, deviceIndex, direction }
    at += (length + 3) & ~3
  }
  return { ...PLAIN, etherType: undefined, at: data.length }
}
