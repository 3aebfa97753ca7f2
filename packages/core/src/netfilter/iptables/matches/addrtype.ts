import type { Address } from '../../../net/address.ts'
import type { Decision } from '../../decision.ts'
import type { AddressType, Scene } from '../../scene.ts'
import type { MatchModule } from '../module.ts'
import { all, signed } from './decide.ts'
import { OptionReader, printOption, words } from './options.ts'

export interface AddrtypeMatch {
  readonly kind: 'addrtype'
  readonly source?: TypeTest | undefined
  readonly destination?: TypeTest | undefined
  /** Only addresses of the interface that the packet came in by or leaves by count. */
  readonly limit?: 'in' | 'out' | undefined
}

export interface TypeTest {
  readonly types: readonly AddressType[]
  readonly negated: boolean
}

/** XT_ADDRTYPE_* in bit order, which is the order of printing. */
const TYPES: readonly AddressType[] = [
  'UNSPEC',
  'UNICAST',
  'LOCAL',
  'BROADCAST',
  'ANYCAST',
  'MULTICAST',
  'BLACKHOLE',
  'UNREACHABLE',
  'PROHIBIT',
  'THROW',
  'NAT',
  'XRESOLVE',
]

function parseTypes(list = ''): { types: readonly AddressType[] } | undefined {
  const given = list.toUpperCase().split(',')
  return given.every((name) => (TYPES as readonly string[]).includes(name))
    ? { types: TYPES.filter((type) => given.includes(type)) }
    : undefined
}

/** match_type() for IPv4, match_type6() for IPv6. */
function holds({ types }: TypeTest, address: Address, device: string | undefined, scene: Scene): Decision {
  if (typeof address === 'bigint') return holds6(types, address, device, scene)
  const type = device === undefined ? scene.fib.addressType(address) : scene.fib.addressType(address, device)
  return typeof type === 'string' ? types.includes(type) : type
}

/** IPv6 asks for multicast, unicast and unspecified by the address alone, and each of them must hold; the rest is a route look-up. */
function holds6(types: readonly AddressType[], address: bigint, device: string | undefined, scene: Scene): Decision {
  const multicast = address >> 120n === 0xffn
  if (types.includes('MULTICAST') && !multicast) return false
  if (types.includes('UNICAST') && (multicast || address === 0n)) return false
  if (types.includes('UNSPEC') && address !== 0n) return false
  const routed = types.filter((type) => type === 'LOCAL' || type === 'ANYCAST' || type === 'PROHIBIT' || type === 'UNREACHABLE')
  if (routed.length === 0) return true
  const type = device === undefined ? scene.fib.addressType(address) : scene.fib.addressType(address, device)
  if (typeof type !== 'string') return type
  const rejected = type === 'UNREACHABLE' || type === 'PROHIBIT' || type === 'BLACKHOLE'
  return (routed as readonly AddressType[]).includes(rejected ? 'UNREACHABLE' : type)
}

/** xt_addrtype.c, addrtype_mt_v1(). */
export const addrtype: MatchModule<AddrtypeMatch> = {
  kind: 'addrtype',
  options: { 'src-type': 1, 'dst-type': 1, 'limit-iface-in': 0, 'limit-iface-out': 0 },
  read(given) {
    const options = new OptionReader(given)
    const source = options.signed(['src-type'], parseTypes)
    const destination = options.signed(['dst-type'], parseTypes)
    const limitIn = options.flag('limit-iface-in')
    const limitOut = options.flag('limit-iface-out')
    options.require(source !== undefined || destination !== undefined, 'addrtype needs --src-type or --dst-type')
    options.require(!(limitIn && limitOut), '--limit-iface-in excludes --limit-iface-out')
    return options.finish({ kind: 'addrtype', source, destination, limit: limitIn ? 'in' : limitOut ? 'out' : undefined })
  },
  print: (match) =>
    words(
      printOption('src-type', match.source, ({ types }) => types.join(',')),
      printOption('dst-type', match.destination, ({ types }) => types.join(',')),
      match.limit && `--limit-iface-${match.limit}`,
    ),
  decide(match, scene) {
    const device = match.limit === 'in' ? scene.iif : match.limit === 'out' ? scene.oif : undefined
    const { source, destination } = match
    const from = source ? signed(holds(source, scene.packet.src, device, scene), source.negated) : true
    const to = destination && from !== false ? signed(holds(destination, scene.packet.dst, device, scene), destination.negated) : from
    return from === true || to === false || to === from ? to : all([from, to])
  },
  explain(match) {
    const on = match.limit === 'in' ? ' on the interface it came in by' : match.limit === 'out' ? ' on the interface it leaves by' : ''
    const phrase = (what: string, test: TypeTest) =>
      `has a ${what} address of type ${test.negated ? 'other than ' : ''}${test.types.join(' or ')}${on}`
    return [match.source && phrase('source', match.source), match.destination && phrase('destination', match.destination)]
      .filter(Boolean)
      .join(' and ')
  },
}
