import { alterPacket, type Packet, PROTOCOL, TCP_FLAGS } from '../net/packet.ts'
import { confirm } from './confirm.ts'
import { changeConnection, isConnection } from './connection.ts'
import { FIRM } from './ground.ts'
import { sendLocal } from './ip-output.ts'
import { type End, type Journey, moved } from './journey.ts'
import type { Start } from './start.ts'
import { NO_ZONE } from './zone.ts'

/** What became of the word to the sender that his packet was refused: it is a packet too, and has a way of its own. */
export interface Notice {
  readonly notice: Packet
  readonly ends: readonly End[]
  /** undefined: it depends, or is not known. */
  readonly heard: boolean | undefined
}

/** Type and code, and the length of the message (RFC 1812: as much as fits 576 bytes; RFC 4443: 1280). */
const ERRORS: Readonly<Record<string, readonly [type: number, code: number]>> = {
  'icmp-net-unreachable': [3, 0],
  'icmp-host-unreachable': [3, 1],
  'icmp-proto-unreachable': [3, 2],
  'icmp-port-unreachable': [3, 3],
  'icmp-frag-needed': [3, 4],
  'icmp-net-prohibited': [3, 9],
  'icmp-host-prohibited': [3, 10],
  'icmp-admin-prohibited': [3, 13],
  'icmp-ttl-exceeded': [11, 0],
  'icmp6-no-route': [1, 0],
  'icmp6-adm-prohibited': [1, 1],
  'icmp6-not-neighbour': [1, 2],
  'icmp6-addr-unreachable': [1, 3],
  'icmp6-port-unreachable': [1, 4],
  'icmp6-policy-fail': [1, 5],
  'icmp6-reject-route': [1, 6],
  'icmp6-packet-too-big': [2, 0],
  'icmp6-time-exceeded': [3, 0],
}

/**
 * Sends the ICMP error or TCP reset from where the packet was refused (icmp_send, nf_send_reset). undefined: nobody sends one, the sender is told by
 * errno, or br_netfilter puts a reset straight back on the port that the frame came in by.
 */
export function noticeOf(ended: End, start: Start): Notice | undefined {
  const { journey, answer } = ended
  const notice = answer === 'tcp-reset' ? resetFor(journey) : errorFor(journey.packet, answer)
  if (!notice) return undefined
  const back = moved(confirm(journey), {
    packet: notice,
    trail: undefined,
    ground: FIRM,
    conntrack: attached(journey),
    zone: NO_ZONE,
    physIn: '',
    frame: { kind: 'beyond' },
    local: true,
    tunnel: undefined,
    origin: undefined,
    hops: 0,
  })
  const ends = sendLocal(back, answer === 'tcp-reset' ? notice.src : undefined)
  const heard = new Set(ends.map((one) => isHeard(one, start)))
  return { notice, ends, heard: heard.size === 1 ? [...heard][0] : undefined }
}

const FRESH = {
  ttl: 64,
  mark: 0,
  priority: 0,
  packetType: 'host',
  sourceMac: undefined,
  destinationMac: undefined,
  uid: undefined,
  gid: undefined,
} as const

function errorFor(packet: Packet, answer: string | undefined): Packet | undefined {
  const [icmpType, icmpCode] = ERRORS[answer ?? ''] ?? []
  if (icmpType === undefined || icmpCode === undefined) return undefined
  const v4 = packet.family === 'ip'
  return alterPacket(packet, {
    ...FRESH,
    dst: packet.src,
    protocol: v4 ? PROTOCOL.icmp : PROTOCOL.icmpv6,
    sport: 0,
    dport: 0,
    flags: 0,
    icmpType,
    icmpCode,
    length: Math.min(packet.length + (v4 ? 28 : 48), v4 ? 576 : 1280),
    dontFragment: false,
  })
}

function resetFor({ packet, physIn }: Journey): Packet | undefined {
  if (physIn !== '') return undefined
  const { src, dst, sport, dport } = packet
  return alterPacket(packet, { ...FRESH, src: dst, dst: src, sport: dport, dport: sport, flags: TCP_FLAGS.rst | TCP_FLAGS.ack })
}

/** nf_ct_attach(): the word belongs to the connection that it is about, also where that is not in the table yet. */
function attached({ conntrack }: Journey): Journey['conntrack'] {
  if (!isConnection(conntrack)) return 'none'
  return changeConnection(conntrack, { state: 'related', direction: conntrack.direction === 'original' ? 'reply' : 'original' })
}

function isHeard({ verdict, journey }: End, start: Start): boolean | undefined {
  if (verdict === 'unknown') return undefined
  return start.kind === 'local' ? verdict === 'delivered' && journey.machine.namespace === start.namespace : verdict === 'forwarded'
}
