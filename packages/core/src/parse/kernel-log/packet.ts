import type { LoggedPacket } from '../../facts/packet-log.ts'
import { familyOf, parseAddress } from '../../net/address.ts'
import { PROTOCOL, TCP_FLAGS } from '../../net/packet.ts'
import { protocolNumber } from '../ip/names.ts'

const FLAG_BITS: Readonly<Record<string, number>> = {
  FIN: TCP_FLAGS.fin,
  SYN: TCP_FLAGS.syn,
  RST: TCP_FLAGS.rst,
  PSH: TCP_FLAGS.psh,
  ACK: TCP_FLAGS.ack,
  URG: TCP_FLAGS.urg,
  ECE: TCP_FLAGS.ece,
  CWR: TCP_FLAGS.cwr,
}

/**
 * `IN=eth0 OUT= MAC=… SRC=… DST=… LEN=60 … PROTO=TCP SPT=1 DPT=2 … SYN URGP=0`, as nf_log_ip_packet and nf_log_ip6_packet of the kernel
 * and xtables-monitor print it; the packet that an ICMP error quotes stands in brackets. Undefined without both addresses.
 */
export function packetOf(text: string, quoted = false): LoggedPacket | undefined {
  const open = quoted ? -1 : text.indexOf('[SRC=')
  const close = text.lastIndexOf(']')
  const inner = open >= 0 ? packetOf(close > open ? text.slice(open + 1, close) : text.slice(open + 1), true) : undefined
  const outer = open < 0 ? text : text.slice(0, open) + (close > open ? text.slice(close + 1) : '')
  const values = new Map<string, string>()
  let flags: number | undefined
  for (const word of outer.split(/\s+/)) {
    const equals = word.indexOf('=')
    if (equals > 0) {
      // `LEN=` stands twice for UDP: the packet's first, then the datagram's
      const key = word.slice(0, equals)
      if (!values.has(key)) values.set(key, word.slice(equals + 1))
    } else if (Object.hasOwn(FLAG_BITS, word)) flags = (flags ?? 0) | (FLAG_BITS[word] as number)
  }
  return build(values, flags, inner)
}

function build(values: ReadonlyMap<string, string>, flags: number | undefined, inner: LoggedPacket | undefined): LoggedPacket | undefined {
  const src = parseAddress(values.get('SRC') ?? '')
  const dst = parseAddress(values.get('DST') ?? '')
  if (src === undefined || dst === undefined || typeof src !== typeof dst) return undefined
  const number = (...keys: string[]) => numberOf(keys.map((key) => values.get(key)).find((value) => value !== undefined))
  const name = (key: string) => values.get(key) || undefined
  const sport = number('SPT', 'SPORT')
  const icmpType = number('TYPE')
  const protocol = protocolNumber(values.get('PROTO')) ?? guessProtocol(flags, sport, icmpType, familyOf(src) === 'ip6')
  return {
    family: familyOf(src),
    inDevice: name('IN'),
    outDevice: name('OUT'),
    physIn: name('PHYSIN'),
    physOut: name('PHYSOUT'),
    ...macsOf(values),
    src,
    dst,
    protocol,
    sport,
    dport: number('DPT', 'DPORT'),
    flags: protocol === PROTOCOL.tcp ? (flags ?? 0) : undefined,
    icmpType,
    icmpCode: number('CODE'),
    ttl: number('TTL', 'HOPLIMIT'),
    length: number('LEN'),
    ipId: number('ID'),
    tos: tosOf(values),
    mark: number('MARK'),
    uid: number('UID'),
    gid: number('GID'),
    inner,
  }
}

/** xtables-monitor does not print the protocol of TCP, UDP and ICMP; only TCP has flags. */
function guessProtocol(
  flags: number | undefined,
  sport: number | undefined,
  icmpType: number | undefined,
  v6: boolean,
): number | undefined {
  if (flags !== undefined) return PROTOCOL.tcp
  if (sport !== undefined) return PROTOCOL.udp
  return icmpType === undefined ? undefined : v6 ? PROTOCOL.icmpv6 : PROTOCOL.icmp
}

/** `MAC=` is the Ethernet header: destination, source, type. */
function macsOf(values: ReadonlyMap<string, string>): Pick<LoggedPacket, 'sourceMac' | 'destinationMac'> {
  const header = values.get('MAC')?.split(':')
  const whole = header !== undefined && header.length === 14
  return {
    destinationMac: whole ? macOf(header.slice(0, 6)) : macOf(values.get('MACDST')?.split(':')),
    sourceMac: whole ? macOf(header.slice(6, 12)) : macOf(values.get('MACSRC')?.split(':')),
  }
}

/** xtables-monitor prints `4` where others print `04`. */
const macOf = (parts: readonly string[] | undefined): string | undefined =>
  parts?.length === 6 && parts.every((part) => /^[0-9a-fA-F]{1,2}$/.test(part))
    ? parts.map((part) => part.padStart(2, '0').toLowerCase()).join(':')
    : undefined

/** The kernel splits the byte (IPTOS_TOS_MASK 0x1e, IPTOS_PREC_MASK 0xe0); IPv6 has its traffic class in one piece. */
function tosOf(values: ReadonlyMap<string, string>): number | undefined {
  const tos = numberOf(values.get('TOS'))
  if (tos === undefined) return numberOf(values.get('TC'))
  return tos | (numberOf(values.get('PREC')) ?? 0)
}

function numberOf(text: string | undefined): number | undefined {
  return text !== undefined && /^(?:0[xX][0-9a-fA-F]+|\d+)$/.test(text) ? Number(text) : undefined
}
