import { createEngine, type Engine } from '../datapath/engine.ts'
import type { Document } from '../intake/document.ts'
import type { OwnerBook } from '../netfilter/owners/book.ts'
import { assembleScene } from './assemble.ts'
import { blamesOf } from './blame.ts'
import { CAUSES } from './causes/all.ts'
import type { CauseBook } from './causes/book.ts'
import { contradictions } from './claims/contradictions.ts'
import { disproved } from './claims/disproved.ts'
import { convict, type Tried } from './convict.ts'
import type { Diagnosis, NextStep, Question } from './diagnosis.ts'
import { eliminate } from './elimination/eliminate.ts'
import { leaving, numbered } from './gather.ts'
import { withMeant } from './meant.ts'
import { missingEvidence, toLookAt } from './next-evidence.ts'
import type { Observation, Observed } from './observations/observation.ts'
import { observe } from './observations/observe.ts'
import { loggedOf } from './observations/signatures.ts'
import { createOwnership, type OwnershipOf } from './ownership.ts'
import { observedPartings } from './partings.ts'
import { settledByProbes } from './probes/settle.ts'
import { asked } from './question.ts'
import { ranked } from './rank.ts'
import { isExplained as explains, type Symptom } from './scene.ts'
import type { SignatureBook } from './signatures/book.ts'
import { matchSignatures } from './signatures/match.ts'
import type { SignatureMatch } from './signatures/signature.ts'
import { withSenders } from './surroundings/senders.ts'
import { withSurroundings } from './surroundings/surroundings.ts'
import { traceSymptoms } from './symptoms.ts'

/** knowledge/, read. */
export interface Knowledge {
  readonly owners: OwnerBook
  readonly causes: CauseBook
  /** undefined: error texts are not looked for. */
  readonly signatures?: SignatureBook | undefined
}

export interface DiagnoseOptions {
  readonly question?: Question | undefined
  /** Observations given on the command line. */
  readonly observed?: readonly Observed[]
  /** Ids of observations to leave out. */
  readonly without?: readonly string[]
  /** Error texts of files that were looked at as they were read, being too long to keep. */
  readonly matched?: readonly SignatureMatch[]
  /** Of the same documents, where there are some already. */
  readonly engine?: Engine | undefined
  readonly ownership?: OwnershipOf | undefined
}

/**
 * Finds why: gathers what was observed, traces what fails and what works, lets every cause say whether it may be at work, takes each suspect
 * away in the model (decision 5 of the design), cuts down what the model cannot tell by what works (decision 6), and ranks what is left. Never
 * throws on bad evidence.
 */
export function diagnose(given: readonly Document[], knowledge: Knowledge, options: DiagnoseOptions = {}): Diagnosis {
  const { question, without = [] } = options
  const seen = observedIn(given, knowledge, options)
  const documents = withSurroundings(given, seen)
  const observed = numbered(withSenders(seen, documents))
  const kept = leaving(observed, without)
  const engine = options.engine ?? createEngine(documents)
  const traced = traceSymptoms(engine, question, kept)
  const { works } = traced
  const symptoms = withMeant(documents, engine.model, traced.symptoms)
  const observations = [...kept, ...leaving(observedPartings(kept, [...symptoms, ...works], observed.length + 1), without)]
  const ownership = options.ownership ?? createOwnership(documents, knowledge.owners)
  const scene = assembleScene({ documents, engine, observations, symptoms, works, ownership })
  const convicted = settledByProbes(scene, convict(scene, CAUSES))
  const left = eliminate({ observations, documents, explained: explainedBy(symptoms, convicted) })
  const tried = [...convicted, ...left.remaining.map((suspect) => ({ suspect, trial: 'untried' as const }))]
  const { causes, ruledOut } = ranked(scene, tried, knowledge.causes, left.ruledOut)
  return {
    question,
    observations,
    symptoms,
    works,
    causes,
    ruledOut,
    contradictions: [
      ...contradictions(observations, documents).filter(({ claim }) => !agrees(observations, claim, causes)),
      ...disproved(observations, causes),
    ],
    next: nextSteps(missingEvidence(symptoms, causes), left.next, toLookAt(causes, symptoms, knowledge.causes)),
  }
}

function observedIn(documents: readonly Document[], { signatures }: Knowledge, options: DiagnoseOptions): readonly Observed[] {
  const { question, observed = [], matched = [] } = options
  const logged = signatures
    ? loggedOf([...matched, ...matchSignatures(signatures, documents, new Set(matched.map(({ source }) => source.file)))])
    : []
  return [...(question ? asked(question) : []), ...observed, ...observe(documents), ...logged]
}

/** What separates places comes before what only looks at one cause. */
const nextSteps = (missing: readonly NextStep[], tests: readonly NextStep[], looks: readonly NextStep[]): readonly NextStep[] =>
  missing.length + tests.length > 0 ? [...missing, ...tests] : looks

/** A claim that names what the model proves is right, whatever it rests on. */
function agrees(observations: readonly Observation[], claim: string, causes: Diagnosis['causes']): boolean {
  const found = observations.find(({ id }) => id === claim)
  return (
    found?.kind === 'claim' &&
    found.asserts === 'cause' &&
    causes.some(({ id, status }) => status === 'proved' && found.causes.includes(id))
  )
}

/**
 * What the model shows by itself needs no elimination. Where it proves a cause, what is only told in words ("pods cannot reach other nodes")
 * is taken for more of the same.
 */
function explainedBy(symptoms: readonly Symptom[], convicted: readonly Tried[]): ReadonlySet<Observation['id']> {
  const cured = convicted.filter(({ trial }) => trial === 'cured')
  const shown = (symptom: Symptom): boolean => blamesOf(symptom).length > 0 || cured.some(({ suspect }) => explains(symptom, suspect))
  const isExplained = (symptom: Symptom): boolean => (symptom.outcomes.length > 0 ? shown(symptom) : cured.length > 0)
  return new Set(symptoms.flatMap((symptom) => (symptom.observation !== undefined && isExplained(symptom) ? [symptom.observation] : [])))
}
