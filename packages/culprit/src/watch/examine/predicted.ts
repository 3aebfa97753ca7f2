import type { Engine } from '@culprit/core/datapath/engine'
import type { Criterion, FlowCriterion } from '../config/criteria.ts'
import type { ExaminedCriterion } from './exchange.ts'
import { requestOf } from './question.ts'

/** What the model says of the flows that are asked of it. */
export const predictFlows = (engine: Engine, criteria: readonly Criterion[], host: string): readonly ExaminedCriterion[] =>
  criteria.flatMap((one) => (one.kind === 'flow' && one.by === 'model' ? [predict(engine, one, host)] : []))

function predict(engine: Engine, criterion: FlowCriterion, host: string): ExaminedCriterion {
  const { name, expect } = criterion
  const result = engine.trace(requestOf(criterion, host), { reply: true })
  if ('kind' in result) return { name, state: 'unknown', seen: result.text }
  // What arrives where nothing is known to listen counts as arrived: the rules let it through.
  const found = new Set(
    result.outcomes.map(({ connection, verdict }) =>
      connection === 'unknown' && (verdict === 'delivered' || verdict === 'forwarded') ? 'arrives' : connection,
    ),
  )
  const words = [...found].join(' or ')
  if (found.has('unknown')) return { name, state: 'unknown', seen: `the model says: ${words}` }
  const through = (one: string): boolean => one === 'connects' || one === 'arrives'
  const holds = expect === 'works' ? [...found].every(through) : ![...found].some(through)
  return { name, state: holds ? 'holds' : 'fails', seen: `the model says: ${words}` }
}
