import { CONTINUE } from '../../action.ts'
import { OptionReader } from '../matches/options.ts'
import type { TargetModule } from '../module.ts'

export interface SecmarkTarget {
  readonly kind: 'SECMARK'
  readonly context: string
}

export const secmark: TargetModule<SecmarkTarget> = {
  kind: 'SECMARK',
  options: { selctx: 1 },
  read(given) {
    const options = new OptionReader(given)
    const context = options.text('selctx')
    options.require(context !== undefined, 'SECMARK needs --selctx')
    return options.finish({ kind: 'SECMARK', context: context ?? '' })
  },
  print: ({ context }) => `--selctx ${context}`,
  act: () => CONTINUE,
  explain: ({ context }) => `gives it the security context ${context}`,
}
