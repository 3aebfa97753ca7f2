import { parsePort } from '../../../net/protocol.ts'
import type { Decision } from '../../decision.ts'
import type { Scene } from '../../scene.ts'
import { formatRange, inRange, type OptionReader, type Range, U16 } from './options.ts'

/** `--sport` or `--dport` of tcp, udp, sctp and dccp. */
export interface PortMatch extends Range {
  readonly negated: boolean
}

export const SOURCE_PORT = ['sport', 'source-port']
export const DESTINATION_PORT = ['dport', 'destination-port']
export const portOptions = { sport: 1, 'source-port': 1, dport: 1, 'destination-port': 1 }

export const readPorts = (options: OptionReader, names: readonly string[]): PortMatch | undefined =>
  options.signedRange(names, U16, parsePort)

/** tcp and udp do not print a range of all ports unless it is negated; sctp and dccp always print it. */
export function printPorts(option: string, ports: PortMatch | undefined, elideAll: boolean): string {
  if (!ports || (elideAll && !ports.negated && ports.first === 0 && ports.last === U16)) return ''
  return ` ${ports.negated ? '! ' : ''}--${option} ${formatRange(ports)}`
}

export const decidePort = (ports: PortMatch | undefined, port: number): boolean => !ports || inRange(ports, port) !== ports.negated

export function decidePorts(
  match: { readonly sport?: PortMatch | undefined; readonly dport?: PortMatch | undefined },
  scene: Scene,
): Decision {
  return decidePort(match.sport, scene.packet.sport) && decidePort(match.dport, scene.packet.dport)
}

export function explainPorts(match: { readonly sport?: PortMatch | undefined; readonly dport?: PortMatch | undefined }): string[] {
  const parts: string[] = []
  if (match.sport) parts.push(`${match.sport.negated ? 'does not come' : 'comes'} from port ${formatRange(match.sport)}`)
  if (match.dport) parts.push(`${match.dport.negated ? 'does not go' : 'goes'} to port ${formatRange(match.dport)}`)
  return parts
}
