import type { MatchModule } from '../module.ts'
import { unknown } from './decide.ts'
import { formatValue, OptionReader, printOption } from './options.ts'

export interface CpuMatch {
  readonly kind: 'cpu'
  readonly value: number
  readonly negated: boolean
}

/** xt_cpu.c */
export const cpu: MatchModule<CpuMatch> = {
  kind: 'cpu',
  options: { cpu: 1 },
  read(given) {
    const options = new OptionReader(given)
    const number = options.signedNumber('cpu')
    options.require(number !== undefined, 'cpu needs --cpu')
    return options.finish({ kind: 'cpu', value: number?.value ?? 0, negated: number?.negated ?? false })
  },
  print: (match) => printOption('cpu', match, formatValue) ?? '',
  decide: () => unknown('which processor handles the packet is not known'),
  explain: (match) => `is ${match.negated ? 'not ' : ''}handled by processor ${match.value}`,
}
