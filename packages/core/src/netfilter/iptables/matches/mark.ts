import type { MatchModule } from '../module.ts'
import { formatMark, holdsMark, type MarkTest, readMark } from './mark-value.ts'
import { OptionReader, printOption } from './options.ts'

export interface MarkMatch extends MarkTest {
  readonly kind: 'mark'
}

/** xt_mark.c, mark_mt(). */
export const mark: MatchModule<MarkMatch> = {
  kind: 'mark',
  options: { mark: 1 },
  read(given) {
    const options = new OptionReader(given)
    return options.finish({ kind: 'mark', ...readMark(options) })
  },
  print: (match) => printOption('mark', match, formatMark) ?? '',
  decide: (match, { packet }) => holdsMark(match, packet.mark),
  explain: (match) => `${match.negated ? 'does not carry' : 'carries'} mark ${formatMark(match)}`,
}
