import type { MatchModule } from '../module.ts'
import { payloadUnknown } from './decide.ts'
import { OptionReader, type SignedRange, U32, words } from './options.ts'
import { decideUnseen, explainRange, printFullRange } from './spi.ts'

export interface IpcompMatch {
  readonly kind: 'ipcomp'
  readonly spi?: SignedRange | undefined
  /** `--compres`: the reserved field is looked at too. */
  readonly reserved: boolean
}

const IPPROTO_COMP = 108

/** xt_ipcomp.c, comp_mt(). */
export const ipcomp: MatchModule<IpcompMatch> = {
  kind: 'ipcomp',
  options: { ipcompspi: 1, compres: 0 },
  read(given, context) {
    const options = new OptionReader(given)
    options.require(context.protocol === IPPROTO_COMP, 'ipcomp needs -p ipcomp')
    return options.finish({ kind: 'ipcomp', spi: options.signedRange(['ipcompspi'], U32), reserved: options.flag('compres') })
  },
  print: (match) => words(printFullRange('ipcompspi', match.spi), match.reserved && '--compres'),
  decide: (match) => decideUnseen(match.spi) ?? payloadUnknown('its IPComp CPI'),
  explain: (match) => (match.spi ? explainRange('IPComp CPI', match.spi) : 'is IPComp'),
}
