import type { Model, Port } from '../model/model.ts'
import type { Packet } from '../net/packet.ts'
import type { ConntrackState, Hook } from '../netfilter/scene.ts'
import { type Confirmed, confirmedIn } from './confirm.ts'
import type { Connection } from './connection.ts'
import type { ConntrackTable } from './conntrack.ts'
import type { Ground } from './ground.ts'
import { HookScene } from './hook-scene.ts'
import type { Machine } from './machine.ts'
import { type PassEnd, type PassOptions, passHook } from './pass.ts'
import type { Resolver } from './resolver.ts'
import type { Listener } from './sockets.ts'
import type { Reason, Verdict } from './trace.ts'
import { followOutside, type OutsideKind, type Told, type Trail } from './trail.ts'
import type { Encapsulated } from './tunnel.ts'
import type { Manner } from './walk.ts'
import type { Zone } from './zone.ts'

/** All machines, ready for packets. */
export interface World {
  readonly model: Model
  machine(id: string): Machine
  readonly resolver: Resolver
  /** The evidence's own conntrack entries of a namespace. */
  conntrack(id: string): ConntrackTable
  readonly manner: Manner
}

/** Whom the frame on the current link is addressed to: a captured device, everyone, or somebody outside the evidence. */
export type FrameTarget = { readonly kind: 'port'; readonly port: Port } | { readonly kind: 'everyone' } | { readonly kind: 'beyond' }

/** A packet on its way. Immutable: each stage makes the next one, and a fork makes several. */
export interface Journey {
  readonly world: World
  readonly machine: Machine
  readonly packet: Packet
  readonly trail: Trail | undefined
  readonly ground: Ground
  /** Entries that this way made, by namespace (what nf_conntrack_confirm put into each table). */
  readonly connections: Confirmed | undefined
  /** What conntrack attached to the packet itself; it stays on it over loopback. */
  readonly conntrack: ConntrackState
  readonly zone: Zone
  /** Bridge port that it came in by, while br_netfilter remembers it. */
  readonly physIn: string
  readonly frame: FrameTarget
  /** Made by this namespace itself: errors go to the program and not back over the wire. */
  readonly local: boolean
  /** What this packet carries inside, while it is a tunnel's own. */
  readonly tunnel: Encapsulated | undefined
  /** Source address that the sending namespace chose or was given, before any translation. */
  readonly origin: Packet['src'] | undefined
  /** Stages passed, to end what goes round in circles. */
  readonly hops: number
}

/** The journey with some fields changed. */
export function moved(journey: Journey, changes: Partial<Journey>): Journey {
  return Object.assign(copyJourney(journey), changes)
}

/** A copy for its maker to change before anybody else sees it; made field by field, as copyPacket() is and for the same reason. */
export function copyJourney(journey: Journey): { -readonly [Key in keyof Journey]: Journey[Key] } {
  return {
    world: journey.world,
    machine: journey.machine,
    packet: journey.packet,
    trail: journey.trail,
    ground: journey.ground,
    connections: journey.connections,
    conntrack: journey.conntrack,
    zone: journey.zone,
    physIn: journey.physIn,
    frame: journey.frame,
    local: journey.local,
    tunnel: journey.tunnel,
    origin: journey.origin,
    hops: journey.hops,
  }
}

/** How a branch ended. */
export interface End {
  readonly verdict: Verdict
  readonly reason: Reason
  readonly journey: Journey
  readonly interface: string
  /** true: the last step of the trail is what decided. */
  readonly decided: boolean
  /** What the sender is told: an ICMP error's name, `tcp-reset`, an errno for a local sender; undefined: nothing. */
  readonly answer?: string | undefined
  readonly listener?: Listener | undefined
}

export function end(
  journey: Journey,
  verdict: Verdict,
  reason: Reason,
  rest: { interface?: string; decided?: boolean; answer?: string | undefined; listener?: Listener } = {},
): readonly End[] {
  return [
    {
      verdict,
      reason,
      journey,
      interface: rest.interface ?? '',
      decided: rest.decided ?? true,
      answer: rest.answer,
      listener: rest.listener,
    },
  ]
}

/** All that comes of going on by each of these ways: nearly always there is one. */
export function onward<Way, Result>(ways: readonly Way[], go: (way: Way) => readonly Result[]): readonly Result[] {
  return ways.length === 1 ? go(ways[0] as Way) : ways.flatMap((way) => go(way))
}

/** Adds what happened outside the rules: told at once, or put into words when somebody asks. */
export function happen(journey: Journey, kind: OutsideKind, text: string | (() => Told), rest?: Omit<Told, 'text'>): Journey {
  const tell = typeof text === 'string' ? () => ({ text, ...rest }) : text
  const next = copyJourney(journey)
  next.trail = followOutside(journey.trail, journey.machine, kind, tell)
  return next
}

interface At {
  readonly hook: Hook
  readonly iif?: string
  readonly oif?: string
  readonly physOut?: string
  readonly nextHop?: Packet['dst'] | undefined
}

/** The journey behind a hook, and how it came through. */
export interface Passed {
  readonly journey: Journey
  readonly end: PassEnd
}

/** Sends the packet through one hook. The ends carry the journey as it goes on, or as it stopped. */
export function through(journey: Journey, at: At, between?: PassOptions['between']): readonly Passed[] {
  const { machine, packet } = journey
  if (machine.hooks.isEmpty(packet.family) && journey.conntrack === 'none') {
    const scene = sceneOf(journey, at)
    return [{ journey, end: { scene, trail: journey.trail, ground: journey.ground, verdict: { kind: 'accept' } } }]
  }
  const ends = passHook(
    { scene: sceneOf(journey, at), trail: journey.trail, ground: journey.ground },
    { manner: journey.world.manner, connections: () => connectionsOf(journey), between },
  )
  if (ends.length === 1) return [resume(journey, ends[0] as PassEnd)]
  return ends.map((passed) => resume(journey, passed))
}

function sceneOf(journey: Journey, at: At): HookScene {
  const point = {
    hook: at.hook,
    iif: at.iif ?? '',
    oif: at.oif ?? '',
    physIn: journey.physIn,
    physOut: at.physOut ?? '',
    bridged: at.physOut !== undefined && at.physOut !== '',
    nextHop: at.nextHop,
  }
  return new HookScene(journey.machine, journey.packet, point, journey.conntrack, journey.zone)
}

function connectionsOf(journey: Journey): readonly Connection[] {
  const { id } = journey.machine.namespace
  const own = confirmedIn(id, journey.connections)
  const captured = journey.world.conntrack(id).find(journey.packet)
  if (captured) own.push(captured)
  return own
}

function resume(journey: Journey, passed: PassEnd): Passed {
  const next = copyJourney(journey)
  next.packet = passed.scene.packet
  next.conntrack = passed.scene.conntrack
  next.zone = passed.scene.zone
  next.trail = passed.trail
  next.ground = passed.ground
  return { journey: next, end: passed }
}
