import type { Document } from '../../intake/document.ts'
import { collectObjects } from '../../model/objects.ts'
import type { Engine } from '../engine.ts'
import { alikePairs } from './alike/alike.ts'
import { everyPair } from './every-pair.ts'
import type { Matrix, Progress } from './matrix.ts'
import { allPlaces } from './places.ts'
import { selectPlaces } from './select.ts'

export interface PredictOptions {
  /** Places by name, `*` for any part; none: all. */
  readonly from: readonly string[]
  readonly to: readonly string[]
  readonly progress: Progress
  /** Traces each pair, however many there are. */
  readonly every?: boolean
}

export interface Predicted {
  readonly matrix: Matrix
  /** Names that the evidence does not know. */
  readonly unknown: readonly string[]
  /** Names of all senders, for whoever asked for one that is not. */
  readonly known: readonly string[]
}

/** Up to so many pairs each is traced. */
const FEW = 600

/** Who reaches whom in the model, for all places or those that are named. */
export function predictMatrix(engine: Engine, documents: readonly Document[], options: PredictOptions): Predicted {
  const { from, to, progress, every = false } = options
  const objects = collectObjects(documents)
  const all = allPlaces(engine.model, objects)
  const { places, unknown } = selectPlaces(all, from, to)
  const named = to.length > 0
  const few = every || places.senders.length * places.targets.length <= FEW
  const matrix = few ? everyPair(engine, places, named, progress) : alikePairs(engine, objects, places, named, progress)
  return { matrix, unknown, known: all.senders.map((sender) => sender.place) }
}
