import { type Address, formatAddress, parseIPv6 } from '../../../net/address.ts'
import { maskLength, parseMask } from '../header.ts'
import type { MatchModule } from '../module.ts'
import { noHeader } from './extension-header.ts'
import { formatValue, OptionReader, printOption, type SignedValue, U8, U16, words } from './options.ts'

export interface SegmentId {
  readonly address: Address
  readonly mask: Address
  readonly negated: boolean
}

/** Tests of the segment routing header, by option name in the order of printing. */
export interface SrhMatch {
  readonly kind: 'srh'
  readonly numbers: readonly (SignedValue & { readonly option: string })[]
  readonly segments: readonly (SegmentId & { readonly option: string })[]
}

const NUMBERS: readonly (readonly [string, number])[] = [
  ['srh-next-hdr', U8],
  ['srh-hdr-len-eq', U8],
  ['srh-hdr-len-gt', U8],
  ['srh-hdr-len-lt', U8],
  ['srh-segs-left-eq', U8],
  ['srh-segs-left-gt', U8],
  ['srh-segs-left-lt', U8],
  ['srh-last-entry-eq', U8],
  ['srh-last-entry-gt', U8],
  ['srh-last-entry-lt', U8],
  ['srh-tag', U16],
]
const SEGMENTS = ['srh-psid', 'srh-nsid', 'srh-lsid']

function parseSegment(text = ''): { address: Address; mask: Address } | undefined {
  const [host = '', maskText = '128'] = text.split('/')
  const address = parseIPv6(host)
  const mask = parseMask(maskText, 'ip6')
  return address === undefined || mask === undefined ? undefined : { address, mask }
}

const formatSegment = ({ address, mask }: SegmentId): string => `${formatAddress(address)}/${maskLength(mask) ?? formatAddress(mask)}`

/** ip6t_srh.c, srh1_mt6(). */
export const srh: MatchModule<SrhMatch> = {
  kind: 'srh',
  options: Object.fromEntries([...NUMBERS.map(([option]) => option), ...SEGMENTS].map((option) => [option, 1])),
  read(given) {
    const options = new OptionReader(given)
    const numbers = NUMBERS.flatMap(([option, max]) => {
      const test = options.signedNumber(option, max)
      return test ? [{ option, ...test }] : []
    })
    const segments = SEGMENTS.flatMap((option) => {
      const test = options.signed([option], parseSegment)
      return test ? [{ option, ...test }] : []
    })
    return options.finish({ kind: 'srh', numbers, segments })
  },
  print: (match) =>
    words(
      ...match.numbers.map((one) => printOption(one.option, one, formatValue)),
      ...match.segments.map((one) => printOption(one.option, one, formatSegment)),
    ),
  decide: () => noHeader('segment routing'),
  explain: () => 'carries a segment routing header',
}
