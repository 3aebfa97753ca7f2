import type { Link } from '../facts/network.ts'
import type { Namespace } from '../model/namespace.ts'
import { isUp } from '../model/namespace.ts'
import { bridgeInput } from './bridge.ts'
import { intoEbpf } from './ebpf.ts'
import { receiveIp } from './ip-input.ts'
import { type End, end, type FrameTarget, type Journey, moved } from './journey.ts'
import { isBridge } from './resolver.ts'
import { isOnLink } from './start.ts'

/** A packet that somebody who was not captured sends in by a device. */
export function enter(journey: Journey, device: string, addressed: 'host' | 'destination'): readonly End[] {
  const { namespace } = journey.machine
  const link = namespace.links.get(device)
  if (!link) return receiveIp(journey, device)
  if (!isUp(link)) return end(journey, 'dropped', 'link-down', { interface: device })
  const ebpf = intoEbpf(journey, device)
  if (ebpf) return ebpf
  const own: FrameTarget = { kind: 'port', port: { namespace, link } }
  const frame = addressed === 'host' ? own : frameFor(journey, link, own)
  if (!isBridge(namespace, link))
    return link.master === undefined ? receiveIp(moved(journey, { frame }), device) : bridgeInput(moved(journey, { frame }), link)
  const port = portOfSender(journey, link)
  return port ? bridgeInput(moved(journey, { frame }), port) : receiveIp(moved(journey, { frame }), device)
}

/** A sender on the same network asks for the destination itself; any other, and any for elsewhere, sends to the host. */
function frameFor(journey: Journey, link: Link, own: FrameTarget): FrameTarget {
  const { namespace } = journey.machine
  const { packet, world } = journey
  if (namespace.owned.has(packet.dst) || !isOnLink(namespace, link.name, packet.dst) || !isOnLink(namespace, link.name, packet.src))
    return own
  const answer = world.resolver.resolve(namespace, link, packet.dst)
  return answer.kind === 'port' ? { kind: 'port', port: answer.port } : answer.kind === 'beyond' ? { kind: 'beyond' } : own
}

/** The bridge port behind which the sender is: as the FDB learned it, else one whose other end was not captured. */
function portOfSender(journey: Journey, bridge: Link): Link | undefined {
  const { namespace } = journey.machine
  const ports = namespace.portsOf.get(bridge.name) ?? []
  const learned = learnedPort(namespace, bridge, journey)
  return learned ?? ports.find((port) => !journey.world.resolver.peer(namespace, port.name))
}

function learnedPort(namespace: Namespace, bridge: Link, journey: Journey): Link | undefined {
  const mac = namespace.neighbours.find((entry) => entry.address === journey.packet.src && entry.device === bridge.name)?.mac
  const device = mac === undefined ? undefined : namespace.fdb.find((entry) => entry.mac === mac && entry.master === bridge.name)?.device
  return device === undefined ? undefined : namespace.links.get(device)
}
