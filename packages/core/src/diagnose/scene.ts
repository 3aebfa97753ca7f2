import type { Engine } from '../datapath/engine.ts'
import type { Outcome, Step, TraceRequest } from '../datapath/trace.ts'
import type { Document } from '../intake/document.ts'
import type { Model } from '../model/model.ts'
import type { Objects } from '../model/objects.ts'
import type { Ownership } from '../netfilter/owners/ownership.ts'
import type { Blame } from './blame.ts'
import type { Meant } from './meant.ts'
import type { Observation, Result } from './observations/observation.ts'

/** A connection that somebody tried or asks about, and what the model says of it. */
export interface Symptom {
  /** The observation that tells of it; undefined: the question on the command line. */
  readonly observation: string | undefined
  readonly request: TraceRequest
  /** What was seen; undefined: it was only asked. */
  readonly result: Result | undefined
  /** What the model says; none where the evidence does not hold the sender or the target. */
  readonly outcomes: readonly Outcome[]
  /** Another server answers: who should, where the objects tell. */
  readonly meant?: Meant | undefined
  /** Why it could not be traced. */
  readonly untraceable?: string | undefined
}

/** Ids of the observations that a symptom rests on: one, or none where it was only asked. */
export const observationsOf = ({ observation }: Symptom): readonly string[] => (observation === undefined ? [] : [observation])

/** Is the symptom among those that a suspect or cause explains? One that was only asked is explained by who explains no observation. */
export const isExplained = ({ observation }: Symptom, { explains }: { readonly explains: readonly string[] }): boolean =>
  observation === undefined ? explains.length === 0 : explains.includes(observation)

/** The symptom on another machine, or with another packet: what the engine says of it now. */
export function retraced(engine: Engine, symptom: Symptom, request: TraceRequest = symptom.request): Symptom {
  const result = engine.trace(request)
  return { ...symptom, outcomes: 'outcomes' in result ? result.outcomes : [] }
}

/** Everything that a cause may look at. */
export interface Scene {
  readonly documents: readonly Document[]
  readonly model: Model
  readonly objects: Objects
  readonly engine: Engine
  readonly observations: readonly Observation[]
  /** What fails, the question first. */
  readonly symptoms: readonly Symptom[]
  /** What works. */
  readonly works: readonly Symptom[]
  /** Where the symptoms' packets come to their end in the model. */
  readonly blames: readonly Blame[]
  /** Ways that work in the model, of symptoms that were seen to fail: something is missing in the evidence, or taken for granted. */
  readonly doubts: readonly Blame[]
  /** Whose rule or chain a step met; undefined for steps that met none. */
  ownership(step: Step): Ownership | undefined
}

/** The owner's id in knowledge/owners.yaml (`docker`, `firewalld`, `administrator`); '' for steps that met no rule. */
export const ownerOf = (scene: Scene, step: Step): string => scene.ownership(step)?.owner.id ?? ''
