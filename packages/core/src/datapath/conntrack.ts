import type { ConntrackEntry } from '../facts/network.ts'
import type { Sysctls } from '../model/sysctls.ts'
import { type Packet, PROTOCOL, TCP_FLAGS } from '../net/packet.ts'
import type { Tuple } from '../netfilter/scene.ts'
import { type Connection, changeConnection, invert, isIcmp, newConnection, sameTuple, tupleOf, withStatus } from './connection.ts'
import type { HookScene } from './hook-scene.ts'

/**
 * nf_conntrack_in(): gives a packet its connection. `known` are the entries of this namespace: those that this trace made on its way
 * (confirmed), then those that the evidence's table holds.
 */
export function trackPacket(scene: HookScene, known: () => readonly Connection[]): HookScene {
  if (scene.conntrack !== 'none' && scene.conntrack !== 'template') return scene
  const { packet } = scene
  if (isIcmpError(packet)) return scene.with(packet, relatedTo(packet, known) ?? 'invalid')
  if (isUntrackedNeighbourDiscovery(packet)) return scene.with(packet, 'untracked')
  if (packet.protocol === PROTOCOL.tcp && !validTcpFlags(packet.flags)) return scene.with(packet, 'invalid')
  const tuple = tupleOf(packet)
  for (const entry of known()) {
    if (entry.zone === scene.zone.original && sameTuple(tuple, entry.original)) return scene.with(packet, seen(entry, 'original'))
    if (entry.replyZone === scene.zone.reply && sameTuple(tuple, entry.reply)) return scene.with(packet, seen(entry, 'reply'))
  }
  return scene.with(packet, mayStart(packet, scene.machine.namespace.sysctls) ? newConnection(packet, scene.zone) : 'invalid')
}

/** icmp_error_message(): an error about a connection that this very way made; of any other, the request does not say what it carries. */
function relatedTo({ dst }: Packet, known: () => readonly Connection[]): Connection | undefined {
  const entry = known().find((one) => !one.captured && (one.reply.dst === dst || one.original.src === dst))
  return entry && changeConnection(entry, { state: 'related', direction: 'reply' })
}

/** resolve_normal_ct(): NEW until a reply was seen, ESTABLISHED from then on, in both directions. */
function seen(entry: Connection, direction: 'original' | 'reply'): Connection {
  if (direction === 'reply')
    return changeConnection(entry, { direction, state: 'established', status: withStatus(entry.status, { seenReply: true }) })
  return changeConnection(entry, { direction, state: entry.status.seenReply ? 'established' : entry.status.expected ? 'related' : 'new' })
}

/** An entry of the evidence's `conntrack -L`. */
export function capturedConnection(entry: ConntrackEntry): Connection {
  const straight = sameTuple(invert(entry.original), entry.reply)
  // The identifier of an ICMP query stands in place of its source port, in both directions.
  const answered = isIcmp(entry.protocol) ? entry.reply.sport : entry.reply.dport
  const snat = entry.reply.dst !== entry.original.src || answered !== entry.original.sport
  const dnat = entry.reply.src !== entry.original.dst || (!isIcmp(entry.protocol) && entry.reply.sport !== entry.original.dport)
  const seenReply = !entry.flags.includes('UNREPLIED')
  return {
    state: seenReply ? 'established' : 'new',
    direction: 'original',
    original: entry.original,
    reply: entry.reply,
    mark: entry.mark,
    labels: 0n,
    zone: entry.zone,
    replyZone: entry.replyZone ?? entry.zone,
    helper: undefined,
    status: {
      expected: false,
      seenReply,
      assured: entry.flags.includes('ASSURED'),
      confirmed: true,
      snat: snat && !straight,
      dnat: dnat && !straight,
    },
    natDone: { source: true, destination: true },
    captured: true,
  }
}

/** icmp_error_message(): errors belong to the flow they carry; which that is, the request does not say. */
function isIcmpError(packet: Packet): boolean {
  if (packet.protocol === PROTOCOL.icmp) return [3, 4, 5, 11, 12].includes(packet.icmpType)
  return packet.protocol === PROTOCOL.icmpv6 && packet.icmpType < 128
}

/** noct_valid_new[] of nf_conntrack_proto_icmpv6.c: neighbour discovery and multicast listeners are left untracked. */
function isUntrackedNeighbourDiscovery(packet: Packet): boolean {
  return (
    packet.protocol === PROTOCOL.icmpv6 &&
    (packet.icmpType === 130 ||
      packet.icmpType === 131 ||
      packet.icmpType === 132 ||
      (packet.icmpType >= 133 && packet.icmpType <= 137) ||
      packet.icmpType === 143)
  )
}

/** tcp_valid_flags[] of nf_conntrack_proto_tcp.c; ECE, CWR and PSH do not count. */
function validTcpFlags(flags: number): boolean {
  const { syn, ack, rst, fin, urg } = TCP_FLAGS
  const bare = flags & (syn | ack | rst | fin | urg)
  return [syn, syn | urg, syn | ack, rst, rst | ack, fin | ack, fin | ack | urg, ack, ack | urg].includes(bare)
}

/** Which packets may open a connection: tcp_new() with nf_conntrack_tcp_loose, valid_new[] of ICMP and ICMPv6. */
function mayStart(packet: Packet, sysctls: Sysctls): boolean {
  switch (packet.protocol) {
    case PROTOCOL.tcp:
      if ((packet.flags & (TCP_FLAGS.rst | TCP_FLAGS.fin)) !== 0) return false
      return (packet.flags & TCP_FLAGS.ack) === 0 || isPickedUp(packet, sysctls)
    case PROTOCOL.icmp:
      return [8, 13, 15, 17].includes(packet.icmpType)
    case PROTOCOL.icmpv6:
      return [128, 139].includes(packet.icmpType)
    default:
      return true
  }
}

/** A connection that conntrack sees only from its middle on. */
const isPickedUp = (packet: Packet, sysctls: Sysctls): boolean =>
  (packet.flags & TCP_FLAGS.syn) === 0 && sysctls.get('net.netfilter.nf_conntrack_tcp_loose') !== 0

/** nf_conntrack_tcp_packet(): a SYN for a connection in TIME_WAIT deletes the entry and begins anew. */
const reopens = (packet: Packet): boolean => (packet.flags & (TCP_FLAGS.syn | TCP_FLAGS.ack)) === TCP_FLAGS.syn

/** Index of captured entries by their tuples, so that a million of them cost one look-up. */
export class ConntrackTable {
  readonly #byTuple = new Map<string, Connection>()
  readonly #ports = new Set<string>()
  readonly #over = new Set<Connection>()

  constructor(entries: readonly ConntrackEntry[]) {
    for (const entry of entries) {
      const connection = capturedConnection(entry)
      if (entry.state === 'TIME_WAIT') this.#over.add(connection)
      this.#byTuple.set(tupleKey(entry.original), connection)
      this.#byTuple.set(tupleKey(entry.reply), connection)
      for (const { protocol, sport } of [entry.original, entry.reply]) this.#ports.add(`${protocol} ${sport}`)
    }
  }

  get size(): number {
    return this.#byTuple.size
  }

  /** Does any entry have this source port? */
  usesPort(protocol: number, port: number): boolean {
    return this.#ports.has(`${protocol} ${port}`)
  }

  find(packet: Packet): Connection | undefined {
    if (!this.#byTuple.size) return undefined
    const found = this.#byTuple.get(tupleKey(tupleOf(packet)))
    return found && this.#over.has(found) && reopens(packet) ? undefined : found
  }
}

const tupleKey = (tuple: Tuple): string =>
  `${tuple.protocol} ${tuple.src} ${tuple.dst} ${tuple.sport} ${tuple.dport} ${tuple.icmpType ?? ''}`
