import { PROTOCOL } from '../../../net/packet.ts'
import type { MatchModule } from '../module.ts'
import { OptionReader } from './options.ts'
import { DESTINATION_PORT, decidePorts, explainPorts, type PortMatch, portOptions, printPorts, readPorts, SOURCE_PORT } from './ports.ts'

export interface UdpMatch {
  readonly kind: 'udp'
  readonly sport?: PortMatch | undefined
  readonly dport?: PortMatch | undefined
}

/** xt_tcpudp.c, udp_mt(). `-p udplite` names the same module. */
export const udp: MatchModule<UdpMatch> = {
  kind: 'udp',
  options: portOptions,
  read(given, context) {
    const options = new OptionReader(given)
    options.require(context.protocol === PROTOCOL.udp || context.protocol === PROTOCOL.udplite, 'udp needs -p udp')
    return options.finish({ kind: 'udp', sport: readPorts(options, SOURCE_PORT), dport: readPorts(options, DESTINATION_PORT) })
  },
  print: (match) => `${printPorts('sport', match.sport, true)}${printPorts('dport', match.dport, true)}`.trimStart(),
  decide: decidePorts,
  explain: (match) => explainPorts(match).join(' and ') || 'is UDP',
}
