import { CONTINUE } from '../../action.ts'
import { OptionReader } from '../matches/options.ts'
import type { TargetModule } from '../module.ts'

export interface TraceTarget {
  readonly kind: 'TRACE'
}

export const trace: TargetModule<TraceTarget> = {
  kind: 'TRACE',
  options: {},
  read: (given) => new OptionReader(given).finish({ kind: 'TRACE' }),
  print: () => '',
  act: () => CONTINUE,
  explain: () => 'marks it to be traced',
}
