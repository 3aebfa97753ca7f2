import { formatAddress } from '../net/address.ts'
import { formatPrefix } from '../net/prefix.ts'
import { lacking } from './ground.ts'
import { type End, end, happen, type Journey, moved } from './journey.ts'
import type { RouteRefusal } from './route-refusal.ts'
import type { RouteDecision } from './routing.ts'
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

type Answers = Readonly<Partial<Record<Reason, readonly [local: string, ip: string, ip6: string]>>>

/**
 * Errors that the sender learns of when routing refuses a packet: a local program by errno (fib_props), others by ICMP (ip_error, ip6_pkt_discard,
 * ip6_pkt_prohibit). The rest is dropped in silence.
 */
const ANSWERS: Answers = {
  'no-route': ['ENETUNREACH', 'icmp-net-unreachable', 'icmp6-no-route'],
  unreachable: ['EHOSTUNREACH', 'icmp-host-unreachable', 'icmp6-no-route'],
  prohibit: ['EACCES', 'icmp-admin-prohibited', 'icmp6-adm-prohibited'],
}

export function refusedRoute(journey: Journey, refusal: RouteRefusal, device: string): readonly End[] {
  const { reason, text, route } = refusal
  if (reason === 'missing-evidence') return unsettledRoute(journey, refusal, device)
  const type = route?.type ?? reason
  const told = happen(journey, 'route', text, {
    effect: reason,
    route: { type: type === 'unicast' || type === 'local' ? reason : type },
    evidence: route?.source,
  })
  const { local, packet } = journey
  if (!local) {
    const answer = ANSWERS[reason]?.[packet.family === 'ip' ? 1 : 2]
    return end(told, answer ? 'rejected' : 'dropped', reason, { interface: device, answer })
  }
  // fib_props: what is not one of those above is -EINVAL.
  return end(told, 'dropped', reason, { interface: device, answer: ANSWERS[reason]?.[0] ?? 'EINVAL' })
}

function unsettledRoute(journey: Journey, { text, evidence }: RouteRefusal, device: string): readonly End[] {
  const file = evidence ? `${journey.machine.namespace.folder}/${evidence}` : ''
  const told = happen(moved(journey, { ground: lacking(journey.ground, { evidence: file, why: text }) }), 'route', text, {
    effect: 'UNKNOWN',
  })
  return end(told, 'unknown', 'missing-evidence', { interface: device })
}
