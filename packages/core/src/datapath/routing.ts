import type { NextHop, Route } from '../facts/network.ts'
import type { FlowKey } from '../model/fib.ts'
import type { Namespace } from '../model/namespace.ts'
import { selectSource, selectSource6 } from '../model/source-address.ts'
import type { Address, Family } from '../net/address.ts'
import type { Packet } from '../net/packet.ts'
import { isLimitedBroadcast, isLinkLocal, isLoopback, isMulticast, isUnspecified, isZeroNetwork } from '../net/special.ts'
import { type RouteRefusal, refusalOf, refuse } from './route-refusal.ts'
import { validateSource } from './source-validation.ts'

/** Where routing sends a packet (struct rtable, struct rt6_info). */
export interface RouteDecision {
  readonly kind: 'route'
  readonly type: 'unicast' | 'local' | 'broadcast' | 'multicast' | 'anycast'
  readonly device: string
  readonly via: Address | undefined
  readonly source: Address | undefined
  readonly route: Route | undefined
  /** Share of the flows that a multipath route sends here. */
  readonly share: number
}

export type Routing = readonly RouteDecision[] | RouteRefusal

export const isRefusal = (routing: Routing): routing is RouteRefusal => !Array.isArray(routing)

/** Made field by field, as a look-up is made for every packet. */
const keyOf = ({ src, dst, oif, strict, mark, tos, protocol, sport, dport, uid }: Omit<FlowKey, 'iif'>, iif: string): FlowKey => ({
  src,
  dst,
  iif,
  oif,
  strict,
  mark,
  tos,
  protocol,
  sport,
  dport,
  uid,
})

/** ip_route_output_key_hash(), ip6_route_output(): for what the host itself sends. `source` undefined: the kernel chooses. */
export function routeOutput(namespace: Namespace, flow: Omit<FlowKey, 'iif'>): Routing {
  const { dst } = flow
  const family = typeof dst === 'number' ? 'ip' : 'ip6'
  if (family === 'ip' && flow.src !== undefined && (isMulticast(flow.src) || isLimitedBroadcast(flow.src)))
    return refuse('invalid-source', 'a group or broadcast address cannot be a source')
  const group = isMulticast(dst) || isLimitedBroadcast(dst)
  const owner = group && flow.src !== undefined ? namespace.addresses.find((entry) => entry.address === flow.src) : undefined
  // To a group the kernel sends by the device that has the source address, without asking the tables.
  if (owner && family === 'ip')
    return [
      {
        kind: 'route',
        type: isMulticast(dst) ? 'multicast' : 'broadcast',
        device: owner.device,
        via: undefined,
        source: flow.src,
        route: undefined,
        share: 1,
      },
    ]
  const result = namespace.fib[family].lookup(keyOf(flow, 'lo'))
  if (result.kind !== 'route') return refusalOf(result, namespace)
  const { route } = result
  if (route.type === 'local' || route.type === 'anycast') return [localDecision(flow, route)]
  const hops = result.nextHops
  const weight = hops.reduce((sum, hop) => sum + hop.weight, 0)
  const decisions = hops.map((hop) => outputDecision(namespace, flow, route, hop, weight ? hop.weight / weight : 1))
  const confined = decisions.find((decision) => !mayLeave(namespace, decision))
  return confined ? loopbackSource(confined) : decisions
}

/** __mkroute_output(): a packet from a loopback address stays on lo, unless the device's route_localnet lets it out. */
function mayLeave(namespace: Namespace, { source, device }: RouteDecision): boolean {
  if (typeof source !== 'number' || !isLoopback(source)) return true
  return (
    namespace.links.get(device)?.flags.includes('LOOPBACK') === true || device === 'lo' || namespace.sysctls.or(device, 'route_localnet')
  )
}

const loopbackSource = ({ device, route }: RouteDecision): RouteRefusal =>
  refuse(
    'invalid-source',
    `a loopback address cannot be the source of what leaves by ${device}: net.ipv4.conf.${device}.route_localnet is off`,
    route,
  )

function localDecision(flow: Omit<FlowKey, 'iif'>, route: Route): RouteDecision {
  return {
    kind: 'route',
    type: 'local',
    device: 'lo',
    via: undefined,
    source: flow.src ?? route.preferredSource ?? flow.dst,
    route,
    share: 1,
  }
}

function outputDecision(namespace: Namespace, flow: Omit<FlowKey, 'iif'>, route: Route, hop: NextHop, share: number): RouteDecision {
  const device = hop.device ?? ''
  const chosen = () =>
    typeof flow.dst === 'number' ? selectSource(namespace, device, hop.via, scopeOf(route)) : selectSource6(namespace, device, flow.dst)
  const source = flow.src ?? route.preferredSource ?? chosen()
  const type = isMulticast(flow.dst) ? 'multicast' : isLimitedBroadcast(flow.dst) || route.type === 'broadcast' ? 'broadcast' : 'unicast'
  return { kind: 'route', type, device, via: type === 'unicast' ? hop.via : undefined, source, route, share }
}

const scopeOf = (route: Route): 'global' | 'link' | 'host' =>
  route.scope === 'link' && !route.nextHops[0]?.via ? 'link' : route.scope === 'host' ? 'host' : 'global'

/** ip_route_input_slow(), ip6_route_input(): for what came in by `iif`. */
export function routeInput(namespace: Namespace, packet: Packet, iif: string): Routing {
  return packet.family === 'ip' ? routeInput4(namespace, packet, iif) : routeInput6(namespace, packet, iif)
}

const flowOf = (packet: Packet, iif: string): FlowKey => ({
  src: packet.src,
  dst: packet.dst,
  iif,
  oif: undefined,
  strict: undefined,
  mark: packet.mark,
  tos: packet.tos,
  protocol: packet.protocol,
  sport: packet.sport,
  dport: packet.dport,
  uid: undefined,
})

function routeInput4(namespace: Namespace, packet: Packet, iif: string): Routing {
  const { src, dst } = packet
  if (isMulticast(src) || isLimitedBroadcast(src)) return refuse('martian', 'its source is a group or broadcast address')
  if (isMulticast(dst)) return multicastInput(dst)
  if (isLimitedBroadcast(dst) || (isUnspecified(src) && isUnspecified(dst))) return broadcastInput(namespace, packet, iif, undefined)
  if (isZeroNetwork(src)) return refuse('martian', 'its source is in 0.0.0.0/8')
  if (isZeroNetwork(dst)) return refuse('martian', 'its destination is in 0.0.0.0/8')
  const localnet = namespace.sysctls.or(iif, 'route_localnet')
  if (isLoopback(dst) && !localnet)
    return refuse('martian', `its destination is a loopback address, and net.ipv4.conf.${iif}.route_localnet is off`)
  if (!isLoopback(dst) && isLoopback(src) && !localnet)
    return refuse('martian', `its source is a loopback address, and net.ipv4.conf.${iif}.route_localnet is off`)
  const result = namespace.fib.ip.lookup(flowOf(packet, iif))
  const forwarding = forwards(namespace, iif, 'ip')
  if (result.kind !== 'route') {
    // What is not one of the host's addresses it does not take, wherever its routes lead.
    const mayBeLocal = result.kind === 'unknown' && !namespace.evidence.has('ip-addr')
    return forwarding || mayBeLocal ? refusalOf(result, namespace) : forwardingOff(namespace, iif)
  }
  const { route } = result
  if (route.type === 'broadcast') return broadcastInput(namespace, packet, iif, route)
  if (route.type === 'local') {
    return (
      validateSource(namespace, packet, iif) ?? [
        { kind: 'route', type: 'local', device: 'lo', via: undefined, source: undefined, route, share: 1 },
      ]
    )
  }
  if (!forwarding) return forwardingOff(namespace, iif)
  if (route.type !== 'unicast') return refuse('martian', `the route to it is of type ${route.type}`)
  return validateSource(namespace, packet, iif, result.nextHops[0]?.device) ?? forwardDecisions(result.nextHops, route)
}

/** Where no sysctl was captured, a host with pods and containers is taken to forward, and a pod's or container's namespace not to. */
function forwards(namespace: Namespace, iif: string, family: Family): boolean {
  return namespace.sysctls.forwarding(family, iif) ?? namespace.name === ''
}

function forwardingOff(namespace: Namespace, iif: string): RouteRefusal {
  const known = namespace.sysctls.known
  return refuse(
    'forwarding-off',
    known ? `forwarding is off for ${iif}` : `${namespace.id} is taken not to forward: its settings were not captured`,
  )
}

function forwardDecisions(hops: readonly NextHop[], route: Route): readonly RouteDecision[] {
  const weight = hops.reduce((sum, hop) => sum + hop.weight, 0)
  return hops.map((hop) => ({
    kind: 'route',
    type: 'unicast',
    device: hop.device ?? '',
    via: hop.via,
    source: undefined,
    route,
    share: weight ? hop.weight / weight : 1,
  }))
}

function broadcastInput(namespace: Namespace, packet: Packet, iif: string, route: Route | undefined): Routing {
  const refusal = isZeroNetwork(packet.src) ? undefined : validateSource(namespace, packet, iif)
  return refusal ?? [{ kind: 'route', type: 'broadcast', device: 'lo', via: undefined, source: undefined, route, share: 1 }]
}

/** ip_check_mc_rcu(): every interface is in 224.0.0.1; other memberships are not in the evidence, and hosts do not route groups (no mc_forwarding). */
function multicastInput(group: Address): Routing {
  if (group !== 0xe0000001) return refuse('no-route', 'this host is not known to be a member of the group, and does not route multicast')
  return [{ kind: 'route', type: 'multicast', device: 'lo', via: undefined, source: undefined, route: undefined, share: 1 }]
}

function routeInput6(namespace: Namespace, packet: Packet, iif: string): Routing {
  if (isMulticast(packet.dst)) return multicastInput6(namespace, packet.dst as bigint, iif)
  const result = namespace.fib.ip6.lookup({
    ...flowOf(packet, iif),
    oif: isLinkLocal(packet.dst) ? iif : undefined,
  })
  if (result.kind !== 'route') return refusalOf(result, namespace)
  const { route } = result
  if (route.type === 'local' || route.type === 'anycast')
    return [{ kind: 'route', type: 'local', device: 'lo', via: undefined, source: undefined, route, share: 1 }]
  return forwardDecisions(result.nextHops, route)
}

/** ip6_forward(): IPv6 asks whether forwarding is on (devconf_all->forwarding) after its route, IPv4 while it looks for one. */
export function refusedForwarding({ family }: Packet, namespace: Namespace, iif: string): RouteRefusal | undefined {
  return family === 'ip6' && !forwards(namespace, iif, 'ip6') ? forwardingOff(namespace, iif) : undefined
}

/** ip6_mc_input(): all nodes, all routers where it forwards, and the solicited-node groups of its own addresses; other memberships are not in the evidence. */
function multicastInput6(namespace: Namespace, group: bigint, iif: string): Routing {
  const allNodes = group === (0xff02n << 112n) + 1n
  const allRouters = group === (0xff02n << 112n) + 2n && forwards(namespace, iif, 'ip6')
  const solicited = group >> 24n === ((0xff02n << 112n) + 0x1ff000000n) >> 24n
  const own =
    solicited &&
    namespace.addresses.some(
      ({ device, address }) => device === iif && typeof address === 'bigint' && ((address ^ group) & 0xffffffn) === 0n,
    )
  if (!allNodes && !allRouters && !own)
    return refuse('no-route', 'this host is not known to be a member of the group, and does not route multicast')
  return [{ kind: 'route', type: 'multicast', device: 'lo', via: undefined, source: undefined, route: undefined, share: 1 }]
}

/** ip6_rcv_core(): what IPv6 drops before any rule sees it. */
export function refusedOnReceipt({ family, src, dst }: Packet, iif: string): RouteRefusal | undefined {
  if (family === 'ip') return undefined
  if (isMulticast(src)) return refuse('martian', 'its source is a group address')
  if (iif !== 'lo' && (isLoopback(src) || isLoopback(dst))) return refuse('martian', 'it is from or for the loopback address')
  const scope = isMulticast(dst) ? Number(((dst as bigint) >> 112n) & 0xfn) : -1
  return scope === 0 || (scope === 1 && iif !== 'lo') ? refuse('martian', 'its group has no meaning beyond an interface') : undefined
}
