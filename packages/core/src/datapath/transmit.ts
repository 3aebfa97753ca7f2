import type { Link } from '../facts/network.ts'
import type { Port } from '../model/model.ts'
import { hasCarrier, isUp } from '../model/namespace.ts'
import { formatAddress } from '../net/address.ts'
import { alterPacket, copyPacket } from '../net/packet.ts'
import { bridgeInput, leaveByBridge } from './bridge.ts'
import { intoEbpf } from './ebpf.ts'
import { assume } from './ground.ts'
import { receiveIp } from './ip-input.ts'
import { copyJourney, type End, end, type FrameTarget, happen, type Journey, moved } from './journey.ts'
import { isBridge } from './resolver.ts'
import type { RouteDecision } from './routing.ts'
import { type Encapsulated, isTooDeep, isTunnel, transmitByTunnel, unwrapped } from './tunnel.ts'
import { transmitByWireguard, wireguardOf } from './wireguard.ts'
import { NO_ZONE } from './zone.ts'

/** Devices without link addresses to resolve: what goes in comes out at the other end. */
const RAW = new Set(['tun', 'wireguard', 'ipip', 'gre', 'sit', 'ip6tnl', 'none', 'ppp'])

/** ip_finish_output2(): finds the next hop's link address and puts the packet on the device. */
export function transmit(journey: Journey, route: RouteDecision): readonly End[] {
  const { machine, packet } = journey
  const { namespace } = machine
  const link = namespace.links.get(route.device)
  if (!link) return toItsHost(journey, route) ?? leaveUncaptured(journey, route.device)
  if (!isUp(link))
    return end(happen(journey, 'neighbour', `${link.name} is down`, { evidence: link.source }), 'dropped', 'link-down', {
      interface: link.name,
      answer: journey.local ? 'ENETDOWN' : undefined,
    })
  if (!hasCarrier(link) && !isBridge(namespace, link)) return withoutCarrier(journey, link)
  const ebpf = intoEbpf(journey, link.name)
  if (ebpf) return ebpf
  const tooBig = exceedsMtu(journey, link)
  if (tooBig) return tooBig
  if (route.type === 'broadcast' || route.type === 'multicast') return putOnLink(journey, link, { kind: 'everyone' })
  if (isTooDeep(journey.tunnel))
    return end(happen(journey, 'encap', `${link.name} leads into itself`, { evidence: link.source }), 'dropped', 'loop', {
      interface: link.name,
    })
  if (isTunnel(link)) return transmitByTunnel(journey, link, route)
  const wireguard = wireguardOf(namespace, link.name)
  if (wireguard) return transmitByWireguard(journey, link, wireguard)
  if (RAW.has(link.type ?? '') || link.linkType === 'none') return putOnLink(journey, link, { kind: 'beyond' })
  const nextHop = route.via ?? packet.dst
  const answer = journey.world.resolver.resolve(namespace, link, nextHop)
  switch (answer.kind) {
    case 'nobody': {
      // arp_constructor(), ndisc_constructor(): a device with NOARP asks for nobody, and sends to its own link address.
      if (link.flags.includes('NOARP')) return putOnLink(journey, link, { kind: 'port', port: { namespace, link } })
      const told = happen(journey, 'neighbour', answer.text, { effect: 'FAILED', evidence: answer.source })
      return end(told, 'dropped', 'no-neighbour', { interface: link.name, answer: unreachableFor(journey) })
    }
    case 'beyond':
      return putOnLink(journey, link, { kind: 'beyond' })
    case 'port': {
      const known = answer.assumption ? moved(journey, { ground: assume(journey.ground, answer.assumption) }) : journey
      return putOnLink(withMacs(known, link, answer.port.link), link, { kind: 'port', port: answer.port })
    }
  }
}

/** dev_deactivate(): what is put on a device without carrier is discarded, the questions for link addresses as well. */
function withoutCarrier(journey: Journey, link: Link): readonly End[] {
  const told = happen(journey, 'neighbour', `${link.name} has no carrier`, { evidence: link.source })
  const asks = link.linkType === 'ether' && !link.flags.includes('NOARP')
  return end(told, 'dropped', 'link-down', { interface: link.name, ...(asks && { answer: unreachableFor(journey) }) })
}

/** What a sender hears when nobody answers for the next hop (arp_error_report, ndisc_error_report). */
const unreachableFor = ({ local, packet }: Journey): string =>
  local ? 'EHOSTUNREACH' : packet.family === 'ip' ? 'icmp-host-unreachable' : 'icmp6-addr-unreachable'

function exceedsMtu(journey: Journey, link: Link): readonly End[] | undefined {
  const { packet, tunnel } = journey
  if (!journey.local || link.mtu === undefined || packet.length <= link.mtu || !packet.dontFragment) return undefined
  if (tunnel) return tooBigInside(journey, tunnel, link, link.mtu)
  const told = happen(journey, 'route', `${packet.length} bytes do not fit ${link.name}'s MTU of ${link.mtu}`)
  return end(told, 'dropped', 'too-big', { interface: link.name, answer: 'EMSGSIZE' })
}

/** tnl_update_pmtu(): the sender of what is inside is told how much fits. */
function tooBigInside(journey: Journey, tunnel: Encapsulated, link: Link, mtu: number): readonly End[] {
  const text = `${tunnel.packet.length} bytes become ${journey.packet.length} inside ${tunnel.device}, and do not fit ${link.name}'s MTU of ${mtu}`
  const inner = unwrapped(happen(journey, 'encap', text, { effect: 'TOO-BIG', evidence: link.source }))
  const at = inner?.journey ?? journey
  const answer = at.packet.family === 'ip' ? 'icmp-frag-needed' : 'icmp6-packet-too-big'
  return end(at, 'rejected', 'too-big', { interface: inner?.device ?? link.name, answer })
}

function withMacs(journey: Journey, from: Link, to: Link): Journey {
  const packet = copyPacket(journey.packet)
  packet.sourceMac = from.mac
  packet.destinationMac = to.mac
  const next = copyJourney(journey)
  next.packet = packet
  return next
}

/** dev_queue_xmit(): what each kind of device does with a frame. */
export function putOnLink(journey: Journey, link: Link, frame: FrameTarget): readonly End[] {
  const { namespace } = journey.machine
  const framed = copyJourney(journey)
  framed.frame = frame
  framed.hops++
  if (isBridge(namespace, link)) return leaveByBridge(framed, link)
  const peer = journey.world.resolver.peer(namespace, link.name)
  if (peer) return tooBigFor(framed, link, peer) ?? arrive(framed, peer)
  if (frame.kind === 'port' && frame.port.namespace !== namespace) {
    if (frame.port.namespace.host === namespace.host) return arrive(framed, frame.port)
    const text = `interface ${link.name} of ${namespace.id} and ${frame.port.link.name} of ${frame.port.namespace.id} are taken to be on one network: their addresses share a prefix`
    return arrive(moved(framed, { ground: assume(framed.ground, text) }), frame.port)
  }
  return leaveUncaptured(framed, link.name)
}

/** is_skb_forwardable() of the other end of a veth: what is larger than its MTU is dropped, and nobody is told. */
export function tooBigFor(journey: Journey, link: Link, peer: Port): readonly End[] | undefined {
  const { mtu } = peer.link
  if (mtu === undefined || journey.packet.length <= mtu + VLAN_HLEN) return undefined
  const where = `${peer.link.name}${peer.namespace.name ? ` in ${peer.namespace.name}` : ''}`
  const text = `${journey.packet.length} bytes are more than the MTU of ${mtu} of ${where}, the other end of ${link.name}`
  return end(happen(journey, 'neighbour', text, { evidence: peer.link.source }), 'dropped', 'too-big', { interface: link.name })
}
const VLAN_HLEN = 4

/** Of a container's devices nothing was captured: the router that it names is looked for on its host. */
function toItsHost(journey: Journey, route: RouteDecision): readonly End[] | undefined {
  const { machine, world, packet, ground } = journey
  const { namespace } = machine
  const host = namespace.name === '' ? undefined : world.model.hosts.get(namespace.host)
  const nextHop = route.via ?? packet.dst
  const device = host?.addresses.find(({ address }) => address === nextHop)?.device
  const link = device === undefined ? undefined : host?.links.get(device)
  if (!host || !link) return undefined
  const text = `${route.device} of ${namespace.id} is taken to be plugged into ${link.name} of ${host.id}, which has ${formatAddress(nextHop)}`
  return arrive(moved(journey, { ground: assume(ground, text), frame: { kind: 'beyond' } }), { namespace: host, link })
}

/** It goes where nobody captured anything: past the evidence. */
export function leaveUncaptured(journey: Journey, device: string): readonly End[] {
  const { packet, machine, world } = journey
  const routed = world.resolver.hostWith(packet.dst, machine.namespace)
  if (routed && packet.ttl > 1) {
    const text = `${formatAddress(packet.dst)} is host ${routed.namespace.host}; the network between is taken to route there`
    const onWire = moved(journey, {
      ground: assume(journey.ground, text),
      packet: alterPacket(packet, { ttl: packet.ttl - 1 }),
      frame: { kind: 'port', port: routed } as const,
    })
    return arrive(onWire, routed)
  }
  const told = happen(journey, 'neighbour', () => ({
    text: `leaves by ${device} towards ${formatAddress(packet.dst)}, beyond what was captured`,
  }))
  const inner = unwrapped(told)
  return end(inner?.journey ?? told, 'forwarded', 'delivered', { interface: inner?.device ?? device, decided: false })
}

/** netif_receive_skb() in the namespace of the other end. A packet that changes namespace loses its mark, its connection and its priority (skb_scrub_packet). */
export function arrive(journey: Journey, port: Port): readonly End[] {
  const { packet, world } = journey
  const machine = world.machine(port.namespace.id)
  const crossed = machine !== journey.machine
  const received = copyPacket(packet)
  if (crossed) received.mark = 0
  received.priority = 0
  received.packetType = packetTypeAt(journey, port)
  received.uid = undefined
  received.gid = undefined
  const at = copyJourney(journey)
  at.machine = machine
  at.conntrack = 'none'
  at.zone = NO_ZONE
  at.physIn = ''
  at.local = false
  at.hops++
  at.packet = received
  if (!isUp(port.link))
    return end(happen(at, 'neighbour', `${port.link.name} is down`, { evidence: port.link.source }), 'dropped', 'link-down', {
      interface: port.link.name,
    })
  return intoEbpf(at, port.link.name) ?? (port.link.master === undefined ? receiveIp(at, port.link.name) : bridgeInput(at, port.link))
}

/** eth_type_trans(): is the frame for this device? A bridge port takes every frame and its bridge decides. */
function packetTypeAt(journey: Journey, port: Port): Journey['packet']['packetType'] {
  const { frame } = journey
  if (frame.kind === 'everyone') return 'broadcast'
  if (frame.kind === 'beyond') return 'host'
  return frame.port.link === port.link || port.link.master !== undefined ? 'host' : 'otherhost'
}
