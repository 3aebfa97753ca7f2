import { DSCP_CLASSES } from '../../../net/protocol.ts'
import type { MatchModule } from '../module.ts'
import { hex, OptionReader, printOption } from './options.ts'

export interface DscpMatch {
  readonly kind: 'dscp'
  readonly value: number
  readonly negated: boolean
}

/** xt_dscp.c, dscp_mt() and dscp_mt6(). */
export const dscp: MatchModule<DscpMatch> = {
  kind: 'dscp',
  options: { dscp: 1, 'dscp-class': 1 },
  read(given) {
    const options = new OptionReader(given)
    const number = options.signedNumber('dscp', 0x3f)
    const named = options.signed(['dscp-class'], (text = '') => {
      const value = DSCP_CLASSES[text.toUpperCase()]
      return value === undefined ? undefined : { value }
    })
    options.require((number === undefined) !== (named === undefined), 'dscp needs either --dscp or --dscp-class')
    const test = number ?? named
    return options.finish({ kind: 'dscp', value: test?.value ?? 0, negated: test?.negated ?? false })
  },
  print: (match) => printOption('dscp', match, ({ value }) => hex(value, 2)) ?? '',
  decide: (match, { packet }) => (packet.tos >> 2 === match.value) !== match.negated,
  explain: (match) => `has ${match.negated ? 'not ' : ''}DSCP ${hex(match.value, 2)}`,
}
