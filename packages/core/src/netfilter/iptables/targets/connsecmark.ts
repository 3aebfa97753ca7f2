import { CONTINUE } from '../../action.ts'
import { OptionReader } from '../matches/options.ts'
import type { TargetModule } from '../module.ts'
import { exclusive } from './values.ts'

export interface ConnsecmarkTarget {
  readonly kind: 'CONNSECMARK'
  readonly mode: 'save' | 'restore'
}

export const connsecmark: TargetModule<ConnsecmarkTarget> = {
  kind: 'CONNSECMARK',
  options: { save: 0, restore: 0 },
  read(given) {
    const options = new OptionReader(given)
    const mode = exclusive(options, given, ['save', 'restore'])
    options.require(mode !== undefined, 'CONNSECMARK needs --save or --restore')
    return options.finish({ kind: 'CONNSECMARK', mode: mode === 'save' ? 'save' : 'restore' })
  },
  print: ({ mode }) => `--${mode}`,
  act: () => CONTINUE,
  explain: ({ mode }) => (mode === 'save' ? 'copies its security mark to its connection' : "gives it its connection's security mark"),
}
