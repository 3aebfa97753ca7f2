import { PROTOCOL, TCP_FLAGS } from '../../../net/packet.ts'
import type { MatchModule } from '../module.ts'
import { assumed, unknown } from './decide.ts'
import { formatRange, OptionReader, printOption, type SignedRange, U16 } from './options.ts'

export interface TcpmssMatch extends SignedRange {
  readonly kind: 'tcpmss'
}

/** xt_tcpmss.c, tcpmss_mt(): a packet without the option holds only a negated test; SYN packets alone carry it. */
export const tcpmss: MatchModule<TcpmssMatch> = {
  kind: 'tcpmss',
  options: { mss: 1 },
  read(given, context) {
    const options = new OptionReader(given)
    options.require(context.protocol === PROTOCOL.tcp, 'tcpmss needs -p tcp')
    const range = options.signedRange(['mss'], U16)
    options.require(range !== undefined, 'tcpmss needs --mss')
    return options.finish({ kind: 'tcpmss', ...(range ?? { first: 0, last: U16, negated: false }) })
  },
  print: (match) => printOption('mss', match, formatRange) ?? '',
  decide: (match, { packet }) =>
    packet.flags & TCP_FLAGS.syn
      ? unknown('the MSS that the packet announces is not known')
      : assumed(match.negated, 'only SYN packets announce an MSS'),
  explain: (match) => `announces an MSS ${match.negated ? 'other than ' : 'of '}${formatRange(match)}`,
}
