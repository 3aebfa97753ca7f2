import { PROTOCOL } from '../../../net/packet.ts'
import type { MatchModule } from '../module.ts'
import { assumed } from './decide.ts'
import { OptionReader } from './options.ts'

export interface Ipv6headerMatch {
  readonly kind: 'ipv6header'
  readonly headers: readonly HeaderName[]
  readonly negated: boolean
  /** These must be there (negated: none of them), and others may be; else exactly these. */
  readonly soft: boolean
}

/** Printed name, short name and number, in the order of printing. */
const HEADERS = [
  ['hop-by-hop', 'hop', 0],
  ['ipv6-opts', 'dst', 60],
  ['ipv6-route', 'route', 43],
  ['ipv6-frag', 'frag', 44],
  ['ah', 'auth', 51],
  ['esp', 'esp', 50],
  ['ipv6-nonxt', 'none', 59],
  ['protocol', 'prot', 255],
] as const
export type HeaderName = (typeof HEADERS)[number][0]

function parseHeaders(text = ''): { headers: readonly HeaderName[] } | undefined {
  const given = text.toLowerCase().split(',')
  const known = (name: string) => HEADERS.find((header) => header.some((one) => `${one}` === name))
  return given.every(known)
    ? { headers: HEADERS.filter((header) => given.some((name) => known(name) === header)).map(([name]) => name) }
    : undefined
}

/** What ipv6header_mt6() finds in a packet that carries no extension headers but AH and ESP. */
function carried(protocol: number): HeaderName {
  switch (protocol) {
    case PROTOCOL.ah:
      return 'ah'
    case PROTOCOL.esp:
      return 'esp'
    case 59:
      return 'ipv6-nonxt'
    default:
      return 'protocol'
  }
}

/** ip6t_ipv6header.c, ipv6header_mt6(). */
export const ipv6header: MatchModule<Ipv6headerMatch> = {
  kind: 'ipv6header',
  options: { header: 1, soft: 0 },
  read(given) {
    const options = new OptionReader(given)
    const headers = options.signed(['header'], parseHeaders)
    options.require(headers !== undefined, 'ipv6header needs --header')
    return options.finish({
      kind: 'ipv6header',
      headers: headers?.headers ?? [],
      negated: headers?.negated ?? false,
      soft: options.flag('soft'),
    })
  },
  print: (match) => `${match.negated ? '! ' : ''}--header ${match.headers.join(',')}${match.soft ? ' --soft' : ''}`,
  decide(match, { packet }) {
    const there = carried(packet.protocol)
    const holds = match.soft
      ? match.headers.every((one) => (one === there) !== match.negated)
      : (match.headers.length === 1 && match.headers[0] === there) !== match.negated
    return assumed(holds, 'the packet is taken to carry no IPv6 extension headers')
  },
  explain: (match) =>
    `${match.negated ? 'does not carry' : 'carries'} ${match.soft ? '' : 'exactly '}the headers ${match.headers.join(', ')}`,
}
