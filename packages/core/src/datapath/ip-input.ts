import { scale } from './ground.ts'
import { forward } from './ip-forward.ts'
import { type End, end, type Journey, moved, onward, through } from './journey.ts'
import { deliverLocal } from './local-delivery.ts'
import { refusedRoute, routeStep } from './route-step.ts'
import { isRefusal, type RouteDecision, refusedForwarding, refusedOnReceipt, routeInput } from './routing.ts'
import { endByRules } from './verdict-ends.ts'

/** More stages than any real network has: the packet goes round in circles. */
const MOST_HOPS = 64

export interface Arrival {
  /** The route that the packet already carries: over loopback, or from br_netfilter's own look-up. */
  readonly route?: RouteDecision | undefined
  /** br_netfilter has already called PREROUTING for it (ip_sabotage_in). */
  readonly prerouted?: boolean
}

/** ip_rcv(), ipv6_rcv(): PREROUTING, the routing decision, and on to INPUT or FORWARD. */
export function receiveIp(journey: Journey, iif: string, arrival: Arrival = {}): readonly End[] {
  if (journey.hops > MOST_HOPS) return end(journey, 'dropped', 'loop', { interface: iif })
  if (journey.packet.packetType === 'otherhost') return end(journey, 'dropped', 'not-for-us', { interface: iif })
  const refusal = refusedOnReceipt(journey.packet, iif)
  if (refusal) return refusedRoute(moved(journey, { local: false }), refusal, iif)
  if (arrival.prerouted) return route(journey, iif, arrival.route)
  return onward(through(journey, { hook: 'prerouting', iif }), ({ journey: after, end: pass }) => {
    if (pass.verdict.kind !== 'accept') return endByRules(after, pass, iif)
    // DNAT takes a route that the packet carried off it (nf_nat_ipv4_pre_routing: skb_dst_drop).
    const kept = after.packet.dst === journey.packet.dst ? arrival.route : undefined
    return route(after, iif, kept)
  })
}

function route(journey: Journey, iif: string, carried: RouteDecision | undefined): readonly End[] {
  const routing = carried ? [carried] : routeInput(journey.machine.namespace, journey.packet, iif)
  if (isRefusal(routing)) return refusedRoute(moved(journey, { local: false }), routing, iif)
  return onward(routing, (decision) => {
    const going = carried ? journey : routeStep(moved(journey, { ground: scale(journey.ground, decision.share) }), decision)
    if (decision.type !== 'unicast') return deliverLocal(going, iif, decision)
    const refusal = refusedForwarding(going.packet, going.machine.namespace, iif)
    return refusal ? refusedRoute(moved(going, { local: false }), refusal, iif) : forward(going, iif, decision)
  })
}
