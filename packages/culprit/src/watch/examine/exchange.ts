import type { Criterion } from '../config/criteria.ts'
import type { IncidentCause, IncidentChange } from '../incident.ts'
import type { ResolvedFlow, Tried } from '../look/flow.ts'

/**
 * An examination is a process of its own: it takes a bundle, and what it loads and makes of it is gone when it ends. It is told what to do on standard input,
 * and answers on standard output.
 */
export interface ExamineRequest {
  readonly schema: 'culprit.examine/v1'
  readonly criteria: readonly Criterion[]
  /** What trying came to, by the criterion's name; flows that hold are evidence, too. */
  readonly tried: Readonly<Record<string, Pick<Tried, 'state' | 'result'>>>
  /** Criteria to find causes for; those that the examination itself finds failing come on top. */
  readonly diagnose: readonly string[]
  /** Options are worked out for these causes only: what the configuration allows. */
  readonly optionsFor: readonly string[]
  /** Archive to keep the bundle in. */
  readonly snapshot: string
  /** The snapshot to compare with; null: there is none. */
  readonly before: string | null
}

export interface ExaminedCriterion {
  readonly name: string
  readonly state: Tried['state']
  readonly seen: string
}

export interface ExaminedFault {
  /** The criterion's name. */
  readonly name: string
  readonly causes: readonly IncidentCause[]
  readonly options: readonly ExaminedOption[]
  /** Of the options, the one to take now. */
  readonly recommended: string | null
}

export interface ExaminedOption {
  readonly id: string
  readonly cause: string
  readonly title: string
  readonly risk: 'low' | 'medium' | 'high'
  /** Nobody knows: null. */
  readonly repairs: boolean | null
  readonly breaks: number
}

export interface ExamineAnswer {
  readonly schema: 'culprit.examine/v1'
  /** What the bundle calls this machine. */
  readonly host: string
  readonly flows: readonly ResolvedFlow[]
  /** Of the criteria that are asked of the model and the checks. */
  readonly criteria: readonly ExaminedCriterion[]
  readonly snapshot: { readonly path: string; readonly bytes: number } | { readonly problem: string }
  readonly changes: readonly IncidentChange[]
  readonly faults: readonly ExaminedFault[]
  /** What was not possible. */
  readonly notes: readonly string[]
}
