import type { Document } from '../intake/document.ts'
import { assemble } from '../model/assemble.ts'
import type { Model } from '../model/model.ts'
import type { Namespace } from '../model/namespace.ts'
import { collectObjects, type Objects } from '../model/objects.ts'
import { parsePlace } from '../model/place.ts'
import { type Address, type Family, familyOf, parseAddress } from '../net/address.ts'
import { alterPacket, type Packet } from '../net/packet.ts'
import { isUnspecified } from '../net/special.ts'
import { type BadRequest, bad } from './bad-request.ts'
import { enter } from './enter.ts'
import { assume, FIRM } from './ground.ts'
import type { Precedence } from './hooks.ts'
import { sendLocal } from './ip-output.ts'
import { type End, type Journey, moved, type World } from './journey.ts'
import { doubted, outcomesOf, wordOf } from './outcome.ts'
import { packetOf, protocolOf } from './request-packet.ts'
import { Resolver } from './resolver.ts'
import { addressOf, type Start, startOf } from './start.ts'
import type { Outcome, TraceRequest, TraceResult } from './trace.ts'
import type { Manner } from './walk.ts'
import { createWorld } from './world.ts'
import { NO_ZONE } from './zone.ts'

export type { BadRequest } from './bad-request.ts'

export interface TraceOptions {
  /** Keeps the rules that were looked at and did not match. */
  readonly verbose?: boolean
  /** false: the way there only. */
  readonly reply?: boolean
  /**
   * Where the kernel draws (`statistic`, `numgen`), follow one way, picked by this number from 0 up to 1, as one packet does: for running many
   * packets through a model. Left out: all ways, each with its chance.
   */
  readonly draw?: () => number
}

/** A model of all captured machines, compiled as packets come to it, that packets can be sent through. */
export interface Engine {
  readonly model: Model
  trace(request: TraceRequest, options?: TraceOptions): TraceResult | BadRequest
  /** Where the packet of a request begins and what it is, without sending it through the model: for whoever sends it for real. */
  beginning(request: TraceRequest): Beginning | BadRequest
}

export interface Beginning {
  readonly kind: 'beginning'
  /** The captured namespace whose programs would send it; undefined: it comes from somebody who was not captured. */
  readonly sender: Namespace | undefined
  readonly packet: Packet
}

/** Builds the model from the evidence. */
export function createEngine(documents: readonly Document[]): Engine {
  return engineOf(assemble(documents), collectObjects(documents))
}

/** An engine over a model that is there already: what-if changes the model and asks again. */
export function engineOf(model: Model, objects: Objects): Engine {
  const resolver = new Resolver(model)
  const worlds = new Map<Precedence, World>()
  const worldOf = (precedence: Precedence, manner: Manner): World => {
    let known = worlds.get(precedence)
    if (!known) {
      known = createWorld(model, precedence, resolver, manner)
      worlds.set(precedence, known)
    }
    return { model, resolver, machine: known.machine, conntrack: known.conntrack, manner }
  }
  const ambiguous = model.namespaces.some(mayBeAmbiguous)
  return {
    model,
    beginning(request) {
      const understood = understand(model, objects, request)
      if ('kind' in understood) return understood
      const { start, packet } = understood
      return { kind: 'beginning', sender: start.kind === 'local' ? start.namespace : undefined, packet }
    },
    trace(request, { verbose = false, reply = true, draw } = {}) {
      const understood = understand(model, objects, request)
      if ('kind' in understood) return understood
      const world = worldOf('nft-first', { verbose, draw })
      const asked = { start: understood.start, packet: withFreePort(world, understood, request) }
      const one = run(world, asked, reply)
      const outcomes = ambiguous ? bothOrders(one, run(worldOf('legacy-first', { verbose, draw }), asked, reply)) : one
      return { schema: 'culprit.trace/v1', ...(request.id === undefined ? {} : { id: request.id }), request, outcomes }
    },
  }
}

/** Rules of iptables-legacy beside those of nftables: at the same priority it matters which came first. */
const mayBeAmbiguous = ({ iptables, nft }: Namespace): boolean =>
  iptables.some(({ backend }) => backend !== 'nft') && iptables.length + nft.length > 1

interface Asked {
  readonly start: Start
  readonly packet: Packet
}

function understand(model: Model, objects: Objects, request: TraceRequest): Asked | BadRequest {
  const to = parsePlace(request.to)
  if (!to)
    return bad(
      `"${request.to}" is no place`,
      'write an address, host/H, netns/H/NAME, pod/NS/NAME, svc/NS/NAME or container/NAME, with :PORT/PROTOCOL behind it',
    )
  const from = parsePlace(request.from)
  if (!from) return bad(`"${request.from}" is no place`, 'write host/H, netns/H/NAME, pod/NS/NAME, container/NAME, outside or an address')
  const source = request.src === undefined ? undefined : parseAddress(request.src)
  if (request.src !== undefined && source === undefined) return bad(`"${request.src}" is no address`, 'give an IPv4 or IPv6 address')
  const wanted: Family | undefined =
    source !== undefined ? familyOf(source) : from.place.kind === 'address' ? familyOf(from.place.address) : undefined
  const destination = addressOf(model, objects, to.place, wanted)
  if (typeof destination === 'object') return destination
  const family = familyOf(destination)
  const port = portNumber(objects, to)
  if (typeof port === 'object') return port
  const protocol = protocolOf(to.protocol, port, family)
  if (typeof protocol === 'object') return protocol
  const start = startOf(model, objects, from.place, request, source, family)
  if (start.kind === 'bad-request') return start
  if (start.source !== undefined && familyOf(start.source) !== family)
    return bad('source and destination are of different families', 'use two IPv4 or two IPv6 addresses')
  const packet = packetOf(request, family, start.kind === 'local' ? connectedTo(destination, start.source) : destination, protocol, port)
  return 'kind' in packet ? packet : { start, packet }
}

/** ip_route_output_key_hash_rcu(), tcp_v6_connect(): who connects to no address connects to the host itself. */
function connectedTo(destination: Address, source: Address | undefined): Address {
  if (!isUnspecified(destination)) return destination
  return typeof destination === 'number' ? (source ?? 0x7f000001) : 1n
}

/** A port by its name is that of a Service. */
function portNumber(objects: Objects, to: NonNullable<ReturnType<typeof parsePlace>>): number | undefined | BadRequest {
  const { place, port } = to
  if (port === undefined || typeof port === 'number')
    return port !== undefined && port > 65535 ? bad(`${port} is no port`, 'ports go to 65535') : port
  const service =
    place.kind === 'service'
      ? objects.services.find((known) => known.name === place.name && known.namespace === place.namespace)
      : undefined
  return service?.ports.find((known) => known.name === port)?.port ?? bad(`there is no port named ${port}`, 'give its number')
}

function run(world: World, { start, packet }: Asked, reply: boolean): readonly Outcome[] {
  const ends = launch(world, start, packet)
  return outcomesOf(ends, start, (ended) => sent(ended, start, packet), reply)
}

/** The packet as its sender made it: the kernel may have chosen the source. */
function sent(ended: End, start: Start, packet: Packet): Packet {
  return alterPacket(packet, { src: ended.journey.origin ?? start.source ?? packet.src })
}

/** A request that names no source port is about a new connection: a port that no captured entry has. */
function withFreePort(world: World, { start, packet }: Asked, request: TraceRequest): Packet {
  if (request.sport !== undefined) return packet
  const table = world.conntrack(start.namespace.id)
  let { sport } = packet
  while (table.usesPort(packet.protocol, sport) && sport < 65535) sport++
  return sport === packet.sport ? packet : alterPacket(packet, { sport })
}

function launch(world: World, start: Start, packet: Packet): readonly End[] {
  const machine = world.machine(start.namespace.id)
  const journey: Journey = {
    world,
    machine,
    packet,
    trail: undefined,
    ground: FIRM,
    connections: undefined,
    conntrack: 'none',
    zone: NO_ZONE,
    physIn: '',
    frame: { kind: 'beyond' },
    local: start.kind === 'local',
    tunnel: undefined,
    origin: undefined,
    hops: 0,
  }
  if (start.kind === 'local') return sendLocal(journey, start.source)
  const ground = start.assumption === undefined ? FIRM : assume(FIRM, start.assumption)
  return enter(
    moved(journey, { ground, origin: start.source, packet: alterPacket(packet, { src: start.source }) }),
    start.device,
    start.addressed,
  )
}

/** Where two programs' chains hang at one priority and the evidence does not tell whose came first, both orders are told if they differ. */
function bothOrders(one: readonly Outcome[], other: readonly Outcome[]): readonly Outcome[] {
  if (one === other) return one
  const words = new Set(one.map(wordOf))
  const different = other.filter((outcome) => !words.has(wordOf(outcome)))
  if (!different.length) return one
  const doubt = (outcome: Outcome, first: string) =>
    doubted(outcome, `${first} registered last and so runs first: the evidence does not tell`)
  // `one` is told of the world where nftables registered first.
  return [...one.map((outcome) => doubt(outcome, 'iptables-legacy')), ...different.map((outcome) => doubt(outcome, 'nftables'))]
}
