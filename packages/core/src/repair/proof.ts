import type { Engine } from '../datapath/engine.ts'
import { createEngine } from '../datapath/engine.ts'
import { isAsked, requestFor } from '../datapath/matrix/asked.ts'
import type { Cell, Word } from '../datapath/matrix/cell.ts'
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
  const cells = new Map<string, Cell>()
  const oldCell = (sender: Sender, target: Target): Cell => {
    const key = `${sender.host} ${keyOf(sender, target)}`
    const known = cells.get(key) ?? tracePair(old, sender, target)
    cells.set(key, known)
    return known
  }
  return {
    prove({ after, engine, host, unmodelled, asked = [] }) {
      places ??= allPlaces(old.model, collectObjects(before))
      const then = samePlaces(before, after) ? [places] : [places, allPlaces(engine.model, collectObjects(after))]
      const flows: FlowChange[] = []
      const counts = { repaired: 0, broken: 0, unchanged: 0, unsure: 0 }
      for (const [sender, target] of pairsOf(then, host, asked, most)) {
        const [was, is] = [oldCell(sender, target), tracePair(engine, sender, target)]
        const kind = judged(was.word, is.word)
        counts[kind]++
        if (kind !== 'unchanged' && flows.length < LISTED) {
          const { from, to } = requestFor(sender, target)
          flows.push({ from, to, before: was.word, after: is.word })
        }
      }
      return { ...counts, flows, unmodelled }
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
function pairsOf(
  places: readonly Places[],
  host: string,
  asked: readonly AskedFlow[],
  most: number,
): readonly (readonly [Sender, Target])[] {
  const senders = new Map(places.flatMap((one) => one.senders.map((sender) => [`${sender.place} ${sender.host}`, sender] as const)))
  const targets = new Map(
    places.flatMap((one) => one.targets.map((target) => [`${target.place} ${target.host} ${target.address}`, target] as const)),
  )
  const pairs = [...senders.values()].flatMap((sender) =>
    [...targets.values()].filter((target) => isAsked(sender, target, false)).map((target) => [sender, target] as const),
  )
  const all = { senders: [...senders.values()], targets: [...targets.values()] }
  const known = new Set(pairs.map(([sender, target]) => keyOf(sender, target)))
  const named = asked.flatMap(({ from, to }) => {
    const { places } = selectPlaces(all, [from], [to])
    return places.senders.flatMap((sender) =>
      places.targets
        .filter((target) => isAsked(sender, target, true) && !known.has(keyOf(sender, target)))
        .map((target) => [sender, target] as const),
    )
  })
  if (pairs.length <= most) return [...named, ...pairs]
  const near = pairs.filter(([sender, target]) => sender.host === host || target.host === host)
  const far = pairs.filter(([sender, target]) => sender.host !== host && target.host !== host)
  return [...named, ...spread(near, most / 2), ...spread(far, most / 2)]
}

const keyOf = (sender: Sender, target: Target): string => `${sender.place} ${sender.host} ${target.place} ${target.address}`

function spread<T>(items: readonly T[], most: number): readonly T[] {
  const every = Math.ceil(items.length / most)
  return every <= 1 ? items : items.filter((_, i) => i % every === 0)
}
