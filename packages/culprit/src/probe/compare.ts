import type { Engine } from '@culprit/core/datapath/engine'
import { requestFor } from '@culprit/core/datapath/matrix/asked'
import type { Sender, Target } from '@culprit/core/datapath/matrix/place'
import type { Connection } from '@culprit/core/datapath/trace'
import type { Answer, Observed } from './attempt.ts'

/** An attempt beside what the model says of it. */
export interface Compared {
  readonly sender: Sender
  readonly target: Target
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
export function compare(engine: Engine, sender: Sender, target: Target, answer: Answer): Compared {
  const result = engine.trace(requestFor(sender, target), { reply: true })
  const outcomes = 'kind' in result ? [] : result.outcomes
  const predicted = [...new Set(outcomes.map(({ connection }) => connection))]
  const [first] = outcomes
  const told = first?.reply && first.reply.decidedBy !== null && first.connection !== 'connects' ? first.reply : first
  const step = told === undefined || told.decidedBy === null ? undefined : told.steps[told.decidedBy]
  return {
    sender,
    target,
    answer,
    predicted,
    agrees: verdict(
      answer,
      predicted,
      outcomes.some(({ verdict: v, connection }) => connection === 'unknown' && (v === 'delivered' || v === 'forwarded')),
    ),
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
