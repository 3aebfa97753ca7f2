import { collectObjects } from '../model/objects.ts'
import { blamesOf, doubtsOf } from './blame.ts'
import type { Scene } from './scene.ts'

type Parts = Pick<Scene, 'documents' | 'engine' | 'observations' | 'symptoms' | 'works' | 'ownership'>

/** A scene from its parts; what follows from them is worked out. */
export function assembleScene({ documents, engine, observations, symptoms, works, ownership }: Parts): Scene {
  return {
    documents,
    engine,
    model: engine.model,
    objects: collectObjects(documents),
    observations,
    symptoms,
    works,
    blames: symptoms.flatMap(blamesOf),
    doubts: symptoms.flatMap(doubtsOf),
    ownership,
  }
}
