import type { Address } from '../net/address.ts'
import { alterPacket, copyPacket, type Packet, PROTOCOL } from '../net/packet.ts'
import { confirm } from './confirm.ts'
import type { WalkVerdict } from './cursor.ts'
import { scale } from './ground.ts'
import type { HookScene } from './hook-scene.ts'
import type { Station } from './hooks.ts'
import { receiveIp } from './ip-input.ts'
import { balance, isBalanced } from './ipvs.ts'
import { copyJourney, type End, end, happen, type Journey, moved, onward, through } from './journey.ts'
import type { Branch } from './pass.ts'
import type { RouteRefusal } from './route-refusal.ts'
import { refusedRoute, routeStep } from './route-step.ts'
import { isRefusal, type RouteDecision, type Routing, routeOutput } from './routing.ts'
import { transmit } from './transmit.ts'
import { endByRules } from './verdict-ends.ts'

/** A packet that this namespace makes: routed, through OUTPUT (where rules may re-route it) and POSTROUTING, and out. `source` undefined: the kernel chooses one. */
export function sendLocal(journey: Journey, source: Address | undefined): readonly End[] {
  const { packet, machine } = journey
  const flow = {
    src: source,
    dst: packet.dst,
    mark: packet.mark,
    tos: packet.tos,
    protocol: packet.protocol,
    sport: packet.sport,
    dport: packet.dport,
    uid: packet.uid,
  }
  const first = routeOutput(machine.namespace, flow)
  if (isRefusal(first)) return refusedRoute(journey, first, '')
  const routing = connects(packet) && source === undefined ? routedAgain(journey, first, flow) : first
  if (isRefusal(routing)) return refusedRoute(journey, routing, '')
  return onward(routing, (route) => {
    const from = source ?? route.source
    if (from === undefined) return refusedRoute(journey, noSource(route), route.device)
    const sent = copyPacket(packet)
    sent.src = from
    const started = copyJourney(journey)
    started.packet = sent
    started.ground = scale(journey.ground, route.share)
    started.local = true
    started.origin = journey.origin ?? from
    return output(routeStep(started, route), route)
  })
}

/** connect(2) is how TCP begins, and how nearly everybody uses UDP. */
const connects = ({ family, protocol }: Packet): boolean => family === 'ip' && (protocol === PROTOCOL.tcp || protocol === PROTOCOL.udp)

/** ip_route_connect(): the first look-up finds the source, the second is made with it, so that a rule for that source holds after all. */
function routedAgain({ machine }: Journey, routing: readonly RouteDecision[], flow: Parameters<typeof routeOutput>[1]): Routing {
  const again = routing.map((route) => ({
    route,
    found:
      machine.namespace.fib.ip.hasCustomRules && route.source !== undefined
        ? routeOutput(machine.namespace, { ...flow, src: route.source })
        : [route],
  }))
  const refused = again.find(({ found }) => isRefusal(found))
  if (refused && isRefusal(refused.found)) return refused.found
  return again.flatMap(({ route, found }) =>
    isRefusal(found) ? [] : found.map((one) => ({ ...one, source: route.source, share: route.share * one.share })),
  )
}

const noSource = (route: RouteDecision): RouteRefusal => ({
  kind: 'refused',
  reason: 'invalid-source',
  text: `${route.device} has no address to send from`,
  route: route.route,
})

function output(journey: Journey, first: RouteDecision): readonly End[] {
  const rerouting = new Rerouting(journey)
  const between: typeof rerouting.between = (station, before, branch) =>
    rerouting.between(station, before, branch) ??
    (station.kind === 'nat' && isBalanced(journey.machine.namespace, branch.scene.packet) ? TAKEN_BY_IPVS : undefined)
  const passed = through(journey, { hook: 'output', oif: first.device, nextHop: first.via }, between)
  return onward(passed, ({ journey: after, end: pass }) => {
    const state = rerouting.stateOf(pass.scene)
    if (state?.refusal) return refusedRoute(after, state.refusal, first.device).map(unheard)
    const balanced = pass.verdict.kind === 'accept' || pass.verdict === TAKEN_BY_IPVS ? balance(after, first.device) : undefined
    if (balanced) return onward(balanced, (one) => (one.kind === 'gone' ? one.ends : goOn(one.journey, first)))
    if (pass.verdict.kind !== 'accept') return endByRules(after, pass, first.device)
    return leave(after, state?.routes ?? [first], first)
  })
}

const TAKEN_BY_IPVS: WalkVerdict = { kind: 'taken', text: 'IPVS' }

/** To a server of this very host: the rest of OUTPUT sees the packet as IPVS made it. Its chains before that are met twice here, and change nothing more. */
const goOn = (journey: Journey, route: RouteDecision): readonly End[] =>
  onward(through(journey, { hook: 'output', oif: route.device, nextHop: route.via }), ({ journey: after, end: pass }) =>
    pass.verdict.kind === 'accept' ? postrouting(after, route) : endByRules(after, pass, route.device),
  )

const leave = (journey: Journey, routes: readonly RouteDecision[], first: RouteDecision): readonly End[] =>
  onward(routes, (route) =>
    postrouting(route === first ? journey : routeStep(moved(journey, { ground: scale(journey.ground, route.share) }), route), route),
  )

/** NF_DROP_ERR: a TCP socket takes no notice of why its SYN did not leave, and tries again (tcp_connect). */
const unheard = (ended: End): End => (ended.journey.packet.protocol === PROTOCOL.tcp ? { ...ended, answer: undefined } : ended)

interface Rerouted {
  readonly routes: readonly RouteDecision[]
  readonly refusal: RouteRefusal | undefined
}

/**
 * ip_route_me_harder(): a chain of type route that changed the mark, TOS or an address, and DNAT in OUTPUT, route the packet anew.
 * The hook itself goes on with the first route's device.
 */
class Rerouting {
  readonly #journey: Journey
  /** Only of those scenes that were re-routed: nearly none. */
  #states: Map<HookScene, Rerouted> | undefined

  constructor(journey: Journey) {
    this.#journey = journey
  }

  stateOf(scene: HookScene): Rerouted | undefined {
    return this.#states?.get(scene)
  }

  readonly between = (station: Station, before: HookScene, branch: Branch): WalkVerdict | undefined => {
    const after = branch.scene
    const known = this.#states?.get(before)
    const state = this.#mustReroute(station, before.packet, after.packet) ? this.#reroute(after.packet) : known
    if (!state) return undefined
    this.#states ??= new Map()
    this.#states.set(after, state)
    return state.refusal ? ({ kind: 'drop', by: 'rule' } as const) : undefined
  }

  #mustReroute(station: Station, before: Packet, after: Packet): boolean {
    if (before === after) return false
    if (station.kind === 'nat') return before.dst !== after.dst
    if (station.kind !== 'chain' || station.base.type !== 'route') return false
    return before.src !== after.src || before.dst !== after.dst || before.mark !== after.mark || before.tos !== after.tos
  }

  #reroute(packet: Packet): Rerouted {
    const { namespace } = this.#journey.machine
    // The look-up is made without protocol and ports: a rule that asks for them does not match here.
    const flow = { src: packet.src, dst: packet.dst, mark: packet.mark, tos: packet.tos, protocol: 0, sport: 0, dport: 0, uid: packet.uid }
    const routing = routeOutput(namespace, flow)
    return isRefusal(routing) ? { routes: [], refusal: routing } : { routes: routing, refusal: undefined }
  }
}

/** ip_output(), ip6_output(): POSTROUTING, then the link. A forwarded packet still shows the device it came in by (`indev`). */
export function postrouting(journey: Journey, route: RouteDecision, iif = ''): readonly End[] {
  return onward(through(journey, { hook: 'postrouting', iif, oif: route.device, nextHop: route.via }), ({ journey: after, end: pass }) => {
    if (pass.verdict.kind !== 'accept') return endByRules(after, pass, route.device)
    const confirmed = confirm(after)
    return route.device === 'lo' || route.type === 'local' ? loopback(confirmed, route) : transmit(confirmed, route)
  })
}

/** loopback_xmit(): the packet comes back in by lo, with its route and its connection still on it. */
function loopback(journey: Journey, route: RouteDecision): readonly End[] {
  const { packet } = journey
  // A route out of lo that is not local has dst_discard() as its input.
  if (route.type === 'unicast') return end(journey, 'dropped', 'martian', { interface: route.device })
  const looped: Journey = moved(happen(journey, 'local', 'back in by lo'), {
    packet: alterPacket(packet, { packetType: 'host' }),
    local: journey.local,
    // What was invalid carries nothing: it is looked at again.
    conntrack: journey.conntrack === 'invalid' ? 'none' : journey.conntrack,
    frame: { kind: 'everyone' },
    hops: journey.hops + 1,
  })
  return receiveIp(looped, 'lo', { route })
}
