import type { Engine } from '../datapath/engine.ts'
import { createEngine } from '../datapath/engine.ts'
import { isAsked, requestFor } from '../datapath/matrix/asked.ts'
import type { Word } from '../datapath/matrix/cell.ts'
import { tracePair } from '../datapath/matrix/every-pair.ts'
import type { Sender, Target } from '../datapath/matrix/place.ts'
import { allPlaces } from '../datapath/matrix/places.ts'
import { selectPlaces } from '../datapath/matrix/select.ts'
import type { Document } from '../intake/document.ts'
import { collectObjects } from '../model/objects.ts'
import type { FlowChange, Proof } from './plan.ts'

/** So many pairs are traced; of more, every n-th (those of the host that is changed all). */
const MOST = 4000
/** So many changed flows are listed. */
const LISTED = 50

/** A flow that the proof is to tell of whether or not the evidence knows its ends: places as INTERFACE.md writes them. */
export interface AskedFlow {
  readonly from: string
  readonly to: string
}

/** Traces the pairs that the evidence knows before and after a change, and counts what it repairs and what it breaks. */
export function proveChange(
  before: readonly Document[],
  after: readonly Document[],
  host: string,
  unmodelled: readonly number[],
  asked: readonly AskedFlow[] = [],
): Proof {
  return createProver(before).prove({ after, engine: createEngine(after), host, unmodelled, asked })
}

/** What is to be proved. */
export interface Claim {
  readonly after: readonly Document[]
  /** Over `after`. */
  readonly engine: Engine
  readonly host: string
  readonly unmodelled: readonly number[]
  readonly asked?: readonly AskedFlow[]
}

/** Proves several changes of one machine, each for itself: what is the same for all of them is worked out once. */
export interface Prover {
  prove(claim: Claim): Proof
}

/** @param most pairs that are traced for each change */
export function createProver(before: readonly Document[], old: Engine = createEngine(before), most = MOST): Prover {
  let places: Places | undefined
  const words = new Map<string, Word>()
  const wordBefore = (sender: Sender, target: Target): Word => {
    const key = `${sender.host} ${keyOf(sender, target)}`
    const known = words.get(key) ?? tracePair(old, sender, target).word
    words.set(key, known)
    return known
  }
  return {
    prove({ after, engine, host, unmodelled, asked = [] }) {
      places ??= allPlaces(old.model, collectObjects(before))
      const then = samePlaces(before, after) ? [places] : [places, allPlaces(engine.model, collectObjects(after))]
      const flows: FlowChange[] = []
      const counts = { repaired: 0, broken: 0, unchanged: 0, unsure: 0 }
      const { pairs, sampledFrom } = pairsOf(then, host, asked, most)
      for (const [sender, target] of pairs) {
        const [was, is] = [wordBefore(sender, target), tracePair(engine, sender, target).word]
        const kind = judged(was, is)
        counts[kind]++
        if (kind !== 'unchanged' && flows.length < LISTED) {
          const { from, to } = requestFor(sender, target)
          flows.push({ from, to, before: was, after: is })
        }
      }
      return { ...counts, flows, sampledFrom, unmodelled }
    },
  }
}

/** Of rules alone no new place comes that anybody asked about; those of before are kept. */
const samePlaces = (before: readonly Document[], after: readonly Document[]): boolean =>
  before.length === after.length && after.every((document, i) => document === before[i] || document.content.kind === 'iptables')

type Places = ReturnType<typeof allPlaces>

function judged(before: Word, after: Word): 'repaired' | 'broken' | 'unchanged' | 'unsure' {
  if (before === after) return 'unchanged'
  if (after === 'works') return 'repaired'
  if (before !== 'works') return 'unchanged'
  return after === 'unknown' ? 'unsure' : 'broken'
}

/** Pairs of both models: an address that goes or comes makes a place that only one of them has. */
function pairsOf(places: readonly Places[], host: string, asked: readonly AskedFlow[], most: number): Chosen {
  const senders = new Map(places.flatMap((one) => one.senders.map((sender) => [`${sender.place} ${sender.host}`, sender] as const)))
  const targets = new Map(
    places.flatMap((one) => one.targets.map((target) => [`${target.place} ${target.host} ${target.address}`, target] as const)),
  )
  const all = { senders: [...senders.values()], targets: [...targets.values()] }
  const { pairs, sampledFrom } = chosen(all.senders, all.targets, host, most)
  const known = new Set(pairs.map(([sender, target]) => keyOf(sender, target)))
  const named = asked.flatMap(({ from, to }) => {
    const { places } = selectPlaces(all, [from], [to])
    return places.senders.flatMap((sender) =>
      places.targets
        .filter((target) => isAsked(sender, target, true) && !known.has(keyOf(sender, target)))
        .map((target) => [sender, target] as const),
    )
  })
  return { pairs: [...named, ...pairs], sampledFrom }
}

type Pair = readonly [Sender, Target]

interface Chosen {
  readonly pairs: readonly Pair[]
  readonly sampledFrom: Proof['sampledFrom']
}

/** All pairs, where they are few; of a cluster's hundred millions a part, half of it about the host that is changed, without making the rest. */
function chosen(senders: readonly Sender[], targets: readonly Target[], host: string, most: number): Chosen {
  const asked = (list: readonly Pair[]): readonly Pair[] => list.filter(([sender, target]) => isAsked(sender, target, false))
  if (senders.length * targets.length <= MOST) {
    const all = asked(spread(senders, targets, MOST))
    if (all.length <= most) return { pairs: all, sampledFrom: null }
  }
  const isNear = (place: { readonly host: string | undefined }): boolean => place.host === host
  const near = [...spread(senders.filter(isNear), targets, most / 4), ...spread(senders, targets.filter(isNear), most / 4)]
  const far = spread(senders, targets, most / 2).filter(([sender, target]) => !isNear(sender) && !isNear(target))
  const once = new Map(asked([...near, ...far]).map((pair) => [`${pair[0].host} ${keyOf(...pair)}`, pair]))
  return { pairs: [...once.values()], sampledFrom: senders.length * targets.length }
}

const keyOf = (sender: Sender, target: Target): string => `${sender.place} ${sender.host} ${target.place} ${target.address}`

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
