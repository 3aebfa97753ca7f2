import type { Link } from '../facts/network.ts'
import { type Address, familyOf, formatAddress } from '../net/address.ts'
import { alterPacket, type Packet, PROTOCOL } from '../net/packet.ts'
import { overheadOf, type TunnelKind } from '../net/tunnel-overhead.ts'
import { receiveIp } from './ip-input.ts'
import { sendLocal } from './ip-output.ts'
import { type End, end, happen, type Journey, moved } from './journey.ts'
import type { Machine } from './machine.ts'
import { otherEndOf } from './other-end.ts'
import type { RouteDecision } from './routing.ts'
import { receiveByWireguard } from './wireguard.ts'
import { NO_ZONE } from './zone.ts'

/** A packet inside another: what comes out where the tunnel ends. */
export interface Encapsulated {
  readonly kind: TunnelKind
  readonly packet: Packet
  /** VXLAN: the network identifier, and the link address that the inner frame is for. */
  readonly vni: number | undefined
  readonly mac: string | undefined
  /** WireGuard: the sender's public key, where it is known. */
  readonly key?: string | undefined
  /** Where it went in. */
  readonly machine: Machine
  readonly device: string
  /** A tunnel inside a tunnel. */
  readonly outer: Encapsulated | undefined
}

const PROTOCOLS = { vxlan: PROTOCOL.udp, ipip: PROTOCOL.ipip, gre: PROTOCOL.gre } as const
type PlainTunnel = keyof typeof PROTOCOLS

/** XMIT_RECURSION_LIMIT: a tunnel whose way leads into itself ("Dead loop on virtual device"). */
const DEEPEST = 8
export function isTooDeep(tunnel: Encapsulated | undefined): boolean {
  let depth = 0
  for (let at = tunnel; at; at = at.outer) depth++
  return depth > DEEPEST
}

export const isTunnel = (link: Link): boolean =>
  link.type === 'vxlan' || ((link.type === 'ipip' || link.type === 'gre') && link.tunnel !== undefined)

/** vxlan_xmit(), ipip_tunnel_xmit(), ipgre_xmit(): finds the other end and sends the packet inside one of the host's own. */
export function transmitByTunnel(journey: Journey, link: Link, route: RouteDecision): readonly End[] {
  const nextHop = route.via ?? journey.packet.dst
  if (link.type !== 'vxlan')
    return encapsulate(journey, link, link.type as 'ipip' | 'gre', link.tunnel?.remote || nextHop, link.tunnel?.local, undefined)
  const { namespace } = journey.machine
  const neighbour = namespace.neighbours.find((entry) => entry.device === link.name && entry.address === nextHop)
  if (!neighbour && !namespace.evidence.has('ip-neigh')) return towardsOtherEnd(journey, link, nextHop)
  if (!neighbour?.mac || neighbour.state === 'FAILED' || neighbour.state === 'INCOMPLETE')
    return withoutNeighbour(journey, link, nextHop, neighbour?.state)
  const { mac } = neighbour
  const entries = namespace.fdb.filter((entry) => entry.device === link.name && entry.destination !== undefined)
  const remote =
    entries.find((entry) => entry.mac === mac)?.destination ??
    entries.find((entry) => entry.mac === '00:00:00:00:00:00')?.destination ??
    link.vxlan?.remote ??
    link.vxlan?.group
  if (remote !== undefined) return encapsulate(journey, link, 'vxlan', remote, link.vxlan?.local, mac)
  if (!namespace.evidence.has('bridge-fdb')) return towardsOtherEnd(journey, link, nextHop)
  const told = happen(journey, 'encap', `${link.name} has no FDB entry for ${mac}, the link address of ${formatAddress(nextHop)}`, {
    effect: 'LOST',
    evidence: neighbour.source,
  })
  return end(told, 'dropped', 'no-neighbour', { interface: link.name })
}

/** Nobody on an overlay answers a broadcast unless its FDB has somewhere to send it. */
function withoutNeighbour(journey: Journey, link: Link, nextHop: Address, state: string | undefined): readonly End[] {
  const told = happen(
    journey,
    'neighbour',
    `${link.name} has no neighbour entry for ${formatAddress(nextHop)}${state ? ` (${state})` : ''}`,
    { effect: 'FAILED', evidence: link.source },
  )
  return end(told, 'dropped', 'no-neighbour', {
    interface: link.name,
    answer: journey.local ? 'EHOSTUNREACH' : journey.packet.family === 'ip' ? 'icmp-host-unreachable' : 'icmp6-addr-unreachable',
  })
}

/** Neighbours or forwarding entries were not captured: the other end is known where it was captured itself. */
function towardsOtherEnd(journey: Journey, link: Link, nextHop: Address): readonly End[] {
  const other = otherEndOf(journey, link, nextHop)
  return other ? encapsulate(other.journey, link, 'vxlan', other.remote, link.vxlan?.local, other.mac) : beyond(journey, link)
}

function beyond(journey: Journey, link: Link): readonly End[] {
  return end(happen(journey, 'encap', `goes into ${link.name}; where that leads was not captured`), 'forwarded', 'delivered', {
    interface: link.name,
    decided: false,
  })
}

function encapsulate(
  journey: Journey,
  link: Link,
  kind: PlainTunnel,
  remote: Address,
  local: Address | undefined,
  mac: string | undefined,
): readonly End[] {
  const { packet, machine } = journey
  const inner: Encapsulated = { kind, packet, vni: link.vxlan?.id, mac, machine, device: link.name, outer: journey.tunnel }
  const outer: Packet = alterPacket(packet, {
    family: familyOf(remote),
    src: local ?? (typeof remote === 'number' ? 0 : 0n),
    dst: remote,
    protocol: PROTOCOLS[kind],
    // udp_flow_src_port(): a hash of the inner flow, so that it spreads over links.
    sport: kind === 'vxlan' ? 49152 : 0,
    dport: kind === 'vxlan' ? (link.vxlan?.port ?? 8472) : 0,
    flags: 0,
    icmpType: -1,
    icmpCode: -1,
    // ip_tunnel_xmit(): TTL 0 inherits. The TOS that a device is made with is 0; ECN is always that of the packet inside (ip_tunnel_ecn_encap).
    ttl: kind === 'vxlan' ? 64 : (link.tunnel?.ttl ?? packet.ttl),
    tos: packet.tos & 3,
    length: packet.length + overheadOf(kind, familyOf(remote), link.tunnel?.key),
    // VXLAN leaves DF off; IPIP and GRE copy it (pmtudisc).
    dontFragment: kind !== 'vxlan' && packet.dontFragment,
    sourceMac: undefined,
    destinationMac: undefined,
    uid: undefined,
    gid: undefined,
  })
  const into = happen(
    moved(journey, { packet: outer }),
    'encap',
    `into ${link.name}: ${kind === 'vxlan' ? `VXLAN ${link.vxlan?.id}` : kind} to ${formatAddress(remote)}`,
    { effect: kind.toUpperCase(), packet: outer, evidence: link.source },
  )
  return sendLocal(
    moved(into, { tunnel: inner, conntrack: 'none', zone: NO_ZONE, physIn: '', local: true, hops: journey.hops + 1 }),
    local || undefined,
  )
}

/** The tunnel's own packet came to a host: vxlan_rcv(), ipip_rcv(), gre_rcv(). undefined: no device of this host takes it. */
export function decapsulate(journey: Journey): readonly End[] | undefined {
  const { tunnel, machine, packet } = journey
  if (!tunnel) return undefined
  if (tunnel.kind === 'wireguard') return receiveByWireguard(journey, tunnel)
  const link = [...machine.namespace.links.values()].find((candidate) => takes(candidate, tunnel, packet))
  if (!link) return undefined
  const forUs = tunnel.mac === undefined || link.mac === undefined || tunnel.mac === link.mac
  const out = happen(moved(journey, { packet: tunnel.packet }), 'decap', `out of ${link.name}`, {
    effect: tunnel.kind.toUpperCase(),
    packet: tunnel.packet,
    evidence: link.source,
  })
  const inner: Journey = moved(out, {
    packet: alterPacket(tunnel.packet, {
      mark: packet.mark,
      priority: 0,
      packetType: forUs ? 'host' : 'otherhost',
      uid: undefined,
      gid: undefined,
    }),
    tunnel: tunnel.outer,
    conntrack: 'none',
    zone: NO_ZONE,
    physIn: '',
    local: false,
    hops: journey.hops + 1,
  })
  return receiveIp(inner, link.name)
}

function takes(link: Link, tunnel: Encapsulated, packet: Packet): boolean {
  if (!link.flags.includes('UP')) return false
  if (tunnel.kind === 'vxlan') return link.type === 'vxlan' && link.vxlan?.id === tunnel.vni && link.vxlan?.port === packet.dport
  return (
    link.type === tunnel.kind &&
    (!link.tunnel?.remote || link.tunnel.remote === packet.src) &&
    (!link.tunnel?.local || link.tunnel.local === packet.dst)
  )
}

/** The tunnel's own packet left the captured hosts: what is inside is past the evidence where it went in. */
export function unwrapped(journey: Journey): { readonly journey: Journey; readonly device: string } | undefined {
  let { tunnel } = journey
  if (!tunnel) return undefined
  while (tunnel.outer) tunnel = tunnel.outer
  return { journey: moved(journey, { packet: tunnel.packet, machine: tunnel.machine, tunnel: undefined }), device: tunnel.device }
}
