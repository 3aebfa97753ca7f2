import { PROTOCOL } from '../../../net/packet.ts'
import type { MatchModule } from '../module.ts'
import { OptionReader, words } from './options.ts'
import { DESTINATION_PORT, decidePorts, explainPorts, type PortMatch, portOptions, printPorts, readPorts, SOURCE_PORT } from './ports.ts'

interface Ports<K extends string> {
  readonly kind: K
  readonly sport?: PortMatch | undefined
  readonly dport?: PortMatch | undefined
}
export type UdpMatch = Ports<'udp'>
/** The kernel's udp match registered for UDP-Lite (xt_tcpudp.c). */
export type UdpliteMatch = Ports<'udplite'>

/** xt_tcpudp.c, udp_mt(). */
function udpLike<K extends 'udp' | 'udplite'>(kind: K): MatchModule<Ports<K>> {
  return {
    kind,
    options: portOptions,
    read(given, context) {
      const options = new OptionReader(given)
      options.require(context.protocol === PROTOCOL[kind], `${kind} needs -p ${kind}`)
      return options.finish({ kind, sport: readPorts(options, SOURCE_PORT), dport: readPorts(options, DESTINATION_PORT) })
    },
    print: (match) => words(printPorts('sport', match.sport, true), printPorts('dport', match.dport, true)),
    decide: decidePorts,
    explain: (match) => explainPorts(match).join(' and ') || `is ${kind.toUpperCase()}`,
  }
}
export const udp = udpLike('udp')
export const udplite = udpLike('udplite')
