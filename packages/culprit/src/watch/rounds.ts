import type { Criterion } from './config/criteria.ts'
import { criterionText } from './config/criteria.ts'
import type { ExamineAnswer } from './examine/exchange.ts'
import type { CriterionState } from './incident.ts'
import type { Tried } from './look/flow.ts'
import { roundsNeeded } from './state/ledger.ts'

/** What is known of each criterion from the rounds so far: how often in a row it failed, and what an examination last said of it. */
export class Standing {
  readonly #failures = new Map<string, number>()
  readonly #examined = new Map<string, Pick<Tried, 'state' | 'seen'>>()

  /** What the model and the checks say stands until the next examination. */
  keep(answer: ExamineAnswer): void {
    for (const { name, state, seen } of answer.criteria) this.#examined.set(name, { state, seen })
  }

  /** Another configuration: what went before says nothing of it. */
  forget(): void {
    this.#failures.clear()
    this.#examined.clear()
  }

  /** Where all criteria stand after a round; `count`: this is a round of its own, and not one looked at again. */
  states(criteria: readonly Criterion[], tried: ReadonlyMap<string, Tried>, count: boolean): readonly CriterionState[] {
    return criteria.map((criterion) => {
      const { name, kind, severity } = criterion
      const { state, seen } = tried.get(name) ?? this.#examined.get(name) ?? { state: 'unknown' as const, seen: 'not looked at yet' }
      const before = this.#failures.get(name) ?? 0
      const failures = state === 'fails' ? Math.max(1, before + (count ? 1 : 0)) : state === 'holds' ? 0 : before
      this.#failures.set(name, failures)
      return { name, kind, text: criterionText(criterion), severity, state, seen, failures }
    })
  }
}

/** It has failed, and not yet often enough to open an incident: the next round comes soon. */
export const isSuspect = (criterion: Criterion, { state, failures }: CriterionState): boolean =>
  state === 'fails' && failures < roundsNeeded(criterion)

/** Only an examination can tell how it stands: a check, a flow that is asked of the model. */
export const isAsked = (criterion: Criterion): boolean =>
  criterion.kind === 'check' || (criterion.kind === 'flow' && criterion.by === 'model')
