import type { Outcome, Step } from '../datapath/trace.ts'
import type { Symptom } from './scene.ts'

/** Where a symptom's packet, or its answer, comes to its end in the model. */
export interface Blame {
  readonly symptom: Symptom
  /** The way there, with what the sender sees. */
  readonly outcome: Outcome
  /** The way that failed: `outcome` itself, or its reply. */
  readonly part: Outcome
  readonly direction: 'there' | 'back'
  readonly kind:
    | 'stopped' // dropped or rejected on its way
    | 'not-listening' // arrived, and no socket takes it
    | 'wrong-answer' // the answer is not what the sender takes for one
    | 'no-answer' // nothing there can answer
    | 'open' // the evidence does not tell
    | 'doubted' // it works in the model, and was seen to fail
  /** The step that decided, of a packet that was stopped. */
  readonly step: Step | undefined
}

/** What the model holds against each way that a symptom's packet may take; empty when all ways work, or none should. */
export function blamesOf(symptom: Symptom): readonly Blame[] {
  // That it should not connect is the complaint: whatever stops it is no fault.
  if (symptom.result === 'exposed') return []
  return symptom.outcomes.flatMap((outcome) => blameOf(symptom, outcome) ?? [])
}

const FAILS: ReadonlySet<string | undefined> = new Set(['refused', 'timeout', 'unreachable', 'reset', 'not-permitted', 'fails'])

/** Ways that the model says work although none was seen to. */
export function doubtsOf(symptom: Symptom): readonly Blame[] {
  if (!FAILS.has(symptom.result) || blamesOf(symptom).length > 0) return []
  return symptom.outcomes.map((outcome) => ({ symptom, outcome, part: outcome, direction: 'there', kind: 'doubted', step: undefined }))
}

function blameOf(symptom: Symptom, outcome: Outcome): Blame | undefined {
  const { verdict, connection, reply } = outcome
  const blame = (kind: Blame['kind'], direction: Blame['direction'] = 'there'): Blame => {
    const part = direction === 'back' && reply ? reply : outcome
    return { symptom, outcome, part, direction, kind, step: part.decidedBy === null ? undefined : part.steps[part.decidedBy] }
  }
  if (verdict === 'dropped' || verdict === 'rejected') return blame('stopped')
  if (verdict === 'unknown') return blame('open')
  if (reply && (reply.verdict === 'dropped' || reply.verdict === 'rejected')) return blame('stopped', 'back')
  switch (connection) {
    case 'connects':
      return undefined
    case 'refused':
      return blame('not-listening')
    case 'timeout':
    case 'unreachable':
      return reply ? blame('wrong-answer', 'back') : blame('no-answer')
    case 'unknown':
      return reply?.verdict === 'unknown' ? blame('open', 'back') : undefined
  }
}

/** Does missing evidence leave it open whether the packet, or its answer, goes this way at all? */
export const isOpenWay = ({ outcome, part, kind }: Blame): boolean =>
  kind === 'open' || [outcome, part].some(({ probability, missing }) => probability === null && missing.length > 0)

/** On the model it is refused at once, and nothing was heard; or the other way about: something is at work that the evidence does not hold. */
export const isOtherThanSeen = ({ symptom: { result }, outcome: { connection } }: Blame): boolean =>
  (result === 'timeout' && connection === 'refused') || (result === 'refused' && connection === 'timeout')

/** Steps of all ways of a symptom, there and back, with the way that they are part of. */
export function stepsOfSymptom(
  symptom: Symptom,
): readonly { readonly step: Step; readonly outcome: Outcome; readonly direction: 'there' | 'back' }[] {
  return symptom.outcomes.flatMap((outcome) => [
    ...outcome.steps.map((step) => ({ step, outcome, direction: 'there' as const })),
    ...(outcome.reply?.steps ?? []).map((step) => ({ step, outcome, direction: 'back' as const })),
  ])
}
