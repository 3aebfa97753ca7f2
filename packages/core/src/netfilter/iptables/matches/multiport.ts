import { PROTOCOL } from '../../../net/packet.ts'
import { parsePort } from '../../../net/protocol.ts'
import type { GivenOption, MatchModule } from '../module.ts'
import { problem } from '../module.ts'
import { formatRange, inRange, OptionReader, parseRange, type Range, U16 } from './options.ts'

export interface MultiportMatch {
  readonly kind: 'multiport'
  readonly side: 'source' | 'destination' | 'either'
  readonly ports: readonly Range[]
  readonly negated: boolean
}

const SIDES: Readonly<Record<string, MultiportMatch['side']>> = {
  sports: 'source',
  'source-ports': 'source',
  dports: 'destination',
  'destination-ports': 'destination',
  ports: 'either',
}
const OPTION = { source: 'sports', destination: 'dports', either: 'ports' } as const
/** XT_MULTI_PORTS; a range takes two places. */
const PLACES = 15
const PROTOCOLS: readonly number[] = [PROTOCOL.tcp, PROTOCOL.udp, PROTOCOL.udplite, PROTOCOL.dccp, PROTOCOL.sctp]

function parsePorts(list = ''): { ports: readonly Range[] } | undefined {
  const ports: Range[] = []
  let places = 0
  for (const part of list.split(',')) {
    const range = parseRange(part, U16, parsePort)
    if (!range || part.startsWith(':') || part.endsWith(':')) return undefined
    places += part.includes(':') ? 2 : 1
    ports.push(range)
  }
  return places <= PLACES ? { ports } : undefined
}

const givenSide = (given: readonly GivenOption[]): GivenOption | undefined => given.find((one) => one.option in SIDES)

const PHRASE = { source: 'comes from', destination: 'goes to', either: 'comes from or goes to' } as const
const NOT_PHRASE = { source: 'does not come from', destination: 'does not go to', either: 'neither comes from nor goes to' } as const

/** xt_multiport.c, ports_match_v1(). */
export const multiport: MatchModule<MultiportMatch> = {
  kind: 'multiport',
  options: { sports: 1, 'source-ports': 1, dports: 1, 'destination-ports': 1, ports: 1 },
  read(given, context) {
    const one = givenSide(given)
    const side = one && SIDES[one.option]
    if (!one || !side) return problem('multiport needs --sports, --dports or --ports')
    const options = new OptionReader(given)
    options.require(given.length === 1, 'multiport takes one list of ports')
    options.require(PROTOCOLS.includes(context.protocol), 'multiport needs -p tcp, udp, udplite, sctp or dccp')
    const list = options.signed([one.option], parsePorts)
    return options.finish({ kind: 'multiport', side, ports: list?.ports ?? [], negated: one.negated })
  },
  print: (match) => `${match.negated ? '! ' : ''}--${OPTION[match.side]} ${match.ports.map(formatRange).join(',')}`,
  decide(match, { packet }) {
    const holds = (port: number) => match.ports.some((range) => inRange(range, port))
    switch (match.side) {
      case 'source':
        return holds(packet.sport) !== match.negated
      case 'destination':
        return holds(packet.dport) !== match.negated
      case 'either':
        return (holds(packet.sport) || holds(packet.dport)) !== match.negated
    }
  },
  explain: (match) => `${(match.negated ? NOT_PHRASE : PHRASE)[match.side]} port ${match.ports.map(formatRange).join(', ')}`,
}
