import { CONTINUE } from '../../action.ts'
import { OptionReader } from '../matches/options.ts'
import type { TargetModule } from '../module.ts'

export interface NotrackTarget {
  readonly kind: 'NOTRACK'
}

/** An alias of CT --notrack (libxt_CT.c, ct_target_aliases) that prints under its own name. */
export const notrack: TargetModule<NotrackTarget> = {
  kind: 'NOTRACK',
  options: {},
  read: (given) => new OptionReader(given).finish({ kind: 'NOTRACK' }),
  print: () => '',
  act: (_, { conntrack }) => (conntrack === 'none' ? { kind: 'notrack' } : CONTINUE),
  explain: () => 'exempts it from connection tracking',
}
