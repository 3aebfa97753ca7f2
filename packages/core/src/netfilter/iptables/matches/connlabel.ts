import type { MatchModule } from '../module.ts'
import { unknown } from './decide.ts'
import { OptionReader, parseNumber } from './options.ts'

export interface ConnlabelMatch {
  readonly kind: 'connlabel'
  /** Bit number, or a name of /etc/xtables/connlabel.conf. */
  readonly label: string
  /** The label is set where it was not. */
  readonly set: boolean
  readonly negated: boolean
}

/** XT_CONNLABEL_MAXBIT */
const MAX_BIT = 127

/** xt_connlabel.c, connlabel_mt(). */
export const connlabel: MatchModule<ConnlabelMatch> = {
  kind: 'connlabel',
  options: { label: 1, set: 0 },
  read(given) {
    const options = new OptionReader(given)
    const label = options.signed(['label'], (text = '') =>
      /^\d+$/.test(text) && parseNumber(text, MAX_BIT) === undefined ? undefined : { text },
    )
    options.require(label !== undefined, 'connlabel needs --label')
    return options.finish({ kind: 'connlabel', label: label?.text ?? '', set: options.flag('set'), negated: label?.negated ?? false })
  },
  print: (match) => `${match.negated ? '! ' : ''}--label "${match.label}"${match.set ? ' --set' : ''}`,
  decide(match, { conntrack }) {
    if (typeof conntrack === 'string') return match.negated
    const bit = parseNumber(match.label, MAX_BIT)
    if (match.set) return !match.negated
    if (bit === undefined)
      return unknown(`which bit the connection label ${match.label} is stands in connlabel.conf`, 'files/etc/xtables/connlabel.conf')
    return (((conntrack.labels >> BigInt(bit)) & 1n) === 1n) !== match.negated
  },
  explain: (match) => `is of a connection that ${match.negated ? 'does not carry' : 'carries'} label ${match.label}`,
}
