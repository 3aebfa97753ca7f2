import type { LoggedPacket } from '../../facts/packet-log.ts'
import { familyOf, parseAddress } from '../../net/address.ts'
import { PROTOCOL, TCP_FLAGS } from '../../net/packet.ts'
import { protocolNumber } from '../ip/names.ts'

// Names that nft prints for types (icmp_type_tbl and icmp6_type_tbl of its sources; RFC 792, RFC 4443).
// biome-ignore format: a table
const ICMP_TYPES: Readonly<Record<string, number>> = {
  'echo-reply': 0, 'destination-unreachable': 3, 'source-quench': 4, redirect: 5, 'echo-request': 8, 'router-advertisement': 9, 'router-solicitation': 10,
  'time-exceeded': 11, 'parameter-problem': 12, 'timestamp-request': 13, 'timestamp-reply': 14, 'info-request': 15, 'info-reply': 16, 'address-mask-request': 17, 'address-mask-reply': 18,
}
// biome-ignore format: a table
const ICMP6_TYPES: Readonly<Record<string, number>> = {
  'destination-unreachable': 1, 'packet-too-big': 2, 'time-exceeded': 3, 'parameter-problem': 4, 'echo-request': 128, 'echo-reply': 129, 'mld-listener-query': 130, 'mld-listener-report': 131,
  'mld-listener-done': 132, 'nd-router-solicit': 133, 'nd-router-advert': 134, 'nd-neighbor-solicit': 135, 'nd-neighbor-advert': 136, 'nd-redirect': 137, 'mld2-listener-report': 143,
}
// biome-ignore format: a table
const ICMP_CODES: Readonly<Record<string, number>> = {
  'net-unreachable': 0, 'host-unreachable': 1, 'prot-unreachable': 2, 'port-unreachable': 3, 'frag-needed': 4, 'net-prohibited': 9, 'host-prohibited': 10, 'admin-prohibited': 13,
}
// biome-ignore format: a table
const ICMP6_CODES: Readonly<Record<string, number>> = { 'no-route': 0, 'admin-prohibited': 1, 'addr-unreachable': 3, 'port-unreachable': 4, 'policy-fail': 5, 'reject-route': 6 }

/** `iif "eth0" oif "docker0" ether saddr … ip saddr … tcp flags == syn`; undefined for what is no IP packet. */
export function packetOfWords(text: string): LoggedPacket | undefined {
  const value = (key: string) =>
    new RegExp(`(?:^|\\s)${key} (?:== )?("[^"]*"|\\([^)]*\\)|[^\\s]+(?:\\s*\\|\\s*[^\\s]+)*)`).exec(text)?.[1]?.replaceAll('"', '')
  const src = parseAddress(value('ip6? saddr') ?? '')
  const dst = parseAddress(value('ip6? daddr') ?? '')
  if (src === undefined || dst === undefined || typeof src !== typeof dst) return undefined
  const number = (key: string) => numberOf(value(key))
  const v6 = familyOf(src) === 'ip6'
  const protocol = protocolOf(text, protocolNumber(value('(?:ip protocol|ip6 nexthdr|meta l4proto)')))
  const icmp = v6 ? 'icmpv6' : 'icmp'
  return {
    family: familyOf(src),
    inDevice: value('iif(?:name)?'),
    outDevice: value('oif(?:name)?'),
    physIn: undefined,
    physOut: undefined,
    sourceMac: value('ether saddr'),
    destinationMac: value('ether daddr'),
    src,
    dst,
    protocol,
    sport: number('(?:tcp|udp|sctp|dccp|udplite|th) sport'),
    dport: number('(?:tcp|udp|sctp|dccp|udplite|th) dport'),
    flags: protocol === PROTOCOL.tcp ? flagsOf(value('tcp flags')) : undefined,
    icmpType: named(value(`${icmp} type`), v6 ? ICMP6_TYPES : ICMP_TYPES),
    icmpCode: named(value(`${icmp} code`), v6 ? ICMP6_CODES : ICMP_CODES),
    ttl: number('ip ttl') ?? number('ip6 hoplimit'),
    length: number('ip length') ?? plus40(number('ip6 length')),
    ipId: number('ip id'),
    tos: undefined,
    mark: number('(?:meta )?mark'),
    uid: undefined,
    gid: undefined,
    inner: undefined,
  }
}

/** nft prints no `ip protocol` where the transport header follows. */
function protocolOf(text: string, shown: number | undefined): number | undefined {
  const header = /(?:^|\s)(tcp|udp|sctp|dccp|udplite|icmpv6|icmp) (?:sport|type|flags) /.exec(text)?.[1]
  return protocolNumber(header) ?? shown
}

/** `syn`, `(syn | ack)`, `syn | ack`, `0x12` */
function flagsOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (/^0x[0-9a-f]+$/.test(text)) return Number(text)
  const names = text.match(/[a-z]+/g) ?? []
  return names.reduce((bits, name) => bits | (Object.hasOwn(TCP_FLAGS, name) ? TCP_FLAGS[name as keyof typeof TCP_FLAGS] : 0), 0)
}

const named = (text: string | undefined, names: Readonly<Record<string, number>>): number | undefined =>
  text !== undefined && Object.hasOwn(names, text) ? names[text] : numberOf(text)

/** The IPv6 header does not count itself. */
const plus40 = (length: number | undefined): number | undefined => (length === undefined ? undefined : length + 40)

const numberOf = (text: string | undefined): number | undefined =>
  text !== undefined && /^(?:0x[0-9a-fA-F]+|\d+)$/.test(text) ? Number(text) : undefined
