import type { TraceRequest } from '../datapath/trace.ts'
import type { Change } from '../model/change/change.ts'
import type { Because, Fault } from './causes/cause.ts'
import type { CauseId } from './causes/ids.ts'
import type { Absent } from './footing.ts'
import type { Observation, Result } from './observations/observation.ts'
import type { Symptom } from './scene.ts'

/** What was asked on the command line. */
export interface Question {
  readonly request: TraceRequest
  /** undefined: whether it works is the question. */
  readonly symptom: Result | undefined
}

/** How sure: the model loses the symptom without it; the evidence points to it; it is not excluded. */
export type Status = 'proved' | 'supported' | 'possible'

/** Above this a cause is one that somebody should look at: an accusation. */
export const WORTH_A_LOOK = 0.3
/** From here on it is mended, and not looked at further. */
export const WORTH_MENDING = 0.5

export interface FoundCause {
  readonly id: CauseId
  readonly status: Status
  /** From 0 to 1: of the causes given at 0.9, nine in ten are right. */
  readonly confidence: number
  readonly where: Fault
  readonly because: readonly Because[]
  readonly against: readonly Because[]
  /** Ids of observations. */
  readonly explains: readonly string[]
  /** What the machine is without it, where the model has such a thing. */
  readonly without?: readonly Change[] | undefined
  /** Evidence that would show it to be otherwise, and is not there. */
  readonly absent?: readonly Absent[] | undefined
  /** It stands behind another fault, which has to be mended too. */
  readonly behind?: CauseId | undefined
}

export interface RuledOut {
  readonly id: CauseId
  readonly because: readonly Because[]
}

export interface Contradiction {
  /** Id of the claim. */
  readonly claim: string
  /** Ids of the observations that speak against it. */
  readonly evidence: readonly string[]
  readonly text: string
}

/** A command whose output separates causes that are still possible. */
export interface NextStep {
  readonly command: string
  readonly why: string
  readonly separates: readonly CauseId[]
  /** What it may show, and what is left then. */
  readonly outcomes?: readonly TestOutcome[] | undefined
}

export interface TestOutcome {
  readonly shows: string
  readonly places: readonly string[]
  readonly causes: readonly CauseId[]
}

/** Everything that a diagnosis says, before it is put into words. */
export interface Diagnosis {
  readonly question: Question | undefined
  readonly observations: readonly Observation[]
  /** What fails and what works, with what the model says of it. */
  readonly symptoms: readonly Symptom[]
  readonly works: readonly Symptom[]
  /** Most likely first. */
  readonly causes: readonly FoundCause[]
  readonly ruledOut: readonly RuledOut[]
  readonly contradictions: readonly Contradiction[]
  readonly next: readonly NextStep[]
}
