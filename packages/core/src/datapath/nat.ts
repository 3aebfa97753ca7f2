import { selectSource, selectSource6 } from '../model/source-address.ts'
import type { Address } from '../net/address.ts'
import { copyPacket, type Packet } from '../net/packet.ts'
import { isLinkLocal, isMulticast, isUnspecified } from '../net/special.ts'
import type { NatRequest } from '../netfilter/action.ts'
import type { Tuple } from '../netfilter/scene.ts'
import { type Connection, copyConnection, invert, isConnection, sameTuple, withStatus } from './connection.ts'
import { assume, type Ground } from './ground.ts'
import type { HookScene } from './hook-scene.ts'
import { mapTuple, type Range } from './nat-range.ts'

/** A packet after a NAT rule. `dropped`: no address to translate to (nf_nat_masquerade, nf_nat_redirect return NF_DROP). */
export interface NatEnd {
  readonly scene: HookScene
  readonly dropped: boolean
  ground(ground: Ground): Ground
}

const plain = (ground: Ground): Ground => ground

/** nf_nat_setup_info() for what a rule asks, and the translation of this first packet. */
export function setUpNat(request: NatRequest, scene: HookScene): NatEnd[] {
  const connection = scene.conntrack
  if (!isConnection(connection)) return [{ scene, dropped: false, ground: plain }]
  const range = rangeOf(request, scene)
  if (range === 'no-address') return [{ scene, dropped: true, ground: plain }]
  if (range === 'accept') return [{ scene, dropped: false, ground: plain }]
  const { connection: bound, randomPort } = bind(connection, range)
  const ground = randomPort ? (old: Ground) => assume(old, 'the kernel draws the translated port at random') : plain
  return [{ scene: scene.with(translate(scene.packet, bound, range.manip), bound), dropped: false, ground }]
}

/** Sets up one side of a connection's NAT; with an empty range this is nf_nat_alloc_null_binding(). */
export function bind(connection: Connection, range: Range): { readonly connection: Connection; readonly randomPort: boolean } {
  const current = invert(connection.reply)
  const { tuple, randomPort } = mapTuple(current, range)
  const side = range.manip
  // A port drawn at random is all but certainly another one.
  const changed = randomPort || !sameTuple(tuple, current)
  const natDone =
    side === 'source'
      ? { source: true, destination: connection.natDone.destination }
      : { source: connection.natDone.source, destination: true }
  const bound = copyConnection(connection)
  bound.natDone = natDone
  if (changed) {
    bound.status = withStatus(connection.status, side === 'source' ? { snat: true } : { dnat: true })
    bound.reply = invert(tuple)
  }
  return { randomPort, connection: bound }
}

/** The range that masquerade, redirect and the plain targets come down to. */
function rangeOf(request: NatRequest, scene: HookScene): Range | 'no-address' | 'accept' {
  switch (request.kind) {
    case 'range':
      return request
    case 'masquerade': {
      // A packet without a source was made by the host before it had one.
      if (isUnspecified(scene.packet.src)) return 'accept'
      const address = masqueradeAddress(scene)
      return address === undefined
        ? 'no-address'
        : { kind: 'range', manip: 'source', addresses: { first: address, last: address }, ports: request.ports, random: request.random }
    }
    case 'redirect': {
      const address = redirectAddress(scene)
      return address === undefined
        ? 'no-address'
        : {
            kind: 'range',
            manip: 'destination',
            addresses: { first: address, last: address },
            ports: request.ports,
            random: request.random,
          }
    }
  }
}

/** nf_nat_masquerade_ipv4(), _ipv6(): the source that the outgoing device speaks with towards the next hop. */
function masqueradeAddress(scene: HookScene): Address | undefined {
  const { namespace } = scene.machine
  return scene.family === 'ip'
    ? selectSource(namespace, scene.oif, scene.nextHop ?? scene.packet.dst)
    : selectSource6(namespace, scene.oif, scene.packet.dst)
}

/** nf_nat_redirect_ipv4(), _ipv6(): loopback for what the host sends, else the first address of the device it came in by. */
function redirectAddress(scene: HookScene): Address | undefined {
  const local = scene.hook === 'output'
  if (local) return scene.family === 'ip' ? 0x7f000001 : 1n
  const addresses = (scene.machine.namespace.addressesOf.get(scene.iif) ?? []).filter((entry) => entry.family === scene.family)
  if (scene.family === 'ip') return addresses[0]?.address
  // nf_nat_redirect_ipv6_usable(): for a destination of link scope, a group's too, only an address of link scope will do.
  const linkScope =
    isLinkLocal(scene.packet.dst) || (isMulticast(scene.packet.dst) && (((scene.packet.dst as bigint) >> 112n) & 0xfn) === 2n)
  return addresses.find((entry) => !entry.tentative && (!linkScope || isLinkLocal(entry.address)))?.address
}

/** nf_nat_packet(), manip_pkt(): rewrites one side of a packet as its connection says. */
export function translate(packet: Packet, connection: Connection, side: 'source' | 'destination'): Packet {
  const reply = connection.direction === 'reply'
  const wanted: Tuple = invert(reply ? connection.original : connection.reply)
  const done = reply
    ? side === 'source'
      ? connection.status.dnat
      : connection.status.snat
    : side === 'source'
      ? connection.status.snat
      : connection.status.dnat
  if (!done) return packet
  const { src, dst, sport, dport } = wanted
  if (side === 'source')
    return packet.src === src && packet.sport === sport ? packet : readdressed(packet, src, packet.dst, sport, packet.dport)
  if (wanted.icmpType !== undefined) return readdressed(packet, packet.src, dst, sport, packet.dport)
  return packet.dst === dst && packet.dport === dport ? packet : readdressed(packet, packet.src, dst, packet.sport, dport)
}

function readdressed(packet: Packet, src: Address, dst: Address, sport: number, dport: number): Packet {
  const next = copyPacket(packet)
  next.src = src
  next.dst = dst
  next.sport = sport
  next.dport = dport
  return next
}
