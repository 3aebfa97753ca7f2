import { addressBits } from '../../../net/address.ts'
import type { MatchModule } from '../module.ts'
import { assumed } from './decide.ts'
import { OptionReader } from './options.ts'

export interface ConnlimitMatch {
  readonly kind: 'connlimit'
  readonly limit: number
  readonly above: boolean
  readonly maskLength: number
  readonly side: 'saddr' | 'daddr'
}

/** xt_connlimit.c, connlimit_mt(). The packet's own connection is counted, so that above 0 always holds. */
export const connlimit: MatchModule<ConnlimitMatch> = {
  kind: 'connlimit',
  options: { 'connlimit-upto': 1, 'connlimit-above': 1, 'connlimit-mask': 1, 'connlimit-saddr': 0, 'connlimit-daddr': 0 },
  read(given, { family }) {
    const options = new OptionReader(given)
    const upto = options.signedNumber('connlimit-upto')
    const above = options.signedNumber('connlimit-above')
    const bits = addressBits(family)
    const maskLength = options.number('connlimit-mask', bits)
    const source = options.flag('connlimit-saddr')
    const destination = options.flag('connlimit-daddr')
    options.require((upto === undefined) !== (above === undefined), 'connlimit needs either --connlimit-upto or --connlimit-above')
    options.require(!(source && destination), '--connlimit-saddr excludes --connlimit-daddr')
    const test = upto ?? above
    return options.finish({
      kind: 'connlimit',
      limit: test?.value ?? 0,
      above: (above !== undefined) !== (test?.negated ?? false),
      maskLength: maskLength ?? bits,
      side: destination ? 'daddr' : 'saddr',
    })
  },
  print: (match) =>
    `--connlimit-${match.above ? 'above' : 'upto'} ${match.limit} --connlimit-mask ${match.maskLength} --connlimit-${match.side}`,
  decide: (match) => (match.limit === 0 ? match.above : assumed(!match.above, `no more than ${match.limit} connections are open at once`)),
  explain: (match) =>
    `belongs to a ${match.side === 'saddr' ? 'source' : 'destination'} (/${match.maskLength}) with ${match.above ? 'more than' : 'at most'} ${match.limit} connections`,
}
