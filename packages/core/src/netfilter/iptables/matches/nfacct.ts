import type { MatchModule } from '../module.ts'
import { bare } from '../tokens.ts'
import { assumed } from './decide.ts'
import { OptionReader } from './options.ts'

export interface NfacctMatch {
  readonly kind: 'nfacct'
  readonly name: string
}

/** NFACCT_NAME_MAX with its end */
const NAME_MAX = 31

/** xt_nfacct.c: it counts, and holds unless the object has a quota that is used up. */
export const nfacct: MatchModule<NfacctMatch> = {
  kind: 'nfacct',
  options: { 'nfacct-name': 1 },
  read(given) {
    const options = new OptionReader(given)
    const name = options.text('nfacct-name')
    options.require(name !== undefined && name.length <= NAME_MAX, 'nfacct needs --nfacct-name')
    return options.finish({ kind: 'nfacct', name: name ?? '' })
  },
  print: (match) => `--nfacct-name ${bare(match.name)}`,
  decide: (match) => assumed(true, `accounting object ${match.name} is taken to have no quota`),
  explain: (match) => `is counted in ${match.name}`,
}
