import { PROTOCOL } from '../../../net/packet.ts'

// biome-ignore format: a table
const UNREACHABLE: Readonly<Record<number, string>> = {
  0: 'network unreachable', 1: 'host unreachable', 2: 'protocol unreachable', 3: 'port unreachable', 4: 'fragmentation needed', 5: 'source route failed',
  6: 'network unknown', 7: 'host unknown', 9: 'network administratively prohibited', 10: 'host administratively prohibited', 13: 'administratively prohibited',
}
// biome-ignore format: a table
const UNREACHABLE6: Readonly<Record<number, string>> = {
  0: 'no route', 1: 'administratively prohibited', 2: 'beyond scope', 3: 'address unreachable', 4: 'port unreachable', 5: 'source address refused', 6: 'route rejected',
}

/** What an ICMP error says (RFC 792, 1812, 4443). */
export function icmpWords(protocol: number | undefined, type: number, code: number, mtu?: number): string {
  const v6 = protocol === PROTOCOL.icmpv6
  if (type === (v6 ? 2 : -1)) return `packet too big${mtu ? ` (mtu ${mtu})` : ''}`
  if (type === (v6 ? 3 : 11)) return code === 0 ? 'time to live exceeded' : 'fragments did not all arrive'
  if (type === (v6 ? 1 : 3)) {
    const words = (v6 ? UNREACHABLE6 : UNREACHABLE)[code] ?? `unreachable, code ${code}`
    return mtu ? `${words} (mtu ${mtu})` : words
  }
  return `type ${type} code ${code}`
}
