import { type Address, formatAddress } from '../net/address.ts'
import { type Packet, PROTOCOL, TCP_FLAGS } from '../net/packet.ts'

const NAMES = new Map<number, string>(Object.entries(PROTOCOL).map(([name, number]) => [number, name]))

/** `tcp`, or the number where culprit has no name for it. */
export const protocolName = (protocol: number): string => NAMES.get(protocol) ?? `${protocol}`

/** A mark as tools print it: `0x4000`. */
export const markText = (mark: number): string => `0x${(mark >>> 0).toString(16)}`

const WITH_PORTS: ReadonlySet<number> = new Set([PROTOCOL.tcp, PROTOCOL.udp, PROTOCOL.sctp, PROTOCOL.dccp, PROTOCOL.udplite])
export const hasPorts = (protocol: number): boolean => WITH_PORTS.has(protocol)

/** `10.0.0.1:80`, `[fd00::1]:80`; without a port where the protocol has none. */
export function endpointText(address: Address, port: number, protocol: number): string {
  const text = formatAddress(address)
  if (!hasPorts(protocol)) return text
  return `${typeof address === 'bigint' ? `[${text}]` : text}:${port}`
}

export const sourceText = (packet: Packet): string => endpointText(packet.src, packet.sport, packet.protocol)
export const destinationText = (packet: Packet): string => endpointText(packet.dst, packet.dport, packet.protocol)

/** `syn,ack` in the order of the header's names; '' for none. */
export function flagsText(flags: number): string {
  return Object.entries(TCP_FLAGS)
    .filter(([, bit]) => flags & bit)
    .map(([name]) => name)
    .join(',')
}

/** `tcp 10.42.0.11:42414 → 10.43.0.10:80` */
export function packetText(packet: Packet): string {
  const icmp = packet.icmpType >= 0 ? ` type ${packet.icmpType} code ${packet.icmpCode}` : ''
  return `${protocolName(packet.protocol)}${icmp} ${sourceText(packet)} → ${destinationText(packet)}`
}

/** Header fields in which two packets differ, as `dst 10.43.0.10:80 → 10.42.0.5:8080`. A step of TTL alone is the router's habit and not told. */
export function changedFields(before: Packet, after: Packet): readonly string[] {
  const out: string[] = []
  const field = (name: string, from: string, to: string): void => void (from === to || out.push(`${name} ${from} → ${to}`))
  field('src', sourceText(before), sourceText(after))
  field('dst', destinationText(before), destinationText(after))
  field('mark', markText(before.mark), markText(after.mark))
  field('tos', `0x${before.tos.toString(16)}`, `0x${after.tos.toString(16)}`)
  if (after.ttl !== before.ttl - 1) field('ttl', `${before.ttl}`, `${after.ttl}`)
  return out
}
