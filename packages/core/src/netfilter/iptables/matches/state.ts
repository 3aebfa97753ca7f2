import type { MatchModule } from '../module.ts'
import { type CtState, explainStates, parseStates, stateBits } from './conntrack-state.ts'
import { OptionReader, printOption } from './options.ts'

/** The older spelling of conntrack --ctstate. */
export interface StateMatch {
  readonly kind: 'state'
  readonly states: readonly CtState[]
  readonly negated: boolean
}

const KNOWN: readonly CtState[] = ['INVALID', 'NEW', 'RELATED', 'ESTABLISHED', 'UNTRACKED']

/** xt_state.c, state_mt(). */
export const state: MatchModule<StateMatch> = {
  kind: 'state',
  options: { state: 1 },
  read(given) {
    const options = new OptionReader(given)
    const list = options.signed(['state'], (text = '') => parseStates(text, KNOWN))
    options.require(given.length > 0, 'state needs --state')
    return options.finish({ kind: 'state', states: list?.states ?? [], negated: list?.negated ?? false })
  },
  print: (match) => printOption('state', match, ({ states }) => states.join(',')) ?? '',
  decide: (match, scene) => stateBits(scene.conntrack).some((bit) => match.states.includes(bit)) !== match.negated,
  explain: (match) => explainStates(match.states, match.negated),
}
