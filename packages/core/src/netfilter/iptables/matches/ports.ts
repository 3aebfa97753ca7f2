import { parsePort } from '../../../net/protocol.ts'
import type { Scene } from '../../scene.ts'
import { formatRange, inRange, type OptionReader, printOption, type SignedRange, U16 } from './options.ts'

/** `--sport` or `--dport` of tcp, udp, sctp and dccp. */
export type PortMatch = SignedRange

interface PortPair {
  readonly sport?: PortMatch | undefined
  readonly dport?: PortMatch | undefined
}

export const SOURCE_PORT = ['sport', 'source-port']
export const DESTINATION_PORT = ['dport', 'destination-port']
export const portOptions = { sport: 1, 'source-port': 1, dport: 1, 'destination-port': 1 }

export const readPorts = (options: OptionReader, names: readonly string[]): PortMatch | undefined =>
  options.signedRange(names, U16, parsePort)

/** tcp and udp do not print a range of all ports unless it is negated; sctp and dccp always print it. */
export function printPorts(option: string, ports: PortMatch | undefined, elideAll: boolean): string | undefined {
  const all = ports && !ports.negated && ports.first === 0 && ports.last === U16
  return elideAll && all ? undefined : printOption(option, ports, formatRange)
}

const decidePort = (ports: PortMatch | undefined, port: number): boolean => !ports || inRange(ports, port) !== ports.negated

export const decidePorts = (match: PortPair, { packet }: Scene): boolean =>
  decidePort(match.sport, packet.sport) && decidePort(match.dport, packet.dport)

export function explainPorts(match: PortPair): string[] {
  const parts: string[] = []
  if (match.sport) parts.push(`${match.sport.negated ? 'does not come' : 'comes'} from port ${formatRange(match.sport)}`)
  if (match.dport) parts.push(`${match.dport.negated ? 'does not go' : 'goes'} to port ${formatRange(match.dport)}`)
  return parts
}
