import type { MatchModule } from '../module.ts'
import { formatMark, holdsMark, type MarkTest, readMark } from './mark-value.ts'
import { OptionReader, printOption } from './options.ts'

export interface ConnmarkMatch extends MarkTest {
  readonly kind: 'connmark'
}

/** xt_connmark.c, connmark_mt(): false without a connection. */
export const connmark: MatchModule<ConnmarkMatch> = {
  kind: 'connmark',
  options: { mark: 1 },
  read(given) {
    const options = new OptionReader(given)
    return options.finish({ kind: 'connmark', ...readMark(options) })
  },
  print: (match) => printOption('mark', match, formatMark) ?? '',
  /** connmark_mt(): a template is a connection with mark 0. */
  decide: (match, { conntrack }) => {
    if (conntrack === 'template') return holdsMark(match, 0)
    return typeof conntrack !== 'string' && holdsMark(match, conntrack.mark)
  },
  explain: (match) => `is of a connection that ${match.negated ? 'does not carry' : 'carries'} mark ${formatMark(match)}`,
}
