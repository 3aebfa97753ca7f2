import type { MatchModule } from '../module.ts'
import { noHeader } from './extension-header.ts'
import { formatValue, OptionReader, printOption, type SignedRange, type SignedValue, U32, words } from './options.ts'
import { printFullRange } from './spi.ts'

export interface FragMatch {
  readonly kind: 'frag'
  readonly id?: SignedRange | undefined
  readonly length?: SignedValue | undefined
  readonly reserved: boolean
  readonly first: boolean
  readonly more: boolean
  readonly last: boolean
}

/** ip6t_frag.c, frag_mt6(). */
export const frag: MatchModule<FragMatch> = {
  kind: 'frag',
  options: { fragid: 1, fraglen: 1, fragres: 0, fragfirst: 0, fragmore: 0, fraglast: 0 },
  read(given) {
    const options = new OptionReader(given)
    const more = options.flag('fragmore')
    const last = options.flag('fraglast')
    options.require(!(more && last), '--fragmore excludes --fraglast')
    return options.finish({
      kind: 'frag',
      id: options.signedRange(['fragid'], U32),
      length: options.signedNumber('fraglen'),
      reserved: options.flag('fragres'),
      first: options.flag('fragfirst'),
      more,
      last,
    })
  },
  print: (match) =>
    words(
      printFullRange('fragid', match.id),
      printOption('fraglen', match.length, formatValue),
      match.reserved && '--fragres',
      match.first && '--fragfirst',
      match.more && '--fragmore',
      match.last && '--fraglast',
    ),
  decide: () => noHeader('fragment'),
  explain: (match) => `is ${match.first ? 'a first' : match.last ? 'a last' : 'a'} fragment`,
}
