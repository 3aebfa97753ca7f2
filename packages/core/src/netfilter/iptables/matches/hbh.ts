import type { MatchModule } from '../module.ts'
import { noHeader, type OptionsHeader, printOptionsHeader, readOptionsHeader } from './extension-header.ts'
import { OptionReader } from './options.ts'

export interface HbhMatch extends OptionsHeader {
  readonly kind: 'hbh'
}

/** ip6t_hbh.c, hbh_mt6(). */
export const hbh: MatchModule<HbhMatch> = {
  kind: 'hbh',
  options: { 'hbh-len': 1, 'hbh-opts': 1 },
  read(given) {
    const options = new OptionReader(given)
    return options.finish({ kind: 'hbh', ...readOptionsHeader(options, 'hbh') })
  },
  print: (match) => printOptionsHeader('hbh', match),
  decide: () => noHeader('hop-by-hop options'),
  explain: () => 'carries certain hop-by-hop options',
}
