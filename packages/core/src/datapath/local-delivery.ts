import { confirm } from './confirm.ts'
import { balance } from './ipvs.ts'
import { type End, end, happen, type Journey, through } from './journey.ts'
import type { RouteDecision } from './routing.ts'
import { listenerFor } from './sockets.ts'
import { decapsulate } from './tunnel.ts'
import { endByRules } from './verdict-ends.ts'

/** ip_local_deliver(), ip6_input(): INPUT, then the socket. */
export function deliverLocal(journey: Journey, iif: string, _route: RouteDecision): End[] {
  return through(journey, { hook: 'input', iif }).flatMap(({ journey: after, end: pass }) => {
    if (pass.verdict.kind !== 'accept') return endByRules(after, pass, iif)
    const balanced = balance(after, iif, journey)
    return balanced ? balanced.flatMap((one) => (one.kind === 'gone' ? one.ends : toSocket(one.journey, iif))) : toSocket(after, iif)
  })
}

function toSocket(journey: Journey, iif: string): readonly End[] {
  const { namespace } = journey.machine
  const decapsulated = decapsulate(confirm(journey))
  if (decapsulated) return decapsulated
  const arrived = confirm(
    happen(journey, 'local', `delivered to ${namespace.name ? `namespace ${namespace.name} of ` : ''}${namespace.host}`),
  )
  return end(arrived, 'delivered', 'delivered', { interface: iif, decided: false, listener: listenerFor(namespace, journey.packet, iif) })
}
