import type { MatchModule } from '../module.ts'
import { noHeader, type OptionsHeader, printOptionsHeader, readOptionsHeader } from './extension-header.ts'
import { OptionReader } from './options.ts'

export interface DstMatch extends OptionsHeader {
  readonly kind: 'dst'
}

/** ip6t_hbh.c, hbh_mt6(). */
export const dst: MatchModule<DstMatch> = {
  kind: 'dst',
  options: { 'dst-len': 1, 'dst-opts': 1 },
  read(given) {
    const options = new OptionReader(given)
    return options.finish({ kind: 'dst', ...readOptionsHeader(options, 'dst') })
  },
  print: (match) => printOptionsHeader('dst', match),
  decide: () => noHeader('destination options'),
  explain: () => 'carries certain destination options',
}
