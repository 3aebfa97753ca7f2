import type { Packet } from '../net/packet.ts'
import { PROTOCOL } from '../net/packet.ts'
import type { ConntrackView, Tuple } from '../netfilter/scene.ts'
import type { Zone } from './zone.ts'

/** A conntrack entry on a packet's way (struct nf_conn): what rules see of it, and which of its NAT is set up (IPS_SRC_NAT_DONE, IPS_DST_NAT_DONE). */
export interface Connection extends ConntrackView {
  /** `zone` is that of the original direction. */
  readonly replyZone: number
  readonly natDone: { readonly source: boolean; readonly destination: boolean }
  /** In the evidence's conntrack table before this packet came. */
  readonly captured: boolean
}

export const isConnection = (state: unknown): state is Connection => typeof state === 'object' && state !== null && 'natDone' in state

/** nf_ct_get_tuple(). */
export function tupleOf(packet: Packet): Tuple {
  const { src, dst, protocol, sport, dport } = packet
  return isIcmp(protocol)
    ? { src, dst, protocol, sport, dport: 0, icmpType: packet.icmpType, icmpCode: packet.icmpCode }
    : { src, dst, protocol, sport, dport }
}

export const isIcmp = (protocol: number): boolean => protocol === PROTOCOL.icmp || protocol === PROTOCOL.icmpv6

/** invmap of nf_conntrack_proto_icmp.c and _icmpv6.c: which type answers which. */
const ICMP_INVERSE: Readonly<Record<number, number>> = { 8: 0, 0: 8, 13: 14, 14: 13, 15: 16, 16: 15, 17: 18, 18: 17 }
const ICMPV6_INVERSE: Readonly<Record<number, number>> = { 128: 129, 129: 128, 139: 140, 140: 139 }

/** nf_ct_invert_tuple(): the tuple of an answer to `tuple`. */
export function invert(tuple: Tuple): Tuple {
  const { src, dst, protocol, sport, dport } = tuple
  if (tuple.icmpType === undefined) return { src: dst, dst: src, protocol, sport: dport, dport: sport }
  const table = tuple.protocol === PROTOCOL.icmp ? ICMP_INVERSE : ICMPV6_INVERSE
  return {
    src: dst,
    dst: src,
    protocol,
    sport,
    dport,
    icmpType: table[tuple.icmpType] ?? tuple.icmpType,
    icmpCode: tuple.icmpCode ?? 0,
  }
}

/** Type and code are no part of the key beyond telling requests from replies. */
export function sameTuple(a: Tuple, b: Tuple): boolean {
  return (
    a.src === b.src &&
    a.dst === b.dst &&
    a.protocol === b.protocol &&
    a.sport === b.sport &&
    a.dport === b.dport &&
    a.icmpType === b.icmpType
  )
}

/** The entry that the first packet of a connection makes (init_conntrack). */
export function newConnection(packet: Packet, zone: Zone): Connection {
  const original = tupleOf(packet)
  return {
    state: 'new',
    direction: 'original',
    original,
    reply: invert(original),
    mark: 0,
    labels: 0n,
    zone: zone.original,
    replyZone: zone.reply,
    helper: undefined,
    status: { expected: false, seenReply: false, assured: false, confirmed: false, snat: false, dnat: false },
    natDone: { source: false, destination: false },
    captured: false,
  }
}

/** The connection with some fields changed. */
export function changeConnection(connection: Connection, changes: Partial<Connection>): Connection {
  return Object.assign(copyConnection(connection), changes)
}

/** A copy for its maker to change before anybody else sees it; made field by field, as copyPacket() is. */
export function copyConnection(connection: Connection): { -readonly [Key in keyof Connection]: Connection[Key] } {
  return {
    state: connection.state,
    direction: connection.direction,
    original: connection.original,
    reply: connection.reply,
    mark: connection.mark,
    labels: connection.labels,
    zone: connection.zone,
    replyZone: connection.replyZone,
    helper: connection.helper,
    status: connection.status,
    natDone: connection.natDone,
    captured: connection.captured,
  }
}

type Status = Connection['status']

/** IPS_ bits, some of them set. */
export function withStatus(status: Status, set: Partial<Status>): Status {
  return {
    expected: set.expected ?? status.expected,
    seenReply: set.seenReply ?? status.seenReply,
    assured: set.assured ?? status.assured,
    confirmed: set.confirmed ?? status.confirmed,
    snat: set.snat ?? status.snat,
    dnat: set.dnat ?? status.dnat,
  }
}
