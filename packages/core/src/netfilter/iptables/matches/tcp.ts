import { PROTOCOL, TCP_FLAGS } from '../../../net/packet.ts'
import type { MatchModule } from '../module.ts'
import { payloadUnknown } from './decide.ts'
import { formatValue, OptionReader, printOption, type SignedValue, U8, words } from './options.ts'
import { DESTINATION_PORT, decidePorts, explainPorts, type PortMatch, portOptions, printPorts, readPorts, SOURCE_PORT } from './ports.ts'

export interface TcpMatch {
  readonly kind: 'tcp'
  readonly sport?: PortMatch | undefined
  readonly dport?: PortMatch | undefined
  /** Of the flags in `mask`, exactly those in `set` are set. */
  readonly flags?: TcpFlagsTest | undefined
  readonly option?: SignedValue | undefined
}

export interface TcpFlagsTest {
  readonly mask: number
  readonly set: number
  readonly negated: boolean
}

const { fin, syn, rst, psh, ack, urg } = TCP_FLAGS
/** In the order in which iptables prints them; ECE and CWR cannot be asked for by name. */
const NAMES: readonly (readonly [string, number])[] = [
  ['FIN', fin],
  ['SYN', syn],
  ['RST', rst],
  ['PSH', psh],
  ['ACK', ack],
  ['URG', urg],
]
const ALL = fin | syn | rst | psh | ack | urg

function parseFlags(text: string): number | undefined {
  let flags = 0
  for (const part of text.toUpperCase().split(',')) {
    const bit = part === 'ALL' ? ALL : part === 'NONE' ? 0 : NAMES.find(([name]) => name === part)?.[1]
    if (bit === undefined) return undefined
    flags |= bit
  }
  return flags
}

const formatFlags = (flags: number): string =>
  NAMES.filter(([, bit]) => flags & bit)
    .map(([name]) => name)
    .join(',') || 'NONE'

function readFlags(options: OptionReader): TcpFlagsTest | undefined {
  const flags = options.signed(['tcp-flags'], (maskText = '', setText = '') => {
    const mask = parseFlags(maskText)
    const set = parseFlags(setText)
    return mask === undefined || set === undefined ? undefined : { mask, set }
  })
  const opening = options.signedFlag('syn')
  if (flags && opening) options.fail('--syn excludes --tcp-flags')
  return flags ?? (opening && { mask: fin | syn | rst | ack, set: syn, negated: opening.negated })
}

const formatTest = ({ mask, set }: TcpFlagsTest): string => `${formatFlags(mask)} ${formatFlags(set)}`

function explainFlags({ mask, set, negated }: TcpFlagsTest): string {
  if (mask === (fin | syn | rst | ack) && set === syn) return negated ? 'does not open a connection' : 'opens a connection (SYN)'
  return `has${negated ? ' not' : ''} exactly ${formatFlags(set)} set of ${formatFlags(mask)}`
}

/** xt_tcpudp.c, tcp_mt(). */
export const tcp: MatchModule<TcpMatch> = {
  kind: 'tcp',
  options: { ...portOptions, 'tcp-flags': 2, syn: 0, 'tcp-option': 1 },
  read(given, context) {
    const options = new OptionReader(given)
    options.require(context.protocol === PROTOCOL.tcp, 'tcp needs -p tcp')
    return options.finish({
      kind: 'tcp',
      sport: readPorts(options, SOURCE_PORT),
      dport: readPorts(options, DESTINATION_PORT),
      flags: readFlags(options),
      option: options.signedNumber('tcp-option', U8),
    })
  },
  print: (match) =>
    words(
      printPorts('sport', match.sport, true),
      printPorts('dport', match.dport, true),
      printOption('tcp-option', match.option, formatValue),
      printOption('tcp-flags', match.flags, formatTest),
    ),
  decide(match, scene) {
    const { flags, option } = match
    if (!decidePorts(match, scene)) return false
    if (flags && ((scene.packet.flags & flags.mask) === flags.set) === flags.negated) return false
    return option ? payloadUnknown(`whether TCP option ${option.value} is set`) : true
  },
  explain(match) {
    const parts = explainPorts(match)
    if (match.flags) parts.push(explainFlags(match.flags))
    if (match.option) parts.push(`carries${match.option.negated ? ' no' : ''} TCP option ${match.option.value}`)
    return parts.join(' and ') || 'is TCP'
  },
}
