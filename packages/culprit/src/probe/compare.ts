import type { Engine } from '@culprit/core/datapath/engine'
import type { Connection, TraceRequest } from '@culprit/core/datapath/trace'
import type { Answer, Observed } from './attempt.ts'

/** A connection that is tried, by the names of its ends. */
export interface Pair {
  readonly from: string
  readonly to: string
  /** Host of the sender, where it is known. */
  readonly host: string | undefined
}

/** An attempt beside what the model says of it. */
export interface Compared extends Pair {
  readonly answer: Answer
  /** What the model leaves possible, each once; empty where the pair cannot be traced. */
  readonly predicted: readonly Connection[]
  /** null: the one does not speak about the other. */
  readonly agrees: boolean | null
  /** The rule, route or device that decides in the model, in its own words. */
  readonly decided: string | undefined
  readonly evidence: { readonly file: string; readonly line: number } | undefined
}

/** Which of the model's answers an observation bears out. */
const BEARS_OUT: Readonly<Record<Observed, readonly Connection[] | null>> = {
  connects: ['connects'],
  reset: ['connects'],
  stalls: ['connects'],
  tls: ['connects'],
  refused: ['refused'],
  unreachable: ['unreachable'],
  timeout: ['timeout'],
  // No answer to a datagram: what was asked may have no answer to give.
  silent: ['timeout', 'connects'],
  error: null,
}

/** Holds an observation against the model. */
export function compare(engine: Engine, pair: Pair, request: TraceRequest, answer: Answer): Compared {
  const result = engine.trace(request, { reply: true })
  const outcomes = 'kind' in result ? [] : result.outcomes
  const predicted = [...new Set(outcomes.map(({ connection }) => connection))]
  const [first] = outcomes
  const told = first?.reply && first.reply.decidedBy !== null && first.connection !== 'connects' ? first.reply : first
  const step = told === undefined || told.decidedBy === null ? undefined : told.steps[told.decidedBy]
  const arrives = outcomes.some(
    ({ verdict, connection }) => connection === 'unknown' && (verdict === 'delivered' || verdict === 'forwarded'),
  )
  return {
    ...pair,
    answer,
    predicted,
    agrees: verdict(answer, predicted, arrives),
    decided: step === undefined ? undefined : [step.table, step.chain, step.text].filter(Boolean).join(' '),
    evidence: step?.evidence,
  }
}

/** `open`: it arrives in the model, and whether somebody listens there is not in the evidence. */
function verdict({ outcome, how, by }: Answer, predicted: readonly Connection[], open: boolean): boolean | null {
  const borneOut = BEARS_OUT[outcome]
  if (borneOut === null || predicted.length === 0) return null
  if (borneOut.some((connection) => predicted.includes(connection))) return true
  if (open) return outcome === 'connects' || (outcome === 'refused' && how === 'rst' && by !== undefined) ? true : null
  return predicted.includes('unknown') ? null : false
}
