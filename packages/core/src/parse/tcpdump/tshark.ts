import type { CapturedIcmp, CapturedIp, CapturedPacket } from '../../facts/captured-packet.ts'
import { PROTOCOL, TCP_FLAGS } from '../../net/packet.ts'
import { arpText } from './arp-text.ts'
import { textEnd } from './ends.ts'

/** `    3   0.000044     10.1.0.2 → 10.96.0.10   TCP 74 40090 → 80 [SYN] Seq=0 Win=64240 Len=0`: the columns of tshark, and of Wireshark's export. */
export const TSHARK_LINE = /^\s*(?:\d+\s+)?(-?\d+\.\d+)\s+(\S{1,60})\s+(?:→|->)\s+(\S{0,60})\s+([A-Za-z][\w.+/-]{0,20})\s+(\d+)\s+(.*)$/
const PORTS = /(?:^|\s)(\d{1,5})\s*(?:→|->|>)\s*(\d{1,5})\s/
const FLAGS = /\[((?:SYN|ACK|FIN|RST|PSH|URG|ECE|CWR|ECN|NS|AE|, |<None>)+)\]/
const ECHO = /^Echo \(ping\) (request|reply)\s+id=0x([0-9a-f]+), seq=(\d+)/

// As packet-icmp.c of Wireshark words them.
// biome-ignore format: a table
const CODES: Readonly<Record<string, number>> = {
  'Network unreachable': 0, 'Host unreachable': 1, 'Protocol unreachable': 2, 'Port unreachable': 3, 'Fragmentation needed': 4, 'Source route failed': 5,
  'Network administratively prohibited': 9, 'Host administratively prohibited': 10, 'Communication administratively filtered': 13,
}
// biome-ignore format: a table
const CODES6: Readonly<Record<string, number>> = {
  'no route to destination': 0, 'Administratively prohibited': 1, 'Address unreachable': 3, 'Port unreachable': 4,
}

export function tsharkLine(text: string, number: number): CapturedPacket | undefined {
  const found = TSHARK_LINE.exec(text)
  if (!found) return undefined
  const [, time, from = '', to = '', protocol = '', , info = ''] = found
  const packet = {
    number,
    time: Number(time),
    device: undefined,
    deviceIndex: undefined,
    direction: undefined,
    any: false,
    sourceMac: undefined,
    destinationMac: undefined,
    vlans: [],
  }
  if (protocol === 'ARP') return { ...packet, arp: arpText(info, undefined, undefined) }
  const src = textEnd(from)
  const dst = textEnd(to)
  if (src.address === undefined && dst.address === undefined && !/^[\w.-]+$/.test(from)) return packet
  const v6 = typeof (src.address ?? dst.address) === 'bigint'
  const base: CapturedIp = {
    family: v6 ? 'ip6' : 'ip',
    src: src.address,
    srcName: src.name,
    dst: dst.address,
    dstName: dst.name,
    protocol: undefined,
    ttl: undefined,
    id: undefined,
    length: undefined,
    dontFragment: false,
    fragment: undefined,
    sport: 0,
    dport: 0,
    payload: undefined,
    ipChecksum: 'unknown',
    checksum: 'unknown',
    digest: 0,
  }
  const ip = { ...base, ...insideOf(protocol, info) }
  return { ...packet, ip, arp: protocol === 'ICMPv6' ? discovery(info, src.address) : undefined }
}

function insideOf(protocol: string, info: string): Partial<CapturedIp> {
  const ports = PORTS.exec(info)
  const length = /\bLen=(\d+)/.exec(info)?.[1]
  const common = {
    sport: Number(ports?.[1] ?? 0),
    dport: Number(ports?.[2] ?? 0),
    payload: length === undefined ? undefined : Number(length),
  }
  if (protocol === 'ICMP' || protocol === 'ICMPv6') return icmpOf(protocol === 'ICMPv6', info)
  const flags = FLAGS.exec(info)?.[1]
  if (flags === undefined)
    return { ...common, protocol: TCP_CARRIED.has(protocol) ? PROTOCOL.tcp : ports || UDP_CARRIED.has(protocol) ? PROTOCOL.udp : undefined }
  const bits = flags.split(', ').reduce((all, name) => all | (TCP_FLAGS[name.toLowerCase() as keyof typeof TCP_FLAGS] ?? 0), 0)
  const value = (key: string) => {
    const at = new RegExp(`\\b${key}=(\\d+)`).exec(info)?.[1]
    return at === undefined ? undefined : Number(at)
  }
  const tcp = { flags: bits, seq: value('Seq'), ack: value('Ack'), window: value('Win'), mss: value('MSS'), relative: true }
  return { ...common, protocol: PROTOCOL.tcp, tcp }
}

/** Protocols whose lines have no ports, and what they run over. */
const TCP_CARRIED: ReadonlySet<string> = new Set([
  'TCP',
  'HTTP',
  'HTTP2',
  'SSH',
  'SSHv2',
  'TLSv1',
  'TLSv1.2',
  'TLSv1.3',
  'SSL',
  'SMTP',
  'Redis',
  'RESP',
])

const UDP_CARRIED: ReadonlySet<string> = new Set([
  'UDP',
  'DNS',
  'MDNS',
  'NTP',
  'DHCP',
  'SNMP',
  'QUIC',
  'SSDP',
  'NBNS',
  'RADIUS',
  'TFTP',
  'VXLAN',
])

function icmpOf(v6: boolean, info: string): Partial<CapturedIp> {
  const protocol = v6 ? PROTOCOL.icmpv6 : PROTOCOL.icmp
  const nothing: CapturedIcmp = { type: 0, code: 0, sequence: undefined, mtu: undefined, quoted: undefined }
  const echo = ECHO.exec(info)
  if (echo) {
    const request = echo[1] === 'request'
    const ttl = /\b(?:ttl|hop limit)=(\d+)/.exec(info)?.[1]
    const icmp = { ...nothing, type: v6 ? (request ? 128 : 129) : request ? 8 : 0, sequence: Number(echo[3]) }
    return { protocol, sport: Number.parseInt(echo[2] as string, 16), icmp, ttl: ttl === undefined ? undefined : Number(ttl) }
  }
  const reason = /\(([^)]{1,60})\)/.exec(info)?.[1] ?? ''
  const codes = v6 ? CODES6 : CODES
  const code = Object.hasOwn(codes, reason) ? (codes[reason] as number) : 0
  if (/^Destination unreachable/i.test(info)) return { protocol, icmp: { ...nothing, type: v6 ? 1 : 3, code } }
  if (/^Time(?:-to-live| to live)? exceeded/i.test(info)) return { protocol, icmp: { ...nothing, type: v6 ? 3 : 11 } }
  if (v6 && /^Packet Too Big/i.test(info)) return { protocol, icmp: { ...nothing, type: 2 } }
  return { protocol }
}

/** `Neighbor Solicitation for fe80::1 from 02:…`, `Neighbor Advertisement fe80::1 (sol, ovr) is at 02:…` */
function discovery(info: string, from: CapturedIp['src']): CapturedPacket['arp'] {
  const asked = /^Neighbor Solicitation for (\S+)(?: from (\S+))?/.exec(info)
  if (asked)
    return {
      operation: 'request',
      senderMac: asked[2],
      sender: from === 0n ? undefined : from,
      target: textEnd(asked[1] as string).address,
    }
  const told = /^Neighbor Advertisement (\S+) .{0,30}is at (\S+)/.exec(info)
  return told ? { operation: 'reply', senderMac: told[2], sender: textEnd(told[1] as string).address, target: undefined } : undefined
}
