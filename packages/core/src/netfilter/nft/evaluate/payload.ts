import { type Packet, PROTOCOL } from '../../../net/packet.ts'
import { unknown } from '../../decision.ts'
import type { Scene } from '../../scene.ts'
import type { PayloadExpression, RawPayloadExpression } from '../expression.ts'
import { HEADERS } from '../headers.ts'
import { macOf } from './constant.ts'
import { broken, isBroken, isUnknown, type Result, small } from './datum.ts'

const TRANSPORT: Readonly<Record<string, number>> = {
  tcp: PROTOCOL.tcp,
  udp: PROTOCOL.udp,
  udplite: PROTOCOL.udplite,
  sctp: PROTOCOL.sctp,
  dccp: PROTOCOL.dccp,
  icmp: PROTOCOL.icmp,
  icmpv6: PROTOCOL.icmpv6,
  igmp: PROTOCOL.igmp,
  esp: PROTOCOL.esp,
  ah: PROTOCOL.ah,
  comp: 108,
  gre: PROTOCOL.gre,
  gretap: PROTOCOL.gre,
  vxlan: PROTOCOL.udp,
  geneve: PROTOCOL.udp,
}
/** Fields that only one ICMP type has: nft puts that condition before them without showing it (icmp_dep of proto.c). */
const DEPENDENT: Readonly<Record<string, number>> = {
  'icmp mtu': 3,
  'icmp gateway': 5,
  'icmpv6 mtu': 2,
  'icmpv6 parameter-problem': 4,
  'icmpv6 max-delay': 130,
  'icmpv6 daddr': 137,
}
const WITH_PORTS: readonly number[] = [PROTOCOL.tcp, PROTOCOL.udp, PROTOCOL.udplite, PROTOCOL.sctp, PROTOCOL.dccp]

/**
 * nft_payload_eval(), and the conditions that nft puts before it (payload_gen_dependency): a field of a header that the
 * packet does not have ends the rule.
 */
export function evaluatePayload(node: PayloadExpression): (scene: Scene) => Result {
  const { protocol, field, tunnel } = node
  if (tunnel) return () => unknown(`the packet inside ${tunnel} is not modelled`)
  switch (protocol) {
    case 'ip':
      return ({ packet }) => (packet.family === 'ip' ? ipField(field, packet) : broken)
    case 'ip6':
      return ({ packet }) => (packet.family === 'ip6' ? ip6Field(field, packet) : broken)
    case 'ether':
      return (scene) => etherField(field, scene)
    case 'vlan':
    case 'arp':
      return () => broken
    case 'th':
      return ({ packet }) =>
        WITH_PORTS.includes(packet.protocol) ? transportField(field, packet) : thBits(packet, field === 'sport' ? 0 : 16, 16)
    default: {
      const number = TRANSPORT[protocol]
      if (number === undefined) return () => unknown(`${protocol} headers are not modelled`)
      const only = DEPENDENT[`${protocol} ${field}`]
      return ({ packet }) =>
        packet.protocol === number && (only === undefined || packet.icmpType === only) ? transportField(field, packet) : broken
    }
  }
}

function ipField(field: string, packet: Packet): Result {
  switch (field) {
    case 'saddr':
      return packet.src
    case 'daddr':
      return packet.dst
    case 'protocol':
      return packet.protocol
    case 'ttl':
      return packet.ttl
    case 'length':
      return packet.length
    case 'version':
      return 4
    case 'hdrlength':
      return 5
    case 'dscp':
      return packet.tos >> 2
    case 'ecn':
      return packet.tos & 3
    case 'frag-off':
      return packet.dontFragment ? 0x4000 : 0
    default:
      return unknown(`ip ${field} of the packet is not known`)
  }
}

function ip6Field(field: string, packet: Packet): Result {
  switch (field) {
    case 'saddr':
      return packet.src
    case 'daddr':
      return packet.dst
    case 'nexthdr':
      return packet.protocol
    case 'hoplimit':
      return packet.ttl
    case 'length':
      return packet.length - 40
    case 'version':
      return 6
    case 'dscp':
      return packet.tos >> 2
    case 'ecn':
      return packet.tos & 3
    default:
      return unknown(`ip6 ${field} of the packet is not known`)
  }
}

function transportField(field: string, packet: Packet): Result {
  const icmp = packet.protocol === PROTOCOL.icmp || packet.protocol === PROTOCOL.icmpv6
  switch (field) {
    case 'sport':
      return packet.sport
    case 'dport':
      return packet.dport
    case 'flags':
      return packet.protocol === PROTOCOL.tcp ? packet.flags : unknown('its flags are not known')
    case 'type':
      return icmp ? packet.icmpType : unknown('its type is not known')
    case 'code':
      return icmp ? packet.icmpCode : unknown('its code is not known')
    case 'id':
      return isEcho(packet) ? packet.sport : unknown('its identifier is not known')
    case 'length':
      return packet.protocol === PROTOCOL.udp ? packet.length - (packet.family === 'ip' ? 20 : 40) : unknown('its length is not known')
    case 'reserved':
      return packet.protocol === PROTOCOL.tcp ? 0 : unknown('reserved bits are not known')
    default:
      return unknown(`${field} of the packet is not known`)
  }
}

const isEcho = ({ protocol, icmpType }: Packet) =>
  (protocol === PROTOCOL.icmp && (icmpType === 0 || icmpType === 8)) ||
  (protocol === PROTOCOL.icmpv6 && (icmpType === 128 || icmpType === 129))

function etherField(field: string, { packet, hook }: Scene): Result {
  if (field === 'type') return packet.family === 'ip' ? 0x800 : 0x86dd
  const mac = macOf(field === 'saddr' ? packet.sourceMac : packet.destinationMac)
  if (mac !== undefined) return mac
  // Until the packet has come in by a link it has no link-layer header (nft_payload_eval).
  return hook === 'output' ? broken : unknown('the link-layer address of the packet is not known')
}

/** Bits of the headers as they lie on the wire, as far as the model knows the fields that make them up. */
export function evaluateRawPayload(node: RawPayloadExpression): (scene: Scene) => Result {
  const { base, offset, length, tunnel } = node
  if (tunnel) return () => unknown(`the packet inside ${tunnel} is not modelled`)
  switch (base) {
    case 'nh':
      return ({ packet }) =>
        bits(packet.family === 'ip' ? 'ip' : 'ip6', offset, length, (field) =>
          packet.family === 'ip' ? ipField(field, packet) : ip6Field(field, packet),
        )
    case 'th':
      return ({ packet }) => thBits(packet, offset, length)
    case 'll':
      return (scene) => bits('ether', offset, length, (field) => etherField(field, scene))
    default:
      return () => unknown('the contents of the packet are not known')
  }
}

function thBits(packet: Packet, offset: number, length: number): Result {
  const header = Object.entries(TRANSPORT).find(([, number]) => number === packet.protocol)?.[0]
  return header
    ? bits(header, offset, length, (field) => transportField(field, packet))
    : unknown('the contents of the packet are not known')
}

function bits(header: string, offset: number, length: number, read: (field: string) => Result): Result {
  let value = 0n
  let covered = 0
  for (const [field, [, at, size]] of Object.entries(HEADERS[header]?.fields ?? {})) {
    const from = Math.max(at, offset)
    const to = Math.min(at + size, offset + length)
    if (from >= to) continue
    const whole = read(field)
    if (isBroken(whole) || isUnknown(whole)) return whole
    if (typeof whole !== 'number' && typeof whole !== 'bigint') return unknown('the contents of the packet are not known')
    const part = (BigInt(whole) >> BigInt(at + size - to)) & ((1n << BigInt(to - from)) - 1n)
    value |= part << BigInt(offset + length - to)
    covered += to - from
  }
  // ICMP's id, mtu and gateway share their bits: more than once covered is not once known.
  return covered === length ? small(value) : unknown('the contents of the packet are not known')
}
