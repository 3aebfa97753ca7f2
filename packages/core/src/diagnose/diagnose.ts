import { createEngine } from '../datapath/engine.ts'
import type { Document } from '../intake/document.ts'
import type { OwnerBook } from '../netfilter/owners/book.ts'
import { assembleScene } from './assemble.ts'
import { CAUSES } from './causes/all.ts'
import type { CauseBook } from './causes/book.ts'
import { convict } from './convict.ts'
import type { Diagnosis, Question } from './diagnosis.ts'
import { numbered } from './gather.ts'
import type { Observed } from './observations/observation.ts'
import { observe } from './observations/observe.ts'
import { loggedOf } from './observations/signatures.ts'
import { createOwnership } from './ownership.ts'
import { ranked } from './rank.ts'
import type { SignatureBook } from './signatures/book.ts'
import { matchSignatures } from './signatures/match.ts'
import { traceSymptoms } from './symptoms.ts'

/** knowledge/, read. */
export interface Knowledge {
  readonly owners: OwnerBook
  readonly causes: CauseBook
  /** Error texts that programs write; without them logs tell less. */
  readonly signatures?: SignatureBook | undefined
}

export interface DiagnoseOptions {
  readonly question?: Question | undefined
  /** Observations given on the command line. */
  readonly observed?: readonly Observed[]
  /** Ids of observations to leave out. */
  readonly without?: readonly string[]
}

/**
 * Finds why: gathers what was observed, traces what fails and what works, lets every cause say whether it may be at work, takes each suspect
 * away in the model (decision 5 of the design), and ranks what is left. Never throws on bad evidence.
 */
export function diagnose(documents: readonly Document[], knowledge: Knowledge, options: DiagnoseOptions = {}): Diagnosis {
  const { question, observed = [], without = [] } = options
  const logged = knowledge.signatures ? loggedOf(matchSignatures(knowledge.signatures, documents)) : []
  const observations = numbered([...observed, ...observe(documents), ...logged], without)
  const engine = createEngine(documents)
  const { symptoms, works } = traceSymptoms(engine, question, observations)
  const ownership = createOwnership(documents, knowledge.owners)
  const scene = assembleScene({ documents, engine, observations, symptoms, works, ownership })
  const { causes, ruledOut } = ranked(scene, convict(scene, CAUSES), knowledge.causes)
  return { question, observations, symptoms, works, causes, ruledOut, contradictions: [], next: [] }
}
