import { type Address, type Family, familyOf, formatAddress, parseAddress } from '../../../net/address.ts'
import type { MatchModule } from '../module.ts'
import { OptionReader, printOption, words } from './options.ts'

export interface IprangeMatch {
  readonly kind: 'iprange'
  readonly source?: AddressRange | undefined
  readonly destination?: AddressRange | undefined
}

export interface AddressRange {
  readonly first: Address
  readonly last: Address
  readonly negated: boolean
}

/** `FROM[-TO]`. A range that runs backwards is kept: it holds no address. */
function parseAddresses(text: string, family: Family): { first: Address; last: Address } | undefined {
  const dash = text.indexOf('-')
  const first = parseAddress(dash < 0 ? text : text.slice(0, dash))
  const last = dash < 0 ? first : parseAddress(text.slice(dash + 1))
  return first === undefined || last === undefined || familyOf(first) !== family || familyOf(last) !== family ? undefined : { first, last }
}

const format = ({ first, last }: AddressRange): string => `${formatAddress(first)}-${formatAddress(last)}`
const holds = (range: AddressRange, address: Address): boolean => (address >= range.first && address <= range.last) !== range.negated

/** xt_iprange.c, iprange_mt4() and iprange_mt6(). */
export const iprange: MatchModule<IprangeMatch> = {
  kind: 'iprange',
  options: { 'src-range': 1, 'dst-range': 1 },
  read(given, { family }) {
    const options = new OptionReader(given)
    const range = (name: string) => options.signed([name], (text = '') => parseAddresses(text, family))
    options.require(given.length > 0, 'iprange needs --src-range or --dst-range')
    return options.finish({ kind: 'iprange', source: range('src-range'), destination: range('dst-range') })
  },
  print: (match) => words(printOption('src-range', match.source, format), printOption('dst-range', match.destination, format)),
  decide: ({ source, destination }, { packet }) =>
    (!source || holds(source, packet.src)) && (!destination || holds(destination, packet.dst)),
  explain: ({ source, destination }) =>
    words(
      source && `${source.negated ? 'does not come' : 'comes'} from ${format(source)}`,
      source && destination && 'and',
      destination && `${destination.negated ? 'does not go' : 'goes'} to ${format(destination)}`,
    ),
}
