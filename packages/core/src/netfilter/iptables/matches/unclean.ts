import { type MatchModule, problem } from '../module.ts'
import { unknown } from './decide.ts'

/** A match of early 2.4 kernels: packets that look odd. */
export interface UncleanMatch {
  readonly kind: 'unclean'
}

export const unclean: MatchModule<UncleanMatch> = {
  kind: 'unclean',
  options: {},
  read: (given) => (given.length > 0 ? problem('unclean takes no options') : { kind: 'unclean' }),
  print: () => '',
  decide: () => unknown('what -m unclean finds odd is not known'),
  explain: () => 'looks odd',
}
