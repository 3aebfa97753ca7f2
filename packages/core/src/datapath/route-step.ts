import { formatAddress } from '../net/address.ts'
import { formatPrefix } from '../net/prefix.ts'
import { type End, end, happen, type Journey } from './journey.ts'
import type { RouteDecision, RouteRefusal } from './routing.ts'
import type { Reason } from './trace.ts'
import type { Told } from './trail.ts'

/** Tells where routing sent the packet. */
export function routeStep(journey: Journey, decision: RouteDecision): Journey {
  return happen(journey, 'route', () => toldRoute(decision))
}

function toldRoute({ route, device, via, source, type }: RouteDecision): Told {
  const network = route && (route.text.trim() || `${route.destination.length ? formatPrefix(route.destination) : 'default'} dev ${device}`)
  return {
    text: network ?? `${type} on ${device}`,
    effect: type,
    route: {
      type,
      dev: type === 'local' && route?.nextHops[0]?.device ? 'lo' : device,
      ...(via === undefined ? {} : { via: formatAddress(via) }),
      ...(source === undefined ? {} : { src: formatAddress(source) }),
      ...(route ? { table: route.table } : {}),
    },
    evidence: route?.source.line ? route.source : undefined,
  }
}

/** Errors that the sender learns of when routing refuses a packet (fib_props, ip_error): a local program by errno, others by ICMP. */
const ANSWERS: Readonly<Partial<Record<Reason, readonly [local: string, remote: string | undefined]>>> = {
  'no-route': ['ENETUNREACH', 'icmp-net-unreachable'],
  unreachable: ['EHOSTUNREACH', 'icmp-host-unreachable'],
  prohibit: ['EACCES', 'icmp-admin-prohibited'],
  blackhole: ['EINVAL', undefined],
  'invalid-source': ['EINVAL', undefined],
}

export function refusedRoute(journey: Journey, refusal: RouteRefusal, device: string): End[] {
  const type = refusal.route?.type ?? refusal.reason
  const told = happen(journey, 'route', refusal.text, {
    effect: refusal.reason,
    route: { type: type === 'unicast' || type === 'local' ? refusal.reason : type },
    evidence: refusal.route?.source,
  })
  const answer = ANSWERS[refusal.reason]?.[journey.local ? 0 : 1]
  return end(told, answer && !journey.local ? 'rejected' : 'dropped', refusal.reason, { interface: device, answer })
}
