import { PROTOCOL } from '../../../net/packet.ts'
import type { MatchModule } from '../module.ts'
import { payloadUnknown } from './decide.ts'
import { formatValue, OptionReader, printOption, type SignedRange, type SignedValue, U32, words } from './options.ts'
import { decideUnseen, explainRange, printFullRange } from './spi.ts'

export interface AhMatch {
  readonly kind: 'ah'
  readonly spi?: SignedRange | undefined
  /** Length of the header in bytes (IPv6 only). */
  readonly length?: SignedValue | undefined
  /** The reserved field is zero (IPv6 only). */
  readonly reserved: boolean
}

/** ipt_ah.c, ip6t_ah.c. IPv4 tells it by -p ah; IPv6 looks for the header. */
export const ah: MatchModule<AhMatch> = {
  kind: 'ah',
  options: { ahspi: 1, ahlen: 1, ahres: 0 },
  read(given, { family, protocol }) {
    const options = new OptionReader(given)
    options.require(family === 'ip6' || protocol === PROTOCOL.ah, 'ah needs -p ah')
    const length = options.signedNumber('ahlen')
    const reserved = options.flag('ahres')
    options.require(family === 'ip6' || (!length && !reserved), '--ahlen and --ahres are for IPv6')
    return options.finish({ kind: 'ah', spi: options.signedRange(['ahspi'], U32), length, reserved })
  },
  print: (match) => words(printFullRange('ahspi', match.spi), printOption('ahlen', match.length, formatValue), match.reserved && '--ahres'),
  decide(match, { packet }) {
    if (packet.protocol !== PROTOCOL.ah) return false
    const spi = decideUnseen(match.spi)
    return spi === false ? false : spi && !match.length && !match.reserved ? true : payloadUnknown('the content of its AH header')
  },
  explain: (match) => (match.spi ? explainRange('AH SPI', match.spi) : 'carries an AH header'),
}
