import type { MatchModule } from '../module.ts'
import { quote } from '../tokens.ts'
import { unknown } from './decide.ts'
import { OptionReader, printOption } from './options.ts'

export interface HelperMatch {
  readonly kind: 'helper'
  /** Empty: any helper. */
  readonly name: string
  readonly negated: boolean
}

/** xt_helper.c, helper_mt(): looks at the helper of the connection that this one was expected by. */
export const helper: MatchModule<HelperMatch> = {
  kind: 'helper',
  options: { helper: 1 },
  read(given) {
    const options = new OptionReader(given)
    const name = options.signed(['helper'], (text = '') => ({ name: text }))
    options.require(name !== undefined, 'helper needs --helper')
    return options.finish({ kind: 'helper', name: name?.name ?? '', negated: name?.negated ?? false })
  },
  print: (match) => printOption('helper', match, ({ name }) => quote(name)) ?? '',
  decide(match, { conntrack }) {
    if (typeof conntrack === 'string' || !conntrack.status.expected) return match.negated
    return unknown('the helper of the connection that expected this one is not known', 'conntrack.txt')
  },
  explain: (match) => `is of a connection that ${match.negated ? 'no' : 'the'} helper ${match.name} expected`,
}
