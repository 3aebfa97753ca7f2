import { PROTOCOL } from '../../../net/packet.ts'
import type { MatchModule } from '../module.ts'
import { all, payloadUnknown } from './decide.ts'
import { formatValue, OptionReader, printOption, type SignedValue, U8, words } from './options.ts'
import { DESTINATION_PORT, decidePorts, explainPorts, type PortMatch, portOptions, printPorts, readPorts, SOURCE_PORT } from './ports.ts'

export interface DccpMatch {
  readonly kind: 'dccp'
  readonly sport?: PortMatch | undefined
  readonly dport?: PortMatch | undefined
  readonly types?: { readonly names: readonly string[]; readonly negated: boolean } | undefined
  readonly option?: SignedValue | undefined
}

const TYPES = ['REQUEST', 'RESPONSE', 'DATA', 'ACK', 'DATAACK', 'CLOSEREQ', 'CLOSE', 'RESET', 'SYNC', 'SYNCACK', 'INVALID']

function parseTypes(list = ''): { names: readonly string[] } | undefined {
  const given = list.toUpperCase().split(',')
  return given.every((name) => TYPES.includes(name)) ? { names: TYPES.filter((name) => given.includes(name)) } : undefined
}

/** xt_dccp.c, dccp_mt(). */
export const dccp: MatchModule<DccpMatch> = {
  kind: 'dccp',
  options: { ...portOptions, 'dccp-types': 1, 'dccp-option': 1 },
  read(given, context) {
    const options = new OptionReader(given)
    options.require(context.protocol === PROTOCOL.dccp, 'dccp needs -p dccp')
    return options.finish({
      kind: 'dccp',
      sport: readPorts(options, SOURCE_PORT),
      dport: readPorts(options, DESTINATION_PORT),
      types: options.signed(['dccp-types'], parseTypes),
      option: options.signedNumber('dccp-option', U8),
    })
  },
  print: (match) =>
    words(
      printPorts('sport', match.sport, false),
      printPorts('dport', match.dport, false),
      printOption('dccp-types', match.types, ({ names }) => names.join(',')),
      printOption('dccp-option', match.option, formatValue),
    ),
  decide: (match, scene) =>
    all([decidePorts(match, scene), match.types || match.option ? payloadUnknown('its DCCP type and options') : true]),
  explain(match) {
    const parts = explainPorts(match)
    if (match.types) parts.push(`is ${match.types.negated ? 'not ' : ''}a DCCP ${match.types.names.join(' or ')}`)
    if (match.option) parts.push(`carries${match.option.negated ? ' no' : ''} DCCP option ${match.option.value}`)
    return parts.join(' and ') || 'is DCCP'
  },
}
