import { isAsked } from './asked.ts'
import type { Places, Sender, Target } from './place.ts'
import { selectPlaces } from './select.ts'

/** So many pairs are traced of each model; of more, a part. */
export const MOST_PAIRS = 4000

export type Pair = readonly [Sender, Target]

/** A flow that is to be looked at whether or not the evidence knows its ends: places as INTERFACE.md writes them. */
export interface AskedFlow {
  readonly from: string
  readonly to: string
}

/** Flows from each of these to each of those. */
export interface AskedFlows {
  readonly from: readonly string[]
  readonly to: readonly string[]
}

/** The pairs to trace; `sampledFrom`: of so many, where these are a part; null: all that are asked. */
export interface Sample {
  readonly pairs: readonly Pair[]
  readonly sampledFrom: number | null
}

/**
 * Pairs of several models of the same machines: an address that goes or comes makes a place that only one of them has. All, where they are few;
 * of a cluster's hundred millions a part, half of it about the hosts that are changed.
 */
export function samplePairs(
  places: readonly Places[],
  isNear: (host: string | undefined) => boolean,
  asked: readonly (AskedFlow | AskedFlows)[],
  most: number,
): Sample {
  const senders = new Map(places.flatMap((one) => one.senders.map((sender) => [`${sender.place} ${sender.host}`, sender] as const)))
  const targets = new Map(
    places.flatMap((one) => one.targets.map((target) => [`${target.place} ${target.host} ${target.address}`, target] as const)),
  )
  const all = { senders: [...senders.values()], targets: [...targets.values()] }
  const { pairs, sampledFrom } = chosen(all.senders, all.targets, isNear, most)
  const known = new Set(pairs.map((pair) => packetKey(...pair)))
  const named: Pair[] = []
  for (const { from, to } of asked) {
    const { places } = selectPlaces(all, listOf(from), listOf(to))
    for (const sender of places.senders)
      for (const target of places.targets) {
        if (!isAsked(sender, target, true) || known.has(packetKey(sender, target))) continue
        known.add(packetKey(sender, target))
        named.push([sender, target])
      }
  }
  return { pairs: [...named, ...pairs], sampledFrom }
}

const listOf = (names: string | readonly string[]): readonly string[] => (typeof names === 'string' ? [names] : names)

/** All pairs, where they are few; else a part, without making the rest. */
function chosen(
  senders: readonly Sender[],
  targets: readonly Target[],
  isNearHost: (host: string | undefined) => boolean,
  most: number,
): Sample {
  const asked = (list: readonly Pair[]): readonly Pair[] => list.filter(([sender, target]) => isAsked(sender, target, false))
  if (senders.length * targets.length <= MOST_PAIRS) {
    const all = asked(spread(senders, targets, MOST_PAIRS))
    if (all.length <= most) return { pairs: all, sampledFrom: null }
  }
  const isNear = (place: { readonly host: string | undefined }): boolean => isNearHost(place.host)
  const near = [...spread(senders.filter(isNear), targets, most / 4), ...spread(senders, targets.filter(isNear), most / 4)]
  const far = spread(senders, targets, most / 2).filter(([sender, target]) => !isNear(sender) && !isNear(target))
  const once = new Map(asked([...near, ...far]).map((pair) => [`${pair[0].host} ${pairKey(...pair)}`, pair]))
  return { pairs: [...once.values()], sampledFrom: senders.length * targets.length }
}

export const pairKey = (sender: Sender, target: Target): string => `${sender.place} ${sender.host} ${target.place} ${target.address}`

/** The same packet, by whatever name its target goes. */
const packetKey = (sender: Sender, { address, protocol, port }: Target): string =>
  `${sender.place} ${sender.host} ${address} ${protocol} ${port}`

/** At most so many of all pairs, evenly: the step and the targets' number have no common divisor, so that none is always passed over. */
function spread(senders: readonly Sender[], targets: readonly Target[], most: number): readonly Pair[] {
  const total = senders.length * targets.length
  let step = Math.max(1, Math.ceil(total / most))
  while (step > 1 && divisor(step, targets.length) > 1) step++
  const pairs: Pair[] = []
  for (let at = 0; at < total; at += step)
    pairs.push([senders[Math.floor(at / targets.length)] as Sender, targets[at % targets.length] as Target])
  return pairs
}

const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b))
