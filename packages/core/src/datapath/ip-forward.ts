import { copyPacket } from '../net/packet.ts'
import { isLinkLocal, isUnspecified } from '../net/special.ts'
import { postrouting } from './ip-output.ts'
import { copyJourney, type End, end, happen, type Journey, onward, through } from './journey.ts'
import type { RouteDecision } from './routing.ts'
import { endByRules } from './verdict-ends.ts'

/** ip_forward(), ip6_forward(): TTL, MTU and the frame's type are looked at before FORWARD; rules there see the TTL already lowered. */
export function forward(journey: Journey, iif: string, route: RouteDecision): readonly End[] {
  const { packet } = journey
  if (packet.packetType !== 'host')
    return end(happen(journey, 'route', 'a broadcast frame is not forwarded'), 'dropped', 'not-for-us', { interface: iif })
  if (packet.ttl <= 1)
    return end(happen(journey, 'route', `its TTL is ${packet.ttl}`), 'rejected', 'ttl-exceeded', {
      interface: iif,
      answer: packet.family === 'ip' ? 'icmp-ttl-exceeded' : 'icmp6-time-exceeded',
    })
  const unfit = unfitSource6(journey, iif, route)
  if (unfit) return unfit
  const mtu = mtuOf(journey, route)
  if (mtu !== undefined && packet.length > mtu && (packet.dontFragment || packet.family === 'ip6')) {
    const told = happen(
      journey,
      'route',
      `${packet.length} bytes do not fit ${route.device}'s MTU of ${mtu}, and the packet may not be fragmented`,
    )
    return end(told, 'rejected', 'too-big', {
      interface: route.device,
      answer: packet.family === 'ip' ? 'icmp-frag-needed' : 'icmp6-packet-too-big',
    })
  }
  const lower = copyPacket(packet)
  lower.ttl--
  const lowered = copyJourney(journey)
  lowered.packet = lower
  lowered.local = false
  return onward(through(lowered, { hook: 'forward', iif, oif: route.device, nextHop: route.via }), ({ journey: after, end: pass }) =>
    pass.verdict.kind === 'accept' ? postrouting(after, route, iif) : endByRules(after, pass, route.device),
  )
}

/** ip6_forward(): an address of one link alone does not leave it, and one of nobody goes nowhere. */
function unfitSource6(journey: Journey, iif: string, route: RouteDecision): readonly End[] | undefined {
  const { src, family } = journey.packet
  if (family === 'ip' || iif === route.device) return undefined
  if (isUnspecified(src)) return end(happen(journey, 'route', 'it has no source address'), 'dropped', 'martian', { interface: iif })
  if (!isLinkLocal(src)) return undefined
  const told = happen(journey, 'route', `its source is an address of the link of ${iif}, and ${route.device} is another`)
  return end(told, 'rejected', 'martian', { interface: iif, answer: 'icmp6-not-neighbour' })
}

/** ip_dst_mtu_maybe_forward(), ip6_dst_mtu_maybe_forward(): the route's own MTU, else the device's. */
function mtuOf(journey: Journey, route: RouteDecision): number | undefined {
  return route.route?.mtu ?? journey.machine.namespace.links.get(route.device)?.mtu
}
