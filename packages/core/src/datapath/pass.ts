import { type Connection, isConnection } from './connection.ts'
import { trackPacket } from './conntrack.ts'
import type { WalkEnd, WalkVerdict } from './cursor.ts'
import type { Ground } from './ground.ts'
import type { HookScene } from './hook-scene.ts'
import type { Station } from './hooks.ts'
import { bind, translate } from './nat.ts'
import type { Trail } from './trail.ts'
import { type Manner, walkBaseChain } from './walk.ts'

/** A packet between two chains of a hook. */
export interface Branch {
  readonly scene: HookScene
  readonly trail: Trail | undefined
  readonly ground: Ground
}

export interface PassEnd extends Branch {
  readonly verdict: WalkVerdict
}

export interface PassOptions {
  readonly manner: Manner
  /** Entries that the packet's connection may already have in this namespace. */
  readonly connections: () => readonly Connection[]
  /** OUTPUT re-routes between chains (ipt_mangle_out, nf_nat_ipv4_local_fn); a verdict ends the packet there. */
  readonly between?: undefined | ((station: Station, before: HookScene, after: Branch) => WalkVerdict | undefined)
}

const ACCEPT: WalkVerdict = { kind: 'accept' }

/** nf_hook_slow(): all that hangs at a hook, in order. An accept ends its own base chain only; a drop is final. */
export function passHook(start: Branch, options: PassOptions): readonly PassEnd[] {
  return passFrom(start.scene.machine.hooks.stations(start.scene.family, start.scene.hook), 0, start, options)
}

/** Goes on along the stations as long as there is one way; where it forks, each branch goes on by itself. */
function passFrom(stations: readonly Station[], first: number, start: Branch, options: PassOptions): readonly PassEnd[] {
  let branch = start
  for (let at = first; at < stations.length; at++) {
    const station = stations[at] as Station
    const results = atStation(station, branch, options)
    const only = results.length === 1 ? (results[0] as PassEnd) : undefined
    if (!only) {
      const before = branch
      return results.flatMap((result) => stopped(station, before, result, options) ?? passFrom(stations, at + 1, result, options))
    }
    const end = stopped(station, branch, only, options)
    if (end) return [end]
    branch = only
  }
  return [accepted(branch, branch.scene)]
}

/** The end of a packet that went no further than this station. */
function stopped(station: Station, before: Branch, result: PassEnd, options: PassOptions): PassEnd | undefined {
  const verdict = result.verdict.kind === 'accept' ? options.between?.(station, before.scene, result) : result.verdict
  return verdict && (verdict === result.verdict ? result : { ...result, verdict })
}

function atStation(station: Station, branch: Branch, options: PassOptions): readonly PassEnd[] {
  switch (station.kind) {
    case 'chain':
      return merge(walkBaseChain(station.base, branch.scene, branch.trail, branch.ground, options.manner), branch.ground)
    case 'conntrack':
      return [accepted(branch, trackPacket(branch.scene, options.connections))]
    case 'nat':
      return nat(station, branch, options)
  }
}

const accepted = ({ trail, ground }: Branch, scene: HookScene): PassEnd => ({ scene, trail, ground, verdict: ACCEPT })

/** nf_nat_inet_fn(): the first packet asks the chains until one sets the mapping up; later ones go by the connection. */
function nat(station: Extract<Station, { kind: 'nat' }>, branch: Branch, options: PassOptions): PassEnd[] {
  const { side, chains } = station
  const { conntrack } = branch.scene
  if (!isConnection(conntrack)) return [accepted(branch, branch.scene)]
  if (conntrack.state === 'established' || conntrack.natDone[side]) return [accepted(branch, translated(branch.scene, side))]
  const ends: PassEnd[] = []
  let asking: Branch[] = [branch]
  for (const base of chains) {
    const next: Branch[] = []
    for (const asker of asking) {
      for (const end of merge(walkBaseChain(base, asker.scene, asker.trail, asker.ground, options.manner), asker.ground)) {
        const done = isConnection(end.scene.conntrack) && end.scene.conntrack.natDone[side]
        if (end.verdict.kind !== 'accept' || done) ends.push(end)
        else next.push(end)
      }
    }
    asking = next
  }
  for (const asker of asking) ends.push(accepted(asker, unmapped(asker.scene, side)))
  return ends
}

function translated(scene: HookScene, side: 'source' | 'destination'): HookScene {
  const packet = translate(scene.packet, scene.conntrack as Connection, side)
  return packet === scene.packet ? scene : scene.with(packet, scene.conntrack)
}

/** nf_nat_alloc_null_binding(). */
function unmapped(scene: HookScene, side: 'source' | 'destination'): HookScene {
  return scene.with(scene.packet, bind(scene.conntrack as Connection, { kind: 'range', manip: side }).connection)
}

/** Branches that came to the same are one again; where all did, what split them did not matter. */
function merge(ends: readonly WalkEnd[], before: Ground): readonly WalkEnd[] {
  if (ends.length < 2) return ends
  const kept: WalkEnd[] = []
  for (const end of ends) {
    const at = kept.findIndex(
      (other) =>
        other.verdict.kind === end.verdict.kind &&
        sameState(other.scene, end.scene) &&
        (end.verdict.kind === 'accept' || sameLast(end.trail, other.trail)),
    )
    const twin = kept[at]
    if (!twin) kept.push(end)
    else kept[at] = { ...twin, ground: joined(twin.ground, end.ground) }
  }
  return kept.length === 1 ? [{ ...(kept[0] as WalkEnd), ground: before }] : kept
}

/** Did the same rule or policy decide? */
function sameLast(a: Trail | undefined, b: Trail | undefined): boolean {
  if (a?.kind === 'rule' && b?.kind === 'rule') return a.rule === b.rule
  return a?.kind === 'policy' && b?.kind === 'policy' && a.base === b.base
}

function joined(a: Ground, b: Ground): Ground {
  return { ...a, probability: a.probability === null || b.probability === null ? null : a.probability + b.probability }
}

function sameState(a: HookScene, b: HookScene): boolean {
  return sameFields(a.packet, b.packet) && sameConnection(a.conntrack, b.conntrack)
}

function sameConnection(a: HookScene['conntrack'], b: HookScene['conntrack']): boolean {
  if (a === b) return true
  if (!isConnection(a) || !isConnection(b)) return false
  return a.mark === b.mark && a.labels === b.labels && sameFields(a.reply, b.reply) && sameFields(a.natDone, b.natDone)
}

function sameFields<T extends object>(a: T, b: T): boolean {
  if (a === b) return true
  for (const key of Object.keys(a) as (keyof T)[]) if (a[key] !== b[key]) return false
  return true
}
