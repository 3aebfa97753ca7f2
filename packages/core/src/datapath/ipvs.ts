import type { Namespace } from '../model/namespace.ts'
import { formatAddress } from '../net/address.ts'
import { alterPacket, type Packet, PROTOCOL, TCP_FLAGS } from '../net/packet.ts'
import type { RealServer, VirtualService } from '../parse/ipvs/ipvs.ts'
import { changeConnection, isConnection } from './connection.ts'
import { assume, lacking, scale } from './ground.ts'
import { postrouting } from './ip-output.ts'
import { type End, end, happen, type Journey, moved, onward, through } from './journey.ts'
import { bind, translate } from './nat.ts'
import { refusedRoute, routeStep } from './route-step.ts'
import { isRefusal, routeOutput } from './routing.ts'
import { endByRules } from './verdict-ends.ts'

/** What IPVS made of a packet: it goes on where it was (to a server on this host), or it went its own way. */
export type Balanced = { readonly kind: 'stays'; readonly journey: Journey } | { readonly kind: 'gone'; readonly ends: readonly End[] }

/**
 * ip_vs_in(), as it hangs behind the filter rules of INPUT (NF_IP_PRI_NAT_SRC - 1) and behind the nat rules of OUTPUT (NF_IP_PRI_NAT_DST + 2):
 * takes the first packet of a connection to a virtual service to one of its servers. undefined: no virtual service, or not a first packet.
 * `before`: the journey as it came to INPUT.
 * Built from the kernel's documentation and sources; the lab's kernel has no IPVS to hold it against.
 */
export function balance(passed: Journey, iif: string, before?: Journey): readonly Balanced[] | undefined {
  const { namespace } = passed.machine
  const service = serviceFor(namespace, passed.packet)
  if (service === undefined || !opens(passed.packet)) return undefined
  const journey = before ? beforeSourceNat(passed, before) : passed
  if (service === 'not-captured') {
    const why = `${formatAddress(journey.packet.dst)} is on a device of IPVS (kube-ipvs0, kube-dummy-if): IPVS decides where it goes, and its virtual services were not captured`
    return gone(unsettled(journey, why, `${namespace.folder}/ipvsadm.txt`, iif))
  }
  const servers = service.servers.filter((server) => server.weight > 0)
  // ip_vs_leave(): without a server the sender is told.
  if (!servers.length) {
    const told = happen(journey, 'local', `IPVS: ${nameOf(service)} has no server to send it to`, {
      effect: 'REJECT',
      evidence: service.source,
    })
    return gone(
      end(told, 'rejected', 'rule', {
        interface: iif,
        answer: journey.packet.family === 'ip' ? 'icmp-port-unreachable' : 'icmp6-port-unreachable',
      }),
    )
  }
  return servers.map((server) => towards(drawn(journey, service, servers, server), service, server, iif))
}

/** Does IPVS take this packet behind the nat rules of OUTPUT, before any filter rule there sees it? */
export function isBalanced(namespace: Namespace, packet: Packet): boolean {
  const known = namespace.virtualServices !== undefined || DUMMIES.some((device) => namespace.addressesOf.has(device))
  return known && serviceFor(namespace, packet) !== undefined && opens(packet)
}

/** The nat rules of INPUT come behind IPVS: what they did to the packet is undone. */
function beforeSourceNat(passed: Journey, before: Journey): Journey {
  if (!isConnection(passed.conntrack) || !isConnection(before.conntrack)) return passed
  const { natDone, reply, status } = before.conntrack
  const { src, sport } = before.packet
  return moved(passed, {
    packet: src === passed.packet.src && sport === passed.packet.sport ? passed.packet : alterPacket(passed.packet, { src, sport }),
    conntrack: changeConnection(passed.conntrack, { natDone, reply, status }),
  })
}

const gone = (ends: readonly End[]): readonly Balanced[] => [{ kind: 'gone', ends }]

function unsettled(journey: Journey, why: string, evidence: string, iif: string): readonly End[] {
  return end(moved(journey, { ground: lacking(journey.ground, { evidence, why }) }), 'unknown', 'missing-evidence', {
    interface: iif,
    decided: false,
  })
}

const PROTOCOLS: Readonly<Record<number, string>> = { [PROTOCOL.tcp]: 'tcp', [PROTOCOL.udp]: 'udp', [PROTOCOL.sctp]: 'sctp' }
const indexes = new WeakMap<readonly VirtualService[], ReadonlyMap<string, VirtualService>>()
const keyOf = ({ match }: VirtualService): string =>
  match.kind === 'mark' ? `${match.family} mark ${match.mark}` : `${match.protocol} ${match.address} ${match.port}`

/** Where kube-proxy and kube-router put the virtual addresses, so that packets to them come to INPUT. */
const DUMMIES = ['kube-ipvs0', 'kube-dummy-if']

/** ip_vs_service_find(): by firewall mark first, then by address and port; port 0 of a service takes every port. */
function serviceFor(namespace: Namespace, packet: Packet): VirtualService | 'not-captured' | undefined {
  const { virtualServices } = namespace
  const protocol = PROTOCOLS[packet.protocol]
  if (protocol === undefined) return undefined
  if (!virtualServices)
    return DUMMIES.some((device) => namespace.addressesOf.get(device)?.some((entry) => entry.address === packet.dst))
      ? 'not-captured'
      : undefined
  let index = indexes.get(virtualServices)
  if (!index) {
    index = new Map(virtualServices.map((service) => [keyOf(service), service]))
    indexes.set(virtualServices, index)
  }
  return (
    (packet.mark === 0 ? undefined : index.get(`${packet.family} mark ${packet.mark}`)) ??
    index.get(`${protocol} ${packet.dst} ${packet.dport}`) ??
    index.get(`${protocol} ${packet.dst} 0`)
  )
}

/** tcp_conn_schedule(): only a SYN opens a connection (sysctl sloppy_tcp aside). */
function opens({ protocol, flags }: Packet): boolean {
  if (protocol !== PROTOCOL.tcp) return true
  const { syn, ack, rst } = TCP_FLAGS
  return (flags & syn) !== 0 && (flags & (ack | rst)) === 0
}

const nameOf = ({ match }: VirtualService): string =>
  match.kind === 'mark'
    ? `virtual service of mark ${match.mark}`
    : `virtual service ${match.protocol} ${formatAddress(match.address)}:${match.port}`

/** Round robin takes turns, which is chance to whoever asks once; by load or hash the evidence does not tell. */
function drawn(journey: Journey, service: VirtualService, servers: readonly RealServer[], server: RealServer): Journey {
  if (servers.length === 1) return journey
  const { ground } = journey
  if (service.scheduler === 'rr') return moved(journey, { ground: scale(ground, 1 / servers.length) })
  if (service.scheduler === 'wrr')
    return moved(journey, { ground: scale(ground, server.weight / servers.reduce((sum, one) => sum + one.weight, 0)) })
  const why = `IPVS chooses by ${service.scheduler}, which depends on ${/h$/.test(service.scheduler) ? "the addresses' hash" : 'the load of its servers'}: any of them is possible`
  return moved(journey, { ground: { ...assume(ground, why), probability: null } })
}

function towards(journey: Journey, service: VirtualService, server: RealServer, iif: string): Balanced {
  const { namespace } = journey.machine
  const local = namespace.owned.has(server.address)
  if (server.forward === 'tunnel')
    return goneWith(
      unsettled(journey, `IPVS sends it to ${formatAddress(server.address)} inside of an IPIP packet, which is not modelled`, '', iif),
    )
  if (server.forward !== 'masq')
    return local || server.forward === 'local'
      ? { kind: 'stays', journey }
      : goneWith(sendOn(tell(journey, service, server, journey.packet), server, iif))
  const { conntrack } = journey
  // Without it IPVS leaves the packet untracked, and keeps its own table for the answers (ip_vs_notrack).
  if (!isConnection(conntrack) || namespace.sysctls.get('net.ipv4.vs.conntrack') === 0)
    return goneWith(
      unsettled(
        journey,
        'IPVS without net.ipv4.vs.conntrack keeps its connections to itself, which is not modelled',
        `${namespace.folder}/sysctl.txt`,
        iif,
      ),
    )
  const range = { first: server.address, last: server.address }
  const ports = server.port === 0 ? undefined : { first: server.port, last: server.port }
  const { connection } = bind(conntrack, { kind: 'range', manip: 'destination', addresses: range, ports })
  const packet = translate(journey.packet, connection, 'destination')
  const sent = moved(tell(journey, service, server, packet), { packet, conntrack: connection })
  return local ? { kind: 'stays', journey: sent } : goneWith(sendOn(sent, server, iif))
}

const goneWith = (ends: readonly End[]): Balanced => ({ kind: 'gone', ends })

function tell(journey: Journey, service: VirtualService, server: RealServer, packet: Packet): Journey {
  const to = `${formatAddress(server.address)}:${server.port}`
  return happen(journey, 'local', `IPVS: ${nameOf(service)} (${service.scheduler}) sends it to ${to}`, {
    effect: 'IPVS',
    ...(packet === journey.packet ? {} : { packet }),
    evidence: server.source,
  })
}

/** ip_vs_nat_xmit(), ip_vs_dr_xmit(): routed anew as if this host had sent it, one hop less to live, through OUTPUT and POSTROUTING. */
function sendOn(journey: Journey, server: RealServer, iif: string): readonly End[] {
  const { packet, machine } = journey
  if (packet.ttl <= 1)
    return end(journey, 'rejected', 'ttl-exceeded', {
      interface: iif,
      answer: packet.family === 'ip' ? 'icmp-ttl-exceeded' : 'icmp6-time-exceeded',
    })
  const routing = routeOutput(machine.namespace, {
    src: undefined,
    dst: server.address,
    mark: packet.mark,
    tos: packet.tos,
    protocol: 0,
    sport: 0,
    dport: 0,
  })
  if (isRefusal(routing)) return refusedRoute(journey, routing, iif)
  const lowered = moved(journey, { packet: alterPacket(packet, { ttl: packet.ttl - 1 }), hops: journey.hops + 1 })
  return onward(routing, (route) => {
    const decision = packet.dst === server.address ? route : { ...route, via: route.via ?? server.address }
    const routed = routeStep(moved(lowered, { ground: scale(lowered.ground, route.share) }), decision)
    return onward(through(routed, { hook: 'output', oif: route.device, nextHop: decision.via }), ({ journey: after, end: pass }) =>
      pass.verdict.kind === 'accept' ? postrouting(after, decision) : endByRules(after, pass, route.device),
    )
  })
}
