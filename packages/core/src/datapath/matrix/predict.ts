import type { Document } from '../../intake/document.ts'
import { collectObjects } from '../../model/objects.ts'
import type { Engine } from '../engine.ts'
import { everyPair } from './every-pair.ts'
import type { Matrix, Progress } from './matrix.ts'
import { allPlaces } from './places.ts'
import { selectPlaces } from './select.ts'

export interface PredictOptions {
  /** Places by name, `*` for any part; none: all. */
  readonly from: readonly string[]
  readonly to: readonly string[]
  readonly progress: Progress
}

export interface Predicted {
  readonly matrix: Matrix
  /** Names that the evidence does not know. */
  readonly unknown: readonly string[]
  /** Names of all senders, for whoever asked for one that is not. */
  readonly known: readonly string[]
}

/** Who reaches whom in the model, for all places or those that are named. */
export function predictMatrix(engine: Engine, documents: readonly Document[], { from, to, progress }: PredictOptions): Predicted {
  const all = allPlaces(engine.model, collectObjects(documents))
  const { places, unknown } = selectPlaces(all, from, to)
  return { matrix: everyPair(engine, places, to.length > 0, progress), unknown, known: all.senders.map((sender) => sender.place) }
}
