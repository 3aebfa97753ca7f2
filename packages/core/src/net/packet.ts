import type { Address, Family } from './address.ts'

/** TCP header flags as bits, as in the header (RFC 9293). */
export const TCP_FLAGS = { fin: 0x01, syn: 0x02, rst: 0x04, psh: 0x08, ack: 0x10, urg: 0x20, ece: 0x40, cwr: 0x80 } as const

/** IP protocol numbers that culprit speaks of by name (/etc/protocols). */
export const PROTOCOL = {
  icmp: 1,
  igmp: 2,
  ipip: 4,
  tcp: 6,
  udp: 17,
  dccp: 33,
  ipv6: 41,
  gre: 47,
  esp: 50,
  ah: 51,
  icmpv6: 58,
  sctp: 132,
  udplite: 136,
} as const

/**
 * One packet's headers, and what the kernel carries beside them (sk_buff fields a rule can see).
 * Immutable: whatever changes it makes a new one. Ports are 0 for protocols without ports.
 */
export interface Packet {
  readonly family: Family
  readonly src: Address
  readonly dst: Address
  /** IP protocol number of the transport header. */
  readonly protocol: number
  /** For ICMP echo and its reply `sport` holds the identifier, as conntrack keys it; `dport` is 0. */
  readonly sport: number
  readonly dport: number
  /** TCP flag bits; 0 otherwise. */
  readonly flags: number
  /** ICMP or ICMPv6 type and code; -1 for other protocols. */
  readonly icmpType: number
  readonly icmpCode: number
  /** Time to live, or hop limit. */
  readonly ttl: number
  /** TOS byte, or traffic class: DSCP in the upper six bits. */
  readonly tos: number
  /** Total length in bytes as the IP header counts it (IPv6: payload and the fixed header). */
  readonly length: number
  /** Don't-fragment bit; IPv6 never fragments on the way. */
  readonly dontFragment: boolean
  /** skb->mark (netfilter mark, fwmark). */
  readonly mark: number
  /** skb->priority, as CLASSIFY or `meta priority` set it. */
  readonly priority: number
  /** Link-layer addresses as the current link carries them; undefined where unknown or there are none. */
  readonly sourceMac?: string | undefined
  readonly destinationMac?: string | undefined
  /** skb->pkt_type on the current link. */
  readonly packetType: 'host' | 'broadcast' | 'multicast' | 'otherhost' | 'outgoing' | 'loopback'
  /** User and group of the socket that made it on this host; undefined when forwarded or unknown. */
  readonly uid?: number | undefined
  readonly gid?: number | undefined
}

/**
 * The packet with some fields changed. Every packet of the model is made here or in a literal of all fields, so that all have one shape:
 * a spread would cost ten times as much, for every rule that sets a mark.
 */
export function alterPacket(packet: Packet, changes: Partial<Packet>): Packet {
  return Object.assign(copyPacket(packet), changes)
}

/** A copy for its maker to change before anybody else sees it: alterPacket(), for what happens to every packet. */
export function copyPacket(packet: Packet): { -readonly [Key in keyof Packet]: Packet[Key] } {
  return {
    family: packet.family,
    src: packet.src,
    dst: packet.dst,
    protocol: packet.protocol,
    sport: packet.sport,
    dport: packet.dport,
    flags: packet.flags,
    icmpType: packet.icmpType,
    icmpCode: packet.icmpCode,
    ttl: packet.ttl,
    tos: packet.tos,
    length: packet.length,
    dontFragment: packet.dontFragment,
    mark: packet.mark,
    priority: packet.priority,
    packetType: packet.packetType,
    sourceMac: packet.sourceMac,
    destinationMac: packet.destinationMac,
    uid: packet.uid,
    gid: packet.gid,
  }
}
