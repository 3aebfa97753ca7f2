import type { Outcome } from '../../datapath/trace.ts'
import { type Judgement, judgeOutcome, judgeWay } from './judge.ts'
import { decidingStep } from './words.ts'

/** Outcomes that mean the same: a rule that picks one of five endpoints makes five ways and one story. */
export interface Group {
  readonly judgement: Judgement
  /** Probability of them all; null where missing evidence, not chance, splits the way. */
  readonly probability: number | null
  readonly outcomes: readonly [Outcome, ...Outcome[]]
}

const ORDER: readonly Judgement[] = ['fault', 'unknown', 'fine']

/** Groups the outcomes, the worst first, then the most probable. */
export function groupOutcomes(outcomes: readonly Outcome[]): readonly Group[] {
  const groups = new Map<string, [Outcome, ...Outcome[]]>()
  for (const outcome of outcomes) {
    const key = storyOf(outcome)
    const group = groups.get(key)
    if (group) group.push(outcome)
    else groups.set(key, [outcome])
  }
  return [...groups.values()]
    .map((group) => ({ judgement: judgeOutcome(group[0]), probability: sum(group), outcomes: group }))
    .sort((a, b) => ORDER.indexOf(a.judgement) - ORDER.indexOf(b.judgement) || (b.probability ?? 0) - (a.probability ?? 0))
}

/** Ways that all work are one story wherever they end; ways that fail are one where the same rule or place ends them. */
function storyOf(outcome: Outcome): string {
  const end = (o: Outcome): unknown[] => {
    if (judgeWay(o) === 'fine') return ['arrives']
    const step = decidingStep(o)
    return [o.verdict, o.reason, o.answer, o.at, step?.host, step?.netns, step?.table, step?.chain, step?.rule]
  }
  return JSON.stringify([end(outcome), outcome.connection, outcome.reply && end(outcome.reply), outcome.probability === null])
}

const sum = (outcomes: readonly Outcome[]): number | null =>
  outcomes.reduce<number | null>((total, o) => (total === null || o.probability === null ? null : total + o.probability), 0)

/** `33 %`; a probability that is not nought never prints as 0 %, one short of certain never as 100 %. */
export function percent(probability: number): string {
  const rounded = Math.round(probability * 100)
  if (rounded === 0 && probability > 0) return '< 1 %'
  return rounded === 100 && probability < 0.999999 ? '> 99 %' : `${rounded} %`
}
