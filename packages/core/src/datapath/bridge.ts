import type { Link } from '../facts/network.ts'
import type { Namespace } from '../model/namespace.ts'
import { formatAddress } from '../net/address.ts'
import { alterPacket } from '../net/packet.ts'
import { confirm } from './confirm.ts'
import { lacking } from './ground.ts'
import { receiveIp } from './ip-input.ts'
import { type End, end, type FrameTarget, happen, type Journey, moved, onward, through } from './journey.ts'
import { refusedRoute, routeStep } from './route-step.ts'
import { isRefusal, type RouteDecision, routeInput } from './routing.ts'
import { arrive, leaveUncaptured, tooBigFor } from './transmit.ts'
import { endByRules } from './verdict-ends.ts'

/**
 * Does br_netfilter pass this bridge's frames through iptables? The sysctl, or the bridge's own switch. No sysctl: the module is not loaded. Where
 * no setting at all was captured, a host with the rules of Docker or kube-proxy is taken to have it: they ask for it.
 */
function callsNetfilter(journey: Journey, bridge: Link | undefined): boolean {
  const { namespace } = journey.machine
  const { sysctls } = namespace
  if (!sysctls.known) return needsNetfilter(namespace)
  const v4 = journey.packet.family === 'ip'
  const all = sysctls.get(v4 ? 'net.bridge.bridge-nf-call-iptables' : 'net.bridge.bridge-nf-call-ip6tables')
  const own = v4 ? bridge?.bridge?.nfCallIptables : bridge?.bridge?.nfCallIp6tables
  return (all ?? 0) > 0 || (all !== undefined && own === true)
}

const needing = new WeakMap<Namespace, boolean>()

function needsNetfilter(namespace: Namespace): boolean {
  const known = needing.get(namespace)
  if (known !== undefined) return known
  const { iptables, nft } = namespace
  const names = [
    ...iptables.flatMap(({ tables }) => tables.flatMap(({ chains }) => [...chains.keys()])),
    ...nft.flatMap(({ tables }) => tables.flatMap(({ name, chains }) => [name, ...chains.map((chain) => chain.name)])),
  ]
  const needs = names.some((name) => /^(DOCKER|KUBE-|kube-proxy$|docker-bridges$)/.test(name))
  needing.set(namespace, needs)
  return needs
}

const isForBridge = (frame: FrameTarget, bridge: Link): boolean => frame.kind === 'port' && frame.port.link === bridge

/** br_handle_frame(), should_deliver(): only a port in state forwarding carries frames, in either direction. */
function shutPort(journey: Journey, port: Link, bridge: Link): readonly End[] | undefined {
  const state = port.portState ?? port.port?.state ?? ''
  if (state === '' || state === 'forwarding') return undefined
  const told = happen(journey, 'bridge', `port ${port.name} of ${bridge.name} is ${state}`, { evidence: port.source })
  return end(told, 'dropped', 'link-down', { interface: port.name })
}

/** br_handle_frame(): a frame came in by a port of a bridge. */
export function bridgeInput(journey: Journey, port: Link): readonly End[] {
  const { namespace } = journey.machine
  const bridge = namespace.links.get(port.master as string)
  if (!bridge) return receiveIp(journey, port.name)
  const shut = shutPort(journey, port, bridge)
  if (shut) return shut
  const at: Journey = moved(journey, { physIn: callsNetfilter(journey, bridge) ? port.name : '' })
  if (!at.physIn) return decide(at, bridge, port, {})
  return onward(through(at, { hook: 'prerouting', iif: bridge.name }), ({ journey: after, end: pass }) => {
    if (pass.verdict.kind !== 'accept') return endByRules(after, pass, bridge.name)
    return after.packet.dst === journey.packet.dst ? decide(after, bridge, port, { prerouted: true }) : translated(after, bridge, port)
  })
}

/** br_nf_pre_routing_finish(): DNAT gave it another destination, so the bridge asks the routing tables where it belongs. */
function translated(journey: Journey, bridge: Link, port: Link): readonly End[] {
  const { namespace } = journey.machine
  const routing = routeInput(namespace, journey.packet, bridge.name)
  if (isRefusal(routing)) return refusedRoute(journey, routing, bridge.name)
  return onward(routing, (route) => {
    const routed = routeStep(journey, route)
    if (route.type === 'unicast' && route.device === bridge.name) return bridgedDnat(routed, bridge, port, route)
    return receiveIp(moved(routed, { frame: { kind: 'port', port: { namespace, link: bridge } } }), bridge.name, { prerouted: true, route })
  })
}

/** bridged_dnat: the new destination is on the same bridge; the frame gets its link address and stays on the bridge. */
function bridgedDnat(journey: Journey, bridge: Link, port: Link, route: RouteDecision): readonly End[] {
  const { namespace } = journey.machine
  const nextHop = route.via ?? journey.packet.dst
  const answer = journey.world.resolver.resolve(namespace, bridge, nextHop)
  if (answer.kind === 'nobody')
    return end(happen(journey, 'neighbour', answer.text, { effect: 'FAILED', evidence: answer.source }), 'dropped', 'no-neighbour', {
      interface: bridge.name,
      answer: 'icmp-host-unreachable',
    })
  const frame: FrameTarget = answer.kind === 'port' ? { kind: 'port', port: answer.port } : { kind: 'beyond' }
  return decide(moved(journey, { frame }), bridge, port, { prerouted: true })
}

/** br_handle_frame_finish(): up to the host, or out by another port. */
function decide(journey: Journey, bridge: Link, port: Link, { prerouted = false }: { prerouted?: boolean }): readonly End[] {
  const { frame, packet } = journey
  if (isForBridge(frame, bridge))
    return receiveIp(moved(journey, { packet: alterPacket(packet, { packetType: 'host' }) }), bridge.name, { prerouted })
  if (frame.kind === 'everyone')
    return receiveIp(moved(journey, { packet: alterPacket(packet, { packetType: 'broadcast' }) }), bridge.name, { prerouted })
  return forwardFrame(journey, bridge, port)
}

/** The port that a frame is to leave by. A sender that is not captured is behind the port its frame came in by (br_fdb_update learned it there). */
function outgoingPort({ machine, world, frame, packet }: Journey, bridge: Link, from: Link): Link | undefined {
  if (frame.kind === 'port') return world.resolver.portTowards(machine.namespace, bridge, frame.port)
  return frame.kind === 'beyond' && packet.dst === packet.src ? from : undefined
}

/** should_deliver(): a frame goes back out of the port it came in by in hairpin mode alone. Where the evidence does not show the mode, both ways are told. */
function hairpinned(journey: Journey, bridge: Link, from: Link): readonly End[] {
  const { packet, machine, ground } = journey
  const lies = `${formatAddress(packet.dst)} lies behind ${from.name}, by which the frame came in`
  const drop = (at: Journey, text: string): readonly End[] =>
    end(happen(at, 'bridge', text, { evidence: from.source }), 'dropped', 'hairpin-off', { interface: from.name })
  if (from.port?.hairpin) return bridged(journey, bridge, from, from)
  if (from.port) return drop(journey, `${lies}, and hairpin mode is off there`)
  const missing = {
    evidence: `${machine.namespace.folder}/bridge-link.json`,
    why: `whether hairpin mode is on for ${from.name} is not in the evidence`,
  }
  const open = moved(journey, { ground: lacking({ ...ground, probability: null }, missing) })
  return [...drop(open, `${lies}: lost there unless hairpin mode is on`), ...bridged(open, bridge, from, from)]
}

/** br_forward() with should_deliver(): hairpin and isolation, and br_netfilter's FORWARD and POSTROUTING. */
function forwardFrame(journey: Journey, bridge: Link, from: Link): readonly End[] {
  const to = outgoingPort(journey, bridge, from)
  return to === from ? hairpinned(journey, bridge, from) : bridged(journey, bridge, from, to)
}

function bridged(journey: Journey, bridge: Link, from: Link, to: Link | undefined): readonly End[] {
  if (to?.port?.isolated && from.port?.isolated)
    return end(
      happen(journey, 'bridge', `${from.name} and ${to.name} are isolated ports of ${bridge.name}`, { evidence: to.source }),
      'dropped',
      'port-isolated',
      { interface: to.name },
    )
  const shut = to && shutPort(journey, to, bridge)
  if (shut) return shut
  const passed = happen(journey, 'bridge', `${bridge.name}: from ${from.name} to ${to?.name ?? 'every port'}`, {
    evidence: to?.source ?? bridge.source,
  })
  const leave = (at: Journey): readonly End[] => (to ? leaveByPort(at, to, bridge) : leaveUncaptured(at, bridge.name))
  if (!journey.physIn) return leave(passed)
  const physOut = to?.name ?? bridge.name
  return onward(through(passed, { hook: 'forward', iif: bridge.name, oif: bridge.name, physOut }), ({ journey: forwarded, end: pass }) => {
    if (pass.verdict.kind !== 'accept') return endByRules(forwarded, pass, bridge.name)
    return onward(
      through(forwarded, { hook: 'postrouting', oif: bridge.name, physOut, nextHop: forwarded.packet.dst }),
      ({ journey: after, end: last }) => (last.verdict.kind === 'accept' ? leave(confirm(after)) : endByRules(after, last, bridge.name)),
    )
  })
}

/** br_dev_xmit(): the host itself sends by the bridge. */
export function leaveByBridge(journey: Journey, bridge: Link): readonly End[] {
  const { namespace } = journey.machine
  const { frame } = journey
  const port = frame.kind === 'port' ? journey.world.resolver.portTowards(namespace, bridge, frame.port) : undefined
  if (!port) return leaveUncaptured(journey, bridge.name)
  return shutPort(journey, port, bridge) ?? leaveByPort(journey, port, bridge)
}

const VLAN_HLEN = 4

/** br_dev_queue_push_xmit(): a bridge does not fragment, and tells nobody. */
function tooBigForPort(journey: Journey, port: Link, bridge: Link): readonly End[] {
  const text = `${journey.packet.length} bytes are more than the MTU of ${port.mtu} of ${port.name}, a port of ${bridge.name}`
  return end(happen(journey, 'bridge', text, { evidence: port.source }), 'dropped', 'too-big', { interface: port.name })
}

function leaveByPort(journey: Journey, port: Link, bridge: Link): readonly End[] {
  const { namespace } = journey.machine
  const peer = journey.world.resolver.peer(namespace, port.name)
  if (port.mtu !== undefined && journey.packet.length > port.mtu + VLAN_HLEN) return tooBigForPort(journey, port, bridge)
  if (peer) return tooBigFor(journey, port, peer) ?? arrive(journey, peer)
  return journey.frame.kind === 'port' && journey.frame.port.namespace.host !== namespace.host
    ? arrive(journey, journey.frame.port)
    : leaveUncaptured(journey, bridge.name)
}
