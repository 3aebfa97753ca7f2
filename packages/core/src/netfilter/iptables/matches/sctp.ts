import { PROTOCOL } from '../../../net/packet.ts'
import type { MatchModule } from '../module.ts'
import { all, payloadUnknown } from './decide.ts'
import { OptionReader, printOption, words } from './options.ts'
import { DESTINATION_PORT, decidePorts, explainPorts, type PortMatch, portOptions, printPorts, readPorts, SOURCE_PORT } from './ports.ts'

export interface SctpMatch {
  readonly kind: 'sctp'
  readonly sport?: PortMatch | undefined
  readonly dport?: PortMatch | undefined
  readonly chunks?: ChunkTest | undefined
}

export interface ChunkTest {
  readonly scope: 'all' | 'any' | 'only'
  /** `ALL`, `NONE` or chunk types; `flags` as written: upper case must be set, lower case unset. */
  readonly types: readonly { readonly name: string; readonly flags: string }[]
  readonly negated: boolean
}

/** Chunk types by number, the order in which iptables prints them, and the letters of their flags. */
const CHUNKS: readonly (readonly [string, number, string])[] = [
  ['DATA', 0, '----IUBE'],
  ['INIT', 1, ''],
  ['INIT_ACK', 2, ''],
  ['SACK', 3, ''],
  ['HEARTBEAT', 4, ''],
  ['HEARTBEAT_ACK', 5, ''],
  ['ABORT', 6, '-------T'],
  ['SHUTDOWN', 7, ''],
  ['SHUTDOWN_ACK', 8, ''],
  ['ERROR', 9, ''],
  ['COOKIE_ECHO', 10, ''],
  ['COOKIE_ACK', 11, ''],
  ['ECN_ECNE', 12, ''],
  ['ECN_CWR', 13, ''],
  ['SHUTDOWN_COMPLETE', 14, '-------T'],
  ['I_DATA', 64, '----IUBE'],
  ['RE_CONFIG', 130, ''],
  ['PAD', 132, ''],
  ['ASCONF', 193, ''],
  ['ASCONF_ACK', 128, ''],
  ['FORWARD_TSN', 192, ''],
  ['I_FORWARD_TSN', 194, ''],
]

function parseChunks(scope = '', list = ''): Omit<ChunkTest, 'negated'> | undefined {
  const which = scope.toLowerCase()
  if (which !== 'all' && which !== 'any' && which !== 'only') return undefined
  const upper = list.toUpperCase()
  if (upper === 'ALL' || upper === 'NONE') return { scope: which, types: [{ name: upper, flags: '' }] }
  const types: { name: string; number: number; flags: string }[] = []
  for (const part of list.split(',')) {
    const [name = '', flags = ''] = part.split(':')
    const chunk = CHUNKS.find(([known]) => known === name.toUpperCase())
    if (!chunk || [...flags].some((flag) => !chunk[2].includes(flag.toUpperCase()))) return undefined
    types.push({ name: chunk[0], number: chunk[1], flags })
  }
  types.sort((a, b) => a.number - b.number)
  return { scope: which, types: types.map(({ name, flags }) => ({ name, flags })) }
}

const formatTypes = ({ types }: ChunkTest): string => types.map(({ name, flags }) => (flags ? `${name}:${flags}` : name)).join(',')

/** xt_sctp.c, sctp_mt(). The chunks are behind the header and not known. */
export const sctp: MatchModule<SctpMatch> = {
  kind: 'sctp',
  options: { ...portOptions, 'chunk-types': 2 },
  read(given, context) {
    const options = new OptionReader(given)
    options.require(context.protocol === PROTOCOL.sctp, 'sctp needs -p sctp')
    return options.finish({
      kind: 'sctp',
      sport: readPorts(options, SOURCE_PORT),
      dport: readPorts(options, DESTINATION_PORT),
      chunks: options.signed(['chunk-types'], parseChunks),
    })
  },
  print: (match) =>
    words(
      printPorts('sport', match.sport, false),
      printPorts('dport', match.dport, false),
      printOption('chunk-types', match.chunks, (chunks) => `${chunks.scope} ${formatTypes(chunks)}`),
    ),
  decide: (match, scene) => all([decidePorts(match, scene), match.chunks ? payloadUnknown('its SCTP chunk types') : true]),
  explain(match) {
    const parts = explainPorts(match)
    if (match.chunks)
      parts.push(`carries ${match.chunks.negated ? 'not ' : ''}${match.chunks.scope} of the SCTP chunks ${formatTypes(match.chunks)}`)
    return parts.join(' and ') || 'is SCTP'
  },
}
