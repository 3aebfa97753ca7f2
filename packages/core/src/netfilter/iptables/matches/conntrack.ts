import { type Address, addressBits, type Family, familyOf, formatAddress, parseAddress } from '../../../net/address.ts'
import { and, maskOf } from '../../../net/prefix.ts'
import { parsePort, parseProtocol } from '../../../net/protocol.ts'
import type { Decision } from '../../decision.ts'
import type { ConntrackView, Tuple } from '../../scene.ts'
import { formatMasked, parseMask } from '../header.ts'
import type { MatchModule } from '../module.ts'
import { CT_STATES, type CtState, explainStates, parseStates, stateBit, stateBits, stateMask } from './conntrack-state.ts'
import { all, unknown } from './decide.ts'
import { formatRange, formatValue, inRange, OptionReader, printOption, type SignedRange, type SignedValue, U16, words } from './options.ts'

export interface ConntrackMatch {
  readonly kind: 'conntrack'
  readonly state?: { readonly states: readonly CtState[]; readonly negated: boolean } | undefined
  readonly protocol?: SignedValue | undefined
  readonly originalSource?: TupleAddress | undefined
  readonly originalDestination?: TupleAddress | undefined
  readonly replySource?: TupleAddress | undefined
  readonly replyDestination?: TupleAddress | undefined
  readonly originalSourcePort?: SignedRange | undefined
  readonly originalDestinationPort?: SignedRange | undefined
  readonly replySourcePort?: SignedRange | undefined
  readonly replyDestinationPort?: SignedRange | undefined
  readonly status?: { readonly names: readonly Status[]; readonly negated: boolean } | undefined
  /** Seconds left. */
  readonly expires?: SignedRange | undefined
  readonly direction?: 'original' | 'reply' | undefined
}

/** Host bits are kept as they were given: that is how iptables prints them. */
export interface TupleAddress {
  readonly address: Address
  readonly mask: Address
  readonly negated: boolean
}

const STATUSES = ['NONE', 'EXPECTED', 'SEEN_REPLY', 'ASSURED', 'CONFIRMED'] as const
export type Status = (typeof STATUSES)[number]

const ADDRESSES = [
  ['ctorigsrc', 'originalSource', 'original', 'src', 'original source'],
  ['ctorigdst', 'originalDestination', 'original', 'dst', 'original destination'],
  ['ctreplsrc', 'replySource', 'reply', 'src', 'reply source'],
  ['ctrepldst', 'replyDestination', 'reply', 'dst', 'reply destination'],
] as const
const PORTS = [
  ['ctorigsrcport', 'originalSourcePort', 'original', 'sport', 'original source port'],
  ['ctorigdstport', 'originalDestinationPort', 'original', 'dport', 'original destination port'],
  ['ctreplsrcport', 'replySourcePort', 'reply', 'sport', 'reply source port'],
  ['ctrepldstport', 'replyDestinationPort', 'reply', 'dport', 'reply destination port'],
] as const

function parseTupleAddress(text: string, family: Family): { address: Address; mask: Address } | undefined {
  const [host = '', maskText] = text.split('/')
  const address = parseAddress(host)
  if (address === undefined || familyOf(address) !== family) return undefined
  const mask = maskText === undefined ? maskOf(addressBits(family), address) : parseMask(maskText, family)
  return mask === undefined ? undefined : { address, mask }
}

const formatTupleAddress = ({ address, mask }: TupleAddress): string =>
  mask === maskOf(addressBits(familyOf(address)), address) ? formatAddress(address) : formatMasked(address, mask)

function parseStatuses(list = ''): { names: readonly Status[] } | undefined {
  const given = list.toUpperCase().split(',')
  return given.every((name) => (STATUSES as readonly string[]).includes(name))
    ? { names: STATUSES.filter((name) => given.includes(name)) }
    : undefined
}

function hasStatus(ct: ConntrackView, name: Status): boolean {
  switch (name) {
    case 'NONE':
      return false
    case 'EXPECTED':
      return ct.status.expected
    case 'SEEN_REPLY':
      return ct.status.seenReply
    case 'ASSURED':
      return ct.status.assured
    case 'CONFIRMED':
      return ct.status.confirmed
  }
}

/** The tests of conntrack_mt() behind the state, all of which need a connection. */
function* tests(match: ConntrackMatch, ct: ConntrackView): Generator<Decision> {
  if (match.direction) yield ct.direction === match.direction
  for (const [, key, direction, side] of ADDRESSES) {
    const test = match[key]
    if (test) yield holds(test, ct[direction][side]) !== test.negated
  }
  if (match.protocol) yield (ct.original.protocol === match.protocol.value) !== match.protocol.negated
  for (const [, key, direction, side] of PORTS) {
    const test = match[key]
    if (test) yield inRange(test, portOf(ct[direction], side)) !== test.negated
  }
  if (match.status) yield match.status.names.some((name) => hasStatus(ct, name)) !== match.status.negated
  if (match.expires) yield unknown('how long the connection has left is not known', 'conntrack.txt')
}

const holds = ({ address, mask }: TupleAddress, value: Address): boolean =>
  typeof value === typeof address && and(value, mask) === and(address, mask)

/** The union that holds ports holds type and code of an ICMP tuple, id in place of the source port (nf_conntrack_man_proto). */
const portOf = (tuple: Tuple, side: 'sport' | 'dport'): number =>
  side === 'dport' && tuple.icmpType !== undefined ? tuple.icmpType * 256 + (tuple.icmpCode ?? 0) : tuple[side]

const noTuple = (family: Family): Tuple => {
  const any = family === 'ip' ? 0 : 0n
  return { protocol: 0, src: any, dst: any, sport: 0, dport: 0 }
}

/** nf_ct_tmpl_alloc(), xt_ct_tg_check(): a template is a connection of zeros that is confirmed and expires at once. */
function template(family: Family): ConntrackView {
  const status = { expected: false, seenReply: false, assured: false, confirmed: true, snat: false, dnat: false }
  const tuple = noTuple(family)
  return {
    state: 'new',
    direction: 'original',
    original: tuple,
    reply: tuple,
    mark: 0,
    labels: 0n,
    zone: 0,
    helper: undefined,
    status,
  }
}

/** xt_conntrack.c, conntrack_mt(). Without a connection only the state is tested, and a match without a state test is false. */
export const conntrack: MatchModule<ConntrackMatch> = {
  kind: 'conntrack',
  options: Object.fromEntries(
    ['ctstate', 'ctproto', 'ctstatus', 'ctexpire', 'ctdir', ...ADDRESSES.map(([option]) => option), ...PORTS.map(([option]) => option)].map(
      (option) => [option, 1],
    ),
  ),
  read(given, { family }) {
    const options = new OptionReader(given)
    const address = (name: string) => options.signed([name], (text = '') => parseTupleAddress(text, family))
    const port = (name: string) => options.signedRange([name], U16, parsePort)
    options.require(given.length > 0, 'conntrack needs an option')
    return options.finish({
      kind: 'conntrack',
      state: options.signed(['ctstate'], (text = '') => parseStates(text, CT_STATES)),
      protocol: options.signed(['ctproto'], (text = '') => {
        const value = parseProtocol(text)
        return value === undefined ? undefined : { value }
      }),
      originalSource: address('ctorigsrc'),
      originalDestination: address('ctorigdst'),
      replySource: address('ctreplsrc'),
      replyDestination: address('ctrepldst'),
      originalSourcePort: port('ctorigsrcport'),
      originalDestinationPort: port('ctorigdstport'),
      replySourcePort: port('ctreplsrcport'),
      replyDestinationPort: port('ctrepldstport'),
      status: options.signed(['ctstatus'], parseStatuses),
      expires: options.signedRange(['ctexpire'], 0xffffffff),
      direction: options.value(['ctdir'], (text = '') => {
        const lower = text.toLowerCase()
        return lower === 'original' || lower === 'reply' ? lower : undefined
      }),
    })
  },
  print: (match) =>
    words(
      printOption('ctstate', match.state, ({ states }) => states.join(',')),
      printOption('ctproto', match.protocol, formatValue),
      ...ADDRESSES.map(([option, key]) => printOption(option, match[key], formatTupleAddress)),
      ...PORTS.map(([option, key]) => printOption(option, match[key], formatRange)),
      printOption('ctstatus', match.status, ({ names }) => names.join(',')),
      printOption('ctexpire', match.expires, formatRange),
      match.direction && `--ctdir ${match.direction.toUpperCase()}`,
    ),
  decide(match, { conntrack: ct, family }) {
    if (match.state && stateBits(ct).some((bit) => match.state?.states.includes(bit)) === match.state.negated) return false
    if (ct === 'template') return all(tests(match, template(family)))
    if (typeof ct === 'string') return match.state !== undefined
    return all(tests(match, ct))
  },
  compile(match) {
    const { kind: _, state, ...others } = match
    if (!state || Object.values(others).some((value) => value !== undefined)) return (scene) => conntrack.decide(match, scene)
    const wanted = stateMask(state.states)
    return (scene) => ((stateBit(scene.conntrack) & wanted) !== 0) !== state.negated
  },
  explain(match) {
    const parts: string[] = []
    const is = ({ negated }: { readonly negated: boolean }) => (negated ? 'is not' : 'is')
    if (match.state) parts.push(explainStates(match.state.states, match.state.negated))
    if (match.protocol) parts.push(`is of a connection whose protocol ${is(match.protocol)} ${match.protocol.value}`)
    for (const [, key, , , name] of ADDRESSES) {
      const test = match[key]
      if (test) parts.push(`is of a connection whose ${name} ${is(test)} ${formatTupleAddress(test)}`)
    }
    for (const [, key, , , name] of PORTS) {
      const test = match[key]
      if (test) parts.push(`is of a connection whose ${name} ${is(test)} ${formatRange(test)}`)
    }
    if (match.status) parts.push(`is of a connection whose status ${is(match.status)} ${match.status.names.join(' or ')}`)
    if (match.expires)
      parts.push(
        `is of a connection that ${match.expires.negated ? 'does not expire' : 'expires'} in ${formatRange(match.expires)} seconds`,
      )
    if (match.direction) parts.push(`flows in the ${match.direction} direction of its connection`)
    return parts.join(' and ')
  },
}
