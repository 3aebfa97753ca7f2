import { PROTOCOL, TCP_FLAGS } from '../../../net/packet.ts'
import type { MatchModule } from '../module.ts'
import { formatValue, OptionReader, printOption, type SignedValue, words } from './options.ts'

interface Signed {
  readonly negated: boolean
}
export interface EcnMatch {
  readonly kind: 'ecn'
  readonly ece?: Signed | undefined
  readonly cwr?: Signed | undefined
  /** The two ECN bits of the IP header. */
  readonly ect?: SignedValue | undefined
}

const printFlag = (name: string, flag: Signed | undefined): string | undefined => flag && words(flag.negated && '!', `--${name}`)

/** xt_ecn.c, ecn_mt4() and ecn_mt6(). */
export const ecn: MatchModule<EcnMatch> = {
  kind: 'ecn',
  options: { 'ecn-tcp-cwr': 0, 'ecn-tcp-ece': 0, 'ecn-ip-ect': 1 },
  read(given, context) {
    const options = new OptionReader(given)
    const ece = options.signedFlag('ecn-tcp-ece')
    const cwr = options.signedFlag('ecn-tcp-cwr')
    const ect = options.signedNumber('ecn-ip-ect', 3)
    options.require(given.length > 0, 'ecn needs an option')
    options.require((!ece && !cwr) || context.protocol === PROTOCOL.tcp, '--ecn-tcp-ece and --ecn-tcp-cwr need -p tcp')
    return options.finish({ kind: 'ecn', ece, cwr, ect })
  },
  print: (match) =>
    words(printFlag('ecn-tcp-ece', match.ece), printFlag('ecn-tcp-cwr', match.cwr), printOption('ecn-ip-ect', match.ect, formatValue)),
  decide({ ece, cwr, ect }, { packet }) {
    if (ect && ((packet.tos & 3) === ect.value) === ect.negated) return false
    if ((ece || cwr) && packet.protocol !== PROTOCOL.tcp) return false
    if (ece && ((packet.flags & TCP_FLAGS.ece) !== 0) === ece.negated) return false
    return !cwr || ((packet.flags & TCP_FLAGS.cwr) !== 0) !== cwr.negated
  },
  explain({ ece, cwr, ect }) {
    const parts: string[] = []
    if (ece) parts.push(`has the TCP flag ECE ${ece.negated ? 'unset' : 'set'}`)
    if (cwr) parts.push(`has the TCP flag CWR ${cwr.negated ? 'unset' : 'set'}`)
    if (ect) parts.push(`has ${ect.negated ? 'not ' : ''}ECN bits ${ect.value}`)
    return parts.join(' and ')
  },
}
