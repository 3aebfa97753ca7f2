import { PROTOCOL } from '../../../net/packet.ts'
import type { MatchModule } from '../module.ts'
import { formatIcmpType, ICMP_TYPES, ICMPV6_TYPES, type IcmpType, icmpTypeName, parseIcmpType } from './icmp-types.ts'
import { OptionReader, printOption } from './options.ts'

export interface IcmpMatch extends IcmpType {
  readonly kind: 'icmp'
  readonly negated: boolean
}
export interface Icmp6Match extends IcmpType {
  readonly kind: 'icmp6'
  readonly negated: boolean
}

/** Type 255 of ICMP stands for every type (icmp_type_code_match). */
const ANY: IcmpType = { type: 255, firstCode: 0, lastCode: 255 }
const isAny = (match: IcmpType): boolean => match.type === ANY.type && match.firstCode === 0 && match.lastCode === 255
const codeHolds = (match: IcmpType, code: number): boolean => code >= match.firstCode && code <= match.lastCode

/** ip_tables.c, icmp_match(). */
export const icmp: MatchModule<IcmpMatch> = {
  kind: 'icmp',
  options: { 'icmp-type': 1 },
  read(given, context) {
    const options = new OptionReader(given)
    options.require(context.protocol === PROTOCOL.icmp, 'icmp needs -p icmp')
    const type = options.signed(['icmp-type'], (text = '') => (text.toLowerCase() === 'any' ? ANY : parseIcmpType(text, ICMP_TYPES)))
    options.require(type !== undefined, 'icmp needs --icmp-type')
    return options.finish({ kind: 'icmp', ...(type ?? { ...ANY, negated: false }) })
  },
  print: (match) => printOption('icmp-type', match, (type) => (isAny(type) ? 'any' : formatIcmpType(type))) ?? '',
  decide(match, { packet }) {
    const holds = match.type === ANY.type || (packet.icmpType === match.type && codeHolds(match, packet.icmpCode))
    return holds !== match.negated
  },
  explain: (match) =>
    isAny(match) ? `is ${match.negated ? 'no ' : ''}ICMP` : `is ${match.negated ? 'not ' : ''}ICMP ${icmpTypeName(match, ICMP_TYPES)}`,
}

/** ip6_tables.c, icmp6_match(). */
export const icmp6: MatchModule<Icmp6Match> = {
  kind: 'icmp6',
  names: ['icmpv6', 'ipv6-icmp'],
  options: { 'icmpv6-type': 1 },
  read(given, context) {
    const options = new OptionReader(given)
    options.require(context.protocol === PROTOCOL.icmpv6, 'icmp6 needs -p ipv6-icmp')
    const type = options.signed(['icmpv6-type'], (text = '') => parseIcmpType(text, ICMPV6_TYPES))
    options.require(type !== undefined, 'icmp6 needs --icmpv6-type')
    return options.finish({ kind: 'icmp6', ...(type ?? { ...ANY, negated: false }) })
  },
  print: (match) => printOption('icmpv6-type', match, formatIcmpType) ?? '',
  decide: (match, { packet }) => (packet.icmpType === match.type && codeHolds(match, packet.icmpCode)) !== match.negated,
  explain: (match) => `is ${match.negated ? 'not ' : ''}ICMPv6 ${icmpTypeName(match, ICMPV6_TYPES)}`,
}
