import type { MatchModule } from '../module.ts'
import { formatRange, inRange, OptionReader, printOption, type SignedRange, U16 } from './options.ts'

export interface LengthMatch extends SignedRange {
  readonly kind: 'length'
}

/** xt_length.c, length_mt() and length_mt6(): the whole packet with its IP header. */
export const length: MatchModule<LengthMatch> = {
  kind: 'length',
  options: { length: 1 },
  read(given) {
    const options = new OptionReader(given)
    const range = options.signedRange(['length'], U16)
    options.require(range !== undefined, 'length needs --length')
    return options.finish({ kind: 'length', ...(range ?? { first: 0, last: U16, negated: false }) })
  },
  print: (match) => printOption('length', match, formatRange) ?? '',
  decide: (match, { packet }) => inRange(match, packet.length) !== match.negated,
  explain: (match) => `is ${match.negated ? 'not ' : ''}${formatRange(match)} bytes long`,
}
