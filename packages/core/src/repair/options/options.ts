import { createEngine, type Engine } from '../../datapath/engine.ts'
import type { Step } from '../../datapath/trace.ts'
import { type Blame, blamesOf } from '../../diagnose/blame.ts'
import { type Diagnosis, type FoundCause, WORTH_MENDING } from '../../diagnose/diagnosis.ts'
import type { OwnershipOf } from '../../diagnose/ownership.ts'
import { isSick } from '../../diagnose/proof.ts'
import { isExplained, retraced, type Symptom } from '../../diagnose/scene.ts'
import type { Document } from '../../intake/document.ts'
import { applyChanges } from '../../model/change/apply.ts'
import type { Change } from '../../model/change/change.ts'
import { type Model, namespaceIn } from '../../model/model.ts'
import type { Namespace } from '../../model/namespace.ts'
import { inverseOf } from '../inverse.ts'
import { changesOf } from '../model-changes.ts'
import { createProver, type Prover } from '../proof.ts'
import { readOperation } from '../read-operation.ts'
import { draftsFor } from './drafts.ts'
import type { Option, OptionDraft, OptionStep } from './option.ts'

/** What the diagnosis was made from. */
export interface Ground {
  readonly documents: readonly Document[]
  readonly engine: Engine
  readonly ownership: OwnershipOf
}

const MOST_CAUSES = 4
/** Of the pairs that large evidence knows so many are tried with each option: half of them of the host that it changes. */
const MOST_PAIRS = 1000

/**
 * The ways to mend what was found, each applied to the model: the symptom traced again, and every flow that the evidence knows before and after.
 * Options that do not repair come last, and say so.
 */
export function optionsFor(diagnosis: Diagnosis, { documents, engine, ownership }: Ground): readonly Option[] {
  const { model } = engine
  const prover = createProver(documents, engine, MOST_PAIRS)
  const causes = diagnosis.causes.filter(({ confidence }) => confidence >= WORTH_MENDING).slice(0, MOST_CAUSES)
  const options = causes.flatMap((cause) => {
    const symptoms = symptomsOf(diagnosis, cause)
    const blame = symptoms.flatMap(blamesOf)[0] ?? symptoms.flatMap(reached)[0]
    const step = blame?.step ?? (blame?.symptom.result === 'exposed' ? stepAtFault(blame, cause) : undefined)
    const drafts = draftsFor({ cause, model, blame, ownership: step && ownership(step) })
    return drafts.map((draft, i) =>
      workedOut(draft, `${cause.id}-${i + 1}`, cause, { documents, model, symptoms, works: diagnosis.works, prover }),
    )
  })
  return [...options].sort((a, b) => rankOf(a) - rankOf(b))
}

const rankOf = ({ proof }: Option): number =>
  proof === null || proof.symptom === 'unknown' ? 1 : proof.symptom === 'repaired' ? (proof.broken > 0 ? 2 : 0) : 3

function symptomsOf({ symptoms }: Diagnosis, cause: FoundCause): readonly Symptom[] {
  const own = symptoms.filter((symptom) => isExplained(symptom, cause))
  return own.length > 0 ? own : symptoms.slice(0, 1)
}

const stepAtFault = ({ outcome }: Blame, { where }: FoundCause): Step | undefined =>
  outcome.steps.find(({ kind, text }) => kind === 'rule' && text === where.rule?.text)

/** Of a packet that gets somewhere where it should not there is no blame. */
const reached = (symptom: Symptom): readonly Blame[] =>
  symptom.outcomes.map((outcome) => ({ symptom, outcome, part: outcome, direction: 'there', kind: 'doubted', step: undefined }))

interface Trial {
  readonly documents: readonly Document[]
  readonly model: Model
  readonly symptoms: readonly Symptom[]
  readonly works: readonly Symptom[]
  readonly prover: Prover
}

function workedOut(draft: OptionDraft, id: string, { id: cause }: FoundCause, ground: Trial): Option {
  const namespace = namespaceIn(ground.model, draft.where)
  return {
    downtime: 'none',
    pros: [],
    cons: [],
    lasts: '',
    ...draft,
    id,
    cause,
    steps: draft.steps.map(({ argv, why }) => stepOf(argv, why, namespace)),
    proof: proofOf(draft, namespace, ground),
  }
}

function stepOf(argv: readonly string[], why: string, namespace: Namespace | undefined): OptionStep {
  const operation = readOperation(argv)
  if ('why' in operation) return { command: argv, undo: [], undoNote: operation.why, why }
  const inverse = inverseOf(operation, namespace)
  return inverse.kind === 'undo'
    ? { command: argv, undo: inverse.argv, undoNote: '', why }
    : { command: argv, undo: [], undoNote: inverse.why, why }
}

const bare = (to: string): string => to.replace(/\/tcp$/, '')

/** null: the model cannot follow one of the steps. */
function proofOf({ steps }: OptionDraft, namespace: Namespace | undefined, { documents, symptoms, works, prover }: Trial): Option['proof'] {
  if (!namespace) return null
  const changes: Change[] = []
  for (const { argv } of steps) {
    const operation = readOperation(argv)
    const found = 'why' in operation ? undefined : changesOf(operation, namespace)
    if (!found) return null
    changes.push(...found)
  }
  const after = applyChanges(documents, changes).documents
  const engine = createEngine(after)
  const traced = symptoms.filter(({ outcomes }) => outcomes.length > 0)
  const again = traced.map((symptom) => retraced(engine, symptom))
  const proof = prover.prove({ after, engine, host: namespace.host, unmodelled: [] })
  const mended = again.filter((symptom, i) => !isSick(symptom, traced[i] as Symptom)).length
  // That what should not be reached was seen to be is the complaint itself.
  const exposed = new Set(symptoms.filter(({ result }) => result === 'exposed').map(({ request }) => bare(request.to)))
  const still = works.filter(
    (symptom) => symptom.outcomes.length > 0 && blamesOf(symptom).length === 0 && !exposed.has(bare(symptom.request.to)),
  )
  const broken = still.filter((symptom) => blamesOf(retraced(engine, symptom)).length > 0).length
  return {
    ...proof,
    repaired: proof.repaired + mended,
    broken: proof.broken + broken,
    unchanged: proof.unchanged + (traced.length - mended) + (still.length - broken),
    symptom: traced.length === 0 ? 'unknown' : mended === traced.length ? 'repaired' : 'stays',
  }
}
