import type { CapturedContent, CapturedIp } from '../../facts/captured-packet.ts'
import { type Family, familyOf } from '../../net/address.ts'
import { PROTOCOL } from '../../net/packet.ts'
import { type TextEnd, textEnd } from './ends.ts'
import { icmpText, icmpv6Text } from './icmp-text.ts'
import { tcpText } from './tcp-text.ts'
import { tunnelText } from './tunnel-text.ts'

/** What `-v` prints in brackets before the addresses. */
interface IpDetails {
  readonly ttl?: number | undefined
  readonly id?: number | undefined
  readonly protocol?: number | undefined
  readonly length?: number | undefined
  readonly fragment?: CapturedIp['fragment']
  readonly dontFragment?: boolean | undefined
  readonly badHeader?: boolean | undefined
}

const ADDRESSES = /^\s*(\S{1,255}) > (\S{1,255}?):(?: |$)/
/** A fragment, or a packet that is cut: addresses alone. */
const BARE = /^\s*(\S{1,255}) > (\S{1,255}?):?\s*$/

/** `(tos 0x0, ttl 64, …) a.1 > b.2: Flags [S], …`, from behind `IP`. `depth` counts packets inside of packets. */
export function ipText(text: string, family: Family, depth = 0): CapturedIp | undefined {
  const details = detailsOf(text)
  const from = text.slice(details.end)
  const found = ADDRESSES.exec(from) ?? BARE.exec(from)
  if (!found) return undefined
  const src = textEnd(found[1] as string)
  const dst = textEnd(found[2] as string)
  const rest = from.slice(found[0].length)
  const own = src.address ?? dst.address
  const base = baseOf(own === undefined ? family : familyOf(own), src, dst, details.values)
  return depth > 3 ? base : { ...base, ...insideOf(rest, base, details.values, depth) }
}

function baseOf(family: Family, src: TextEnd, dst: TextEnd, details: IpDetails): CapturedIp {
  return {
    family,
    src: src.address,
    srcName: src.name,
    dst: dst.address,
    dstName: dst.name,
    protocol: details.protocol,
    ttl: details.ttl,
    id: details.id,
    length: details.length,
    dontFragment: details.dontFragment ?? family === 'ip6',
    fragment: details.fragment,
    sport: src.port,
    dport: dst.port,
    payload: undefined,
    ipChecksum: details.badHeader ? 'bad' : 'unknown',
    checksum: 'unknown',
    digest: 0,
  }
}

/** `-v` judges ICMPv6's checksum in front of it. */
const JUDGED = /^\[(?:icmp6 sum ok|bad icmp6 cksum [^\]]{0,40})\] /
/** IPv6 extension headers, the ports behind them. */
const EXTENDED = /^(?:HBH|DSTOPT|srcrt|frag)\b.{0,80}?(\d{1,5}) > (\d{1,5}): /

function insideOf(shown: string, base: CapturedIp, details: IpDetails, depth: number): Partial<CapturedIp> {
  const extended = EXTENDED.exec(shown)
  if (extended) {
    const ports = { sport: Number(extended[1]), dport: Number(extended[2]) }
    const behind = { ...details, protocol: undefined }
    return { ...ports, ...insideOf(shown.slice(extended[0].length), { ...base, ...ports, protocol: undefined }, behind, depth) }
  }
  const rest = shown.replace(JUDGED, '')
  if (rest.startsWith('Flags [')) return tcpText(rest, base)
  if (rest.startsWith('ICMP6, ')) return icmpv6Text(rest.slice(7), base, quotedAt(rest, base.family, depth))
  if (rest.startsWith('ICMP ')) return icmpText(rest.slice(5), base, quotedAt(rest, base.family, depth))
  const inner = tunnelText(rest)
  if (inner) {
    const frame: CapturedContent = { ip: ipText(inner.text, inner.family, depth + 1) }
    return { protocol: details.protocol ?? inner.protocol, ...(frame.ip && { tunnel: { kind: inner.kind, id: inner.id, frame } }) }
  }
  if (/^tcp \d/.test(rest)) return { protocol: PROTOCOL.tcp }
  const udp = /^UDP|udp (?:sum|cksum)/.test(rest) || (details.protocol === undefined && (base.sport > 0 || base.dport > 0))
  const length = /\blength:? (\d+)/.exec(rest)?.[1]
  const sum = /^\[bad udp cksum/.test(rest)
    ? 'bad'
    : rest.startsWith('[udp sum ok]')
      ? 'good'
      : rest.startsWith('[no cksum]')
        ? 'absent'
        : 'unknown'
  return {
    protocol: details.protocol ?? (udp ? PROTOCOL.udp : wordProtocol(rest)),
    payload: length === undefined ? undefined : Number(length),
    checksum: sum === 'bad' ? 'unknown' : sum,
  }
}

/** A packet that is quoted stands on a line of its own that begins with a tab; with -e it does not say IP. */
function quotedAt(rest: string, family: Family, depth: number): CapturedIp | undefined {
  const at = /\((?:tos|flowlabel|class|hlim) /.exec(rest)
  return at ? ipText(rest.slice(at.index), family, depth + 1) : undefined
}

const wordProtocol = (rest: string): number | undefined =>
  /^(?:igmp|IGMP)/.test(rest)
    ? PROTOCOL.igmp
    : /^ESP\b/.test(rest)
      ? PROTOCOL.esp
      : /^AH\b/.test(rest)
        ? PROTOCOL.ah
        : /^sctp/i.test(rest)
          ? PROTOCOL.sctp
          : undefined

function detailsOf(text: string): { readonly values: IpDetails; readonly end: number } {
  const from = text.length - text.trimStart().length
  if (text[from] !== '(') return { values: {}, end: 0 }
  const end = closing(text, from)
  const inside = text.slice(from, end)
  const number = (pattern: RegExp): number | undefined => {
    const found = pattern.exec(inside)?.[1]
    return found === undefined ? undefined : Number(found)
  }
  const offset = number(/\boffset (\d+)/) ?? 0
  const flags = /\bflags \[([^\]]{0,20})\]/.exec(inside)?.[1] ?? ''
  const more = flags.includes('+')
  const payload = number(/payload length: (\d+)/)
  return {
    end,
    values: {
      ttl: number(/\bttl (\d+)/) ?? number(/\bhlim (\d+)/),
      id: number(/\bid (\d+)/),
      protocol: number(/\b(?:proto|next-header) [\w -]{1,20} ?\((\d+)\)/),
      length: payload === undefined ? number(/\blength (\d+)/) : payload + 40,
      fragment: offset > 0 || more ? { offset, more } : undefined,
      dontFragment: flags.includes('DF') || undefined,
      badHeader: /bad cksum/.test(inside),
    },
  }
}

/** Behind the bracket that closes the one at `from`. */
function closing(text: string, from: number): number {
  let depth = 0
  for (let at = from; at < text.length; at++) {
    if (text[at] === '(') depth++
    else if (text[at] === ')' && --depth === 0) return at + 1
  }
  return text.length
}
