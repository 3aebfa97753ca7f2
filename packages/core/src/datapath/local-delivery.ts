import { confirm } from './confirm.ts'
import { assume } from './ground.ts'
import { balance } from './ipvs.ts'
import { type End, end, happen, type Journey, moved, onward, through } from './journey.ts'
import type { RouteDecision } from './routing.ts'
import { listenerFor } from './sockets.ts'
import { decapsulate } from './tunnel.ts'
import { endByRules } from './verdict-ends.ts'

/** Programs that publish containers' ports from the host: Docker's userland proxy, and those of engines without root. */
const USERLAND_PROXY = /^(?:docker-proxy|rootlessport|rootlesskit|slirp4netns|pasta)/

/** ip_local_deliver(), ip6_input(): INPUT, then the socket. */
export function deliverLocal(journey: Journey, iif: string, _route: RouteDecision): readonly End[] {
  return onward(through(journey, { hook: 'input', iif }), ({ journey: after, end: pass }) => {
    if (pass.verdict.kind !== 'accept') return endByRules(after, pass, iif)
    const balanced = balance(after, iif, journey)
    return balanced ? onward(balanced, (one) => (one.kind === 'gone' ? one.ends : toSocket(one.journey, iif))) : toSocket(after, iif)
  })
}

function toSocket(journey: Journey, iif: string): readonly End[] {
  const { namespace } = journey.machine
  const decapsulated = decapsulate(confirm(journey))
  if (decapsulated) return decapsulated
  const arrived = confirm(
    happen(journey, 'local', `delivered to ${namespace.name ? `namespace ${namespace.name} of ` : ''}${namespace.host}`),
  )
  const listener = listenerFor(namespace, journey.packet, iif)
  const proxy = listener.kind === 'listens' && USERLAND_PROXY.test(listener.socket.process ?? '') ? listener.socket.process : undefined
  const told =
    proxy === undefined
      ? arrived
      : moved(arrived, {
          ground: assume(
            arrived.ground,
            `${proxy} answers on the host and carries it on in a connection of its own, which is taken to work`,
          ),
        })
  return end(told, 'delivered', 'delivered', { interface: iif, decided: false, listener })
}
