import type { Link } from '../facts/network.ts'
import type { Namespace } from '../model/namespace.ts'
import { type Address, familyOf, formatAddress } from '../net/address.ts'
import { alterPacket, PROTOCOL } from '../net/packet.ts'
import { contains } from '../net/prefix.ts'
import { overheadOf } from '../net/tunnel-overhead.ts'
import type { WireguardInterface, WireguardPeer } from '../parse/wireguard/wireguard.ts'
import { receiveIp } from './ip-input.ts'
import { sendLocal } from './ip-output.ts'
import { type End, end, happen, type Journey, moved } from './journey.ts'
import type { Encapsulated } from './tunnel.ts'
import { NO_ZONE } from './zone.ts'

export const wireguardOf = ({ wireguard }: Namespace, device: string): WireguardInterface | undefined =>
  wireguard?.find((one) => one.device === device)

/** wg_xmit(): the peer whose allowed IPs hold the destination best gets it, inside of UDP. */
export function transmitByWireguard(journey: Journey, link: Link, wireguard: WireguardInterface): readonly End[] {
  const { packet, machine } = journey
  const peer = peerFor(wireguard, packet.dst)
  const lost = (text: string): readonly End[] =>
    end(happen(journey, 'encap', text, { effect: 'LOST', evidence: peer?.source ?? wireguard.source }), 'dropped', 'no-neighbour', {
      interface: link.name,
      answer: journey.local
        ? peer
          ? 'EDESTADDRREQ'
          : 'ENOKEY'
        : packet.family === 'ip'
          ? 'icmp-host-unreachable'
          : 'icmp6-addr-unreachable',
    })
  if (!peer) return lost(`no peer of ${link.name} has ${formatAddress(packet.dst)} among its allowed IPs`)
  const { endpoint } = peer
  if (!endpoint) return lost(`the peer of ${link.name} for ${formatAddress(packet.dst)} has no endpoint yet`)
  const inner: Encapsulated = {
    kind: 'wireguard',
    packet,
    vni: undefined,
    mac: undefined,
    key: wireguard.publicKey,
    machine,
    device: link.name,
    outer: journey.tunnel,
  }
  const outer = alterPacket(packet, {
    family: familyOf(endpoint.address),
    src: typeof endpoint.address === 'number' ? 0 : 0n,
    dst: endpoint.address,
    protocol: PROTOCOL.udp,
    sport: wireguard.listenPort ?? 51_820,
    dport: endpoint.port,
    flags: 0,
    icmpType: -1,
    icmpCode: -1,
    ttl: 64,
    mark: wireguard.mark,
    length: packet.length + overheadOf('wireguard', familyOf(endpoint.address)),
    dontFragment: false,
    sourceMac: undefined,
    destinationMac: undefined,
    uid: undefined,
    gid: undefined,
  })
  const to = `${formatAddress(endpoint.address)}:${endpoint.port}`
  const into = happen(moved(journey, { packet: outer }), 'encap', `into ${link.name}: WireGuard to ${to}`, {
    effect: 'WIREGUARD',
    packet: outer,
    evidence: peer.source,
  })
  return sendLocal(
    moved(into, { tunnel: inner, conntrack: 'none', zone: NO_ZONE, physIn: '', local: true, hops: journey.hops + 1 }),
    undefined,
  )
}

/** wg_allowedips_lookup_dst(): the longest prefix of all peers. */
function peerFor(wireguard: WireguardInterface, address: Address): WireguardPeer | undefined {
  let best: WireguardPeer | undefined
  let longest = -1
  for (const peer of wireguard.peers)
    for (const prefix of peer.allowed)
      if (prefix.length > longest && contains(prefix, address)) {
        best = peer
        longest = prefix.length
      }
  return best
}

/**
 * wg_receive(), wg_packet_consume_data_done(): the interface that listens on the port takes it, from a peer whose key it knows and whose
 * allowed IPs hold the inner source. undefined: nothing here listens for it.
 */
export function receiveByWireguard(journey: Journey, tunnel: Encapsulated): readonly End[] | undefined {
  const { machine, packet } = journey
  const { namespace } = machine
  const wireguard = namespace.wireguard?.find((one) => one.listenPort === packet.dport)
  const link = wireguard ? namespace.links.get(wireguard.device) : onlyOne(namespace)
  if (!link?.flags.includes('UP')) return undefined
  const lost = (text: string): readonly End[] =>
    end(happen(journey, 'decap', text, { effect: 'LOST', evidence: wireguard?.source ?? link.source }), 'dropped', 'no-neighbour', {
      interface: link.name,
    })
  const sender = wireguard && peerFor(wireguard, tunnel.packet.src)
  if (wireguard && tunnel.key !== undefined && !wireguard.peers.some((peer) => peer.publicKey === tunnel.key))
    return lost(`${link.name} knows no peer with the sender's key`)
  if (wireguard && (!sender || (tunnel.key !== undefined && sender.publicKey !== tunnel.key)))
    return lost(`${formatAddress(tunnel.packet.src)} is not among the allowed IPs of the peer that sent it to ${link.name}`)
  const out = happen(moved(journey, { packet: tunnel.packet }), 'decap', `out of ${link.name}`, {
    effect: 'WIREGUARD',
    packet: tunnel.packet,
    evidence: link.source,
  })
  const inner = moved(out, {
    packet: alterPacket(tunnel.packet, { mark: 0, priority: 0, packetType: 'host', uid: undefined, gid: undefined }),
    tunnel: tunnel.outer,
    conntrack: 'none',
    zone: NO_ZONE,
    physIn: '',
    local: false,
    hops: journey.hops + 1,
  })
  return receiveIp(inner, link.name)
}

/** Without `wg show` there, the one WireGuard device of the host is taken to be the one. */
function onlyOne({ wireguard, links }: Namespace): Link | undefined {
  const devices = wireguard ? [] : [...links.values()].filter((link) => link.type === 'wireguard')
  return devices.length === 1 ? devices[0] : undefined
}
