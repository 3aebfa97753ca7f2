import type { Engine } from '../datapath/engine.ts'
import { createEngine } from '../datapath/engine.ts'
import { requestFor } from '../datapath/matrix/asked.ts'
import type { Word } from '../datapath/matrix/cell.ts'
import { tracePair } from '../datapath/matrix/every-pair.ts'
import type { Sender, Target } from '../datapath/matrix/place.ts'
import { allPlaces } from '../datapath/matrix/places.ts'
import { type AskedFlow, MOST_PAIRS, pairKey, samplePairs } from '../datapath/matrix/sample.ts'
import type { Document } from '../intake/document.ts'
import { collectObjects } from '../model/objects.ts'
import type { FlowChange, Proof } from './plan.ts'

/** So many changed flows are listed. */
const LISTED = 50

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
export function createProver(before: readonly Document[], old: Engine = createEngine(before), most = MOST_PAIRS): Prover {
  let places: Places | undefined
  const words = new Map<string, Word>()
  const wordBefore = (sender: Sender, target: Target): Word => {
    const key = `${sender.host} ${pairKey(sender, target)}`
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
      const { pairs, sampledFrom } = samplePairs(then, (near) => near === host, asked, most)
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
