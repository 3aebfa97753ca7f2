import { formatAddress } from '../net/address.ts'
import { alterPacket, type Packet, PROTOCOL, TCP_FLAGS } from '../net/packet.ts'
import { isMulticast, isPrivate } from '../net/special.ts'
import { enter } from './enter.ts'
import { assume, FIRM, type Ground, lacking } from './ground.ts'
import { sendLocal } from './ip-output.ts'
import { type End, type Journey, moved } from './journey.ts'
import { noticeOf } from './notice.ts'
import { isOnLink, type Start } from './start.ts'
import type { Connection } from './trace.ts'
import { isTunnel } from './tunnel.ts'
import { NO_ZONE } from './zone.ts'

/** How it looks to the sender, and the answer's way back where there is one. */
export interface Answered {
  readonly connection: Connection
  readonly reply: readonly End[]
  /** The answer as its sender made it. */
  readonly replied?: Packet | undefined
  readonly ground: Ground
}

const ICMP_REPLY: Readonly<Record<number, number>> = { 8: 0, 13: 14, 15: 16, 17: 18, 128: 129, 139: 140 }

/** What the sender sees of a packet that ended this way. `first`: the packet as it was sent. */
export function answer(ended: End, start: Start, first: Packet): Answered {
  const { ground } = ended.journey
  switch (ended.verdict) {
    case 'unknown':
      return { connection: 'unknown', reply: [], ground }
    case 'dropped':
    case 'rejected':
      return ended.reason === 'too-big' ? tooBig(ended, start, first) : refused(ended, start)
    case 'delivered':
      return fromListener(ended, start, first)
    case 'forwarded':
      return fromBeyond(ended, start, first)
  }
}

/** What was refused, where the word of it comes back. */
function refused(ended: End, start: Start): Answered {
  const { ground } = ended.journey
  const connection = refusalSeen(ended)
  const told = connection === 'timeout' ? undefined : noticeOf(ended, start)
  if (!told || told.heard === true) return { connection, reply: [], ground }
  const reply = { reply: told.ends, replied: told.notice }
  if (told.heard === undefined) return { connection: 'unknown', ...reply, ground }
  return { connection: 'timeout', ...reply, ground: assume(ground, `the word of it (${ended.answer}) does not come back to its sender`) }
}

/** A sender that hears of the MTU sends smaller packets; one that does not goes on sending what never arrives. */
function tooBig(ended: End, start: Start, first: Packet): Answered {
  const { ground } = ended.journey
  const told = noticeOf(ended, start)
  const tcp = first.protocol === PROTOCOL.tcp
  if (!told) return { connection: refusalSeen(ended), reply: [], ground }
  const { heard, ends, notice } = told
  const reply = { reply: ends, replied: notice }
  if (heard === undefined) return { connection: 'unknown', ...reply, ground }
  if (!heard)
    return {
      connection: 'timeout',
      ...reply,
      ground: assume(
        ground,
        'the word that it is too large does not come back to its sender, who goes on sending: small packets pass, large ones stall',
      ),
    }
  if (!tcp) return { connection: 'unreachable', ...reply, ground }
  return {
    connection: 'connects',
    ...reply,
    ground: assume(ground, 'its sender is told how much fits, and sends smaller packets from then on'),
  }
}

/** icmp_err_convert[] and tcp_v4_err(): which errors a connecting program is told. */
function refusalSeen({ answer: told, journey }: End): Connection {
  // An error about a tunnel's own packet ends at the tunnel: who sent what was inside hears nothing.
  if (told === undefined || journey.tunnel) return 'timeout'
  if (told === 'tcp-reset' || told === 'icmp-port-unreachable' || told === 'icmp6-port-unreachable') return 'refused'
  return told === 'EMSGSIZE' && journey.packet.protocol === PROTOCOL.tcp ? 'timeout' : 'unreachable'
}

function fromListener(ended: End, start: Start, first: Packet): Answered {
  const { packet } = ended.journey
  const kind = replyKind(ended)
  let { ground } = ended.journey
  if (kind === 'none')
    return { connection: 'unknown', reply: [], ground: assume(ground, 'packets of this kind get no answer that a sender waits for') }
  if (kind === 'ignored')
    return { connection: 'timeout', reply: [], ground: assume(ground, `${echoSetting(packet)} is on: pings get no answer`) }
  if (kind === 'unknown' && ended.listener?.kind === 'unknown')
    ground = lacking(ground, { evidence: `${ended.journey.machine.namespace.folder}/ss.txt`, why: ended.listener.why })
  const replied = alterPacket(replyPacket(packet, kind === 'refuses'), { mark: replyMark(ended.journey, kind === 'refuses') })
  const reply = sendLocal(backwards(ended.journey, replied), packet.dst).map((end) => byAnotherWay(end, start))
  const arrives = seenByAll(reply, start, first)
  if (arrives !== 'connects') return { connection: arrives, reply, replied, ground }
  return { connection: kind === 'refuses' ? 'refused' : kind === 'unknown' ? 'unknown' : 'connects', reply, replied, ground }
}

/** Does the destination accept, refuse (RST, ICMP port unreachable), stay silent, or is it not known? */
function replyKind({ listener, journey }: End): 'accepts' | 'refuses' | 'ignored' | 'none' | 'unknown' {
  const { packet, machine } = journey
  if (packet.packetType === 'broadcast' || isGroup(journey)) return 'none'
  if (packet.protocol === PROTOCOL.icmp || packet.protocol === PROTOCOL.icmpv6) {
    if (isEcho(packet) && (machine.namespace.sysctls.get(echoSetting(packet)) ?? 0) > 0) return 'ignored'
    return ICMP_REPLY[packet.icmpType] === undefined ? 'none' : 'accepts'
  }
  if (packet.protocol !== PROTOCOL.tcp && packet.protocol !== PROTOCOL.udp && packet.protocol !== PROTOCOL.sctp) return 'none'
  if (!listener || listener.kind === 'unknown') return 'unknown'
  return listener.kind === 'listens' ? 'accepts' : 'refuses'
}

/** Was it sent to all, or to many? */
function isGroup({ packet, machine }: Journey): boolean {
  if (isMulticast(packet.dst)) return true
  return packet.family === 'ip' && machine.fib.addressType(packet.dst) === 'BROADCAST'
}

const isEcho = ({ protocol, icmpType }: Packet): boolean => icmpType === (protocol === PROTOCOL.icmp ? 8 : 128)
const echoSetting = ({ family }: Packet): string => (family === 'ip' ? 'net.ipv4.icmp_echo_ignore_all' : 'net.ipv6.icmp.echo_ignore_all')

/** An answer that leaves by another device than the question came in by. */
const isAstray = ({ verdict, journey, interface: device }: End, start: Start): start is Extract<Start, { kind: 'entering' }> =>
  start.kind === 'entering' && verdict === 'forwarded' && (device !== start.device || journey.machine.namespace !== start.namespace)

function byAnotherWay(ended: End, start: Start): End {
  if (!isAstray(ended, start)) return ended
  const { journey, interface: device } = ended
  const text = `the answer leaves by ${device} of ${journey.machine.namespace.id}, not by ${start.device} of ${start.namespace.id} where the question came in`
  return { ...ended, journey: moved(journey, { ground: assume(journey.ground, text) }) }
}

/** Beyond the evidence somebody is taken to answer, if he can know the way back. */
function fromBeyond(ended: End, start: Start, first: Packet): Answered {
  const { journey, interface: device } = ended
  const { namespace } = journey.machine
  const { packet } = journey
  const owner = journey.world.model.owners.get(packet.dst)?.[0]
  if (owner) {
    const why = `${formatAddress(packet.dst)} belongs to ${owner.namespace.id}, and what leaves by ${device} of ${namespace.host} does not get there`
    return { connection: 'timeout', reply: [], ground: assume(journey.ground, why) }
  }
  if (!canComeBack(ended, start)) {
    const why = `nobody beyond ${device} of ${namespace.host} is known to have a way back to ${formatAddress(packet.src)}`
    return { connection: 'timeout', reply: [], ground: assume(journey.ground, why) }
  }
  const ground = assume(journey.ground, `${formatAddress(packet.dst)}, which was not captured, is taken to answer`)
  if (
    packet.protocol !== PROTOCOL.tcp &&
    packet.protocol !== PROTOCOL.udp &&
    packet.protocol !== PROTOCOL.sctp &&
    ICMP_REPLY[packet.icmpType] === undefined
  )
    return { connection: 'unknown', reply: [], ground }
  const replied = replyPacket(packet, false)
  const reply = enter(backwards(journey, replied), device, 'destination')
  return { connection: seenByAll(reply, start, first), reply, replied, ground }
}

function canComeBack({ journey, interface: device }: End, start: Start): boolean {
  const { namespace } = journey.machine
  const { src } = journey.packet
  if (namespace.owned.has(src) || isOnLink(namespace, device, src)) return true
  // Both ends of an overlay know each other's networks: that is what it is for.
  const link = namespace.links.get(device)
  if (link && isTunnel(link)) return true
  // He who is on the link of one of this host's own addresses is taken to have this host as his gateway.
  if (isOnLink(namespace, device, journey.packet.dst)) return true
  return (start.kind === 'entering' && start.namespace === namespace && start.device === device) || !isPrivate(src)
}

function backwards(journey: Journey, packet: Packet): Journey {
  return moved(journey, {
    packet,
    trail: undefined,
    ground: FIRM,
    conntrack: 'none',
    zone: NO_ZONE,
    physIn: '',
    frame: { kind: 'beyond' },
    local: true,
    tunnel: undefined,
    hops: 0,
  })
}

/** inet_request_mark(), IP4_REPLY_MARK(): an answer has no mark, unless a setting gives it that of the question. */
function replyMark({ packet, machine }: Journey, refuses: boolean): number {
  if (packet.mark === 0) return 0
  const accepted = packet.protocol === PROTOCOL.tcp && !refuses
  const reflect = packet.family === 'ip' ? 'net.ipv4.fwmark_reflect' : 'net.ipv6.fwmark_reflect'
  if (packet.protocol === PROTOCOL.udp && !refuses) return 0
  return (machine.namespace.sysctls.get(accepted ? 'net.ipv4.tcp_fwmark_accept' : reflect) ?? 0) > 0 ? packet.mark : 0
}

function replyPacket(packet: Packet, refuses: boolean): Packet {
  const icmp = packet.icmpType >= 0
  const { syn, ack, rst } = TCP_FLAGS
  return alterPacket(packet, {
    src: packet.dst,
    dst: packet.src,
    sport: icmp ? packet.sport : packet.dport,
    dport: icmp ? 0 : packet.sport,
    flags: packet.protocol !== PROTOCOL.tcp ? 0 : refuses ? rst | ack : packet.flags & syn ? syn | ack : ack,
    icmpType: icmp ? (ICMP_REPLY[packet.icmpType] ?? -1) : -1,
    icmpCode: icmp ? 0 : -1,
    ttl: 64,
    mark: 0,
    priority: 0,
    packetType: 'host',
    sourceMac: undefined,
    destinationMac: undefined,
    uid: undefined,
    gid: undefined,
  })
}

/** What the sender sees of the answer: its branches must agree. */
function seenByAll(ends: readonly End[], start: Start, first: Packet): Connection {
  const seen = new Set(ends.map((ended) => seen1(ended, start, first)))
  if (seen.size === 1) return [...seen][0] as Connection
  return 'unknown'
}

/**
 * The answer must come to where the request came from, and from whom it was sent to. By another device it may find its way to who is far away,
 * and not to who is on the link.
 */
function seen1(ended: End, start: Start, first: Packet): Connection {
  const { verdict, journey } = ended
  if (verdict === 'unknown') return 'unknown'
  if (verdict !== 'delivered' && verdict !== 'forwarded') return 'timeout'
  const { packet, machine } = journey
  const matches =
    packet.src === first.dst &&
    packet.dst === first.src &&
    (packet.icmpType >= 0 || (packet.sport === first.dport && packet.dport === first.sport))
  const home = start.kind === 'local' ? verdict === 'delivered' && machine.namespace === start.namespace : verdict === 'forwarded'
  if (isAstray(ended, start) && isOnLink(start.namespace, start.device, first.src)) return 'timeout'
  return matches && home ? 'connects' : 'timeout'
}
