import type { MatchModule } from '../module.ts'
import { payloadUnknown } from './decide.ts'
import { OptionReader, parseNumber, type SignedRange, U8, words } from './options.ts'
import { decideUnseen, explainRange, printFullRange } from './spi.ts'

export interface MhMatch {
  readonly kind: 'mh'
  readonly type?: SignedRange | undefined
}

const IPPROTO_MH = 135
const TYPES: Readonly<Record<string, number>> = {
  'binding-refresh-request': 0,
  brr: 0,
  'home-test-init': 1,
  hoti: 1,
  'careof-test-init': 2,
  coti: 2,
  'home-test': 3,
  hot: 3,
  'careof-test': 4,
  cot: 4,
  'binding-update': 5,
  bu: 5,
  'binding-acknowledgement': 6,
  ba: 6,
  'binding-error': 7,
  be: 7,
}

/** ip6t_mh.c, mh_mt6(). */
export const mh: MatchModule<MhMatch> = {
  kind: 'mh',
  names: ['mobility-header', 'ipv6-mh'],
  options: { 'mh-type': 1 },
  read(given, context) {
    const options = new OptionReader(given)
    options.require(context.protocol === IPPROTO_MH, 'mh needs -p mh')
    return options.finish({
      kind: 'mh',
      type: options.signedRange(['mh-type'], U8, (part) => TYPES[part.toLowerCase()] ?? parseNumber(part, U8)),
    })
  },
  print: (match) => words(printFullRange('mh-type', match.type, U8)),
  decide: (match) => decideUnseen(match.type, U8) ?? payloadUnknown('the type of its mobility header'),
  explain: (match) => (match.type ? explainRange('mobility header type', match.type) : 'carries a mobility header'),
}
