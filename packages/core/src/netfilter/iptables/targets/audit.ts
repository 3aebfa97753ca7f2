import { CONTINUE } from '../../action.ts'
import { OptionReader } from '../matches/options.ts'
import type { TargetModule } from '../module.ts'

export interface AuditTarget {
  readonly kind: 'AUDIT'
  /** What the record will say was done with it; AUDIT itself does nothing. */
  readonly type: 'accept' | 'drop' | 'reject'
}

const types = ['accept', 'drop', 'reject'] as const

export const audit: TargetModule<AuditTarget> = {
  kind: 'AUDIT',
  options: { type: 1 },
  read(given) {
    const options = new OptionReader(given)
    const type = options.value(['type'], (text) => types.find((one) => one === text))
    options.require(type !== undefined, 'AUDIT needs --type')
    return options.finish({ kind: 'AUDIT', type: type ?? 'accept' })
  },
  print: ({ type }) => `--type ${type}`,
  act: () => CONTINUE,
  explain: ({ type }) => `writes an audit record that says ${type}`,
}
