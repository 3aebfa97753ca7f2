import { alterPacket, type Packet, PROTOCOL } from '../net/packet.ts'
import { confirm } from './confirm.ts'
import { FIRM } from './ground.ts'
import { sendLocal } from './ip-output.ts'
import { type End, moved } from './journey.ts'
import type { Start } from './start.ts'
import { NO_ZONE } from './zone.ts'

/** What became of a router's word to the sender that its packets are too large: path MTU discovery (RFC 1191, RFC 8201) lives on it. */
export interface MtuNotice {
  readonly notice: Packet
  readonly ends: readonly End[]
  /** undefined: it depends, or is not known. */
  readonly heard: boolean | undefined
}

/** Sends the ICMP error from where the packet did not fit. undefined: that hop sends none (a bridge, a veth), or the sender is told by errno. */
export function noticeOf(ended: End, start: Start): MtuNotice | undefined {
  const { journey, answer } = ended
  if (answer !== 'icmp-frag-needed' && answer !== 'icmp6-packet-too-big') return undefined
  const { packet } = journey
  const v4 = packet.family === 'ip'
  const notice = alterPacket(packet, {
    dst: packet.src,
    protocol: v4 ? PROTOCOL.icmp : PROTOCOL.icmpv6,
    sport: 0,
    dport: 0,
    flags: 0,
    icmpType: v4 ? 3 : 2,
    icmpCode: v4 ? 4 : 0,
    ttl: 64,
    length: v4 ? 576 : 1280,
    dontFragment: false,
    mark: 0,
    priority: 0,
    packetType: 'host',
    sourceMac: undefined,
    destinationMac: undefined,
    uid: undefined,
    gid: undefined,
  })
  // A packet of data is that large, and its connection has long been confirmed.
  const back = moved(confirm(journey), {
    packet: notice,
    trail: undefined,
    ground: FIRM,
    conntrack: 'none',
    zone: NO_ZONE,
    physIn: '',
    frame: { kind: 'beyond' },
    local: true,
    tunnel: undefined,
    origin: undefined,
    hops: 0,
  })
  const ends = sendLocal(back, undefined)
  const heard = new Set(ends.map((one) => isHeard(one, start)))
  return { notice, ends, heard: heard.size === 1 ? [...heard][0] : undefined }
}

function isHeard({ verdict, journey }: End, start: Start): boolean | undefined {
  if (verdict === 'unknown') return undefined
  return start.kind === 'local' ? verdict === 'delivered' && journey.machine.namespace === start.namespace : verdict === 'forwarded'
}
