import type { CapturedIcmp, CapturedIp } from '../../facts/captured-packet.ts'
import { PROTOCOL } from '../../net/packet.ts'
import { parsePort } from '../../net/protocol.ts'
import { protocolNumber } from '../ip/names.ts'
import { textEnd } from './ends.ts'

type Words = readonly [pattern: RegExp, type: number, code: number]

/** As icmp_print of tcpdump words them. The first group, where there is one, is the address that the quoted packet went to. */
const ERRORS: readonly Words[] = [
  [/^(\S+) (\w+) port (\S+) unreachable/, 3, 3],
  [/^(\S+) protocol (\d+) unreachable/, 3, 2],
  [/^(\S+) unreachable - need to frag/, 3, 4],
  [/^(\S+) unreachable - source route failed/, 3, 5],
  [/^net (\S+) unreachable - (?:unknown)/, 3, 6],
  [/^host (\S+) unreachable - (?:unknown)/, 3, 7],
  [/^net (\S+) unreachable - admin prohibited/, 3, 9],
  [/^host (\S+) unreachable - admin prohibited filter/, 3, 13],
  [/^host (\S+) unreachable - admin prohibited/, 3, 10],
  [/^net (\S+) unreachable/, 3, 0],
  [/^host (\S+) unreachable/, 3, 1],
  [/^time exceeded in-transit/, 11, 0],
  [/^ip reassembly time exceeded/, 11, 1],
  [/^redirect (\S+) to net/, 5, 0],
  [/^redirect (\S+) to host/, 5, 1],
  [/^parameter problem/, 12, 0],
]

const ERRORS6: readonly Words[] = [
  [/^destination unreachable, unreachable route (\S+)/, 1, 0],
  [/^destination unreachable, unreachable prohibited (\S+)/, 1, 1],
  [/^destination unreachable, beyond scope (\S+),/, 1, 2],
  [/^destination unreachable, unreachable address (\S+)/, 1, 3],
  [/^destination unreachable, unreachable port, (\S+) (\w+) port (\S+)/, 1, 4],
  [/^packet too big/, 2, 0],
  [/^time exceeded in-transit/, 3, 0],
  [/^time exceeded/, 3, 1],
]

export function icmpText(rest: string, base: CapturedIp, quoted: CapturedIp | undefined): Partial<CapturedIp> {
  return messageOf(rest, base, quoted, PROTOCOL.icmp, ERRORS, { request: 8, reply: 0 })
}

export function icmpv6Text(rest: string, base: CapturedIp, quoted: CapturedIp | undefined): Partial<CapturedIp> {
  return messageOf(rest, base, quoted, PROTOCOL.icmpv6, ERRORS6, { request: 128, reply: 129 })
}

function messageOf(
  rest: string,
  base: CapturedIp,
  quoted: CapturedIp | undefined,
  protocol: number,
  errors: readonly Words[],
  echoTypes: { readonly request: number; readonly reply: number },
): Partial<CapturedIp> {
  const length = /, length (\d+)/.exec(rest)?.[1]
  const payload = length === undefined ? undefined : Math.max(0, Number(length) - 8)
  const echo = /^echo (request|reply), id (\d+), seq (\d+)/.exec(rest)
  if (echo) {
    const type = echo[1] === 'request' ? echoTypes.request : echoTypes.reply
    return { protocol, payload, sport: Number(echo[2]), icmp: { ...NOTHING, type, sequence: Number(echo[3]) } }
  }
  for (const [pattern, type, code] of errors) {
    const found = pattern.exec(rest)
    if (!found) continue
    const mtu = /\bmtu (\d+)/.exec(rest)?.[1]
    const told = quoted ?? toldBy(found, base)
    return { protocol, payload, icmp: { ...NOTHING, type, code, mtu: mtu === undefined ? undefined : Number(mtu), quoted: told } }
  }
  const neighbour = /^neighbor (solicitation|advertisement)/.exec(rest)
  if (neighbour) return { protocol, payload, icmp: { ...NOTHING, type: neighbour[1] === 'solicitation' ? 135 : 136 } }
  return { protocol, payload }
}

const NOTHING: CapturedIcmp = { type: 0, code: 0, sequence: undefined, mtu: undefined, quoted: undefined }

/** Without -v the error's own words tell whom the quoted packet was for; who sent it got the error. */
function toldBy(found: RegExpExecArray, base: CapturedIp): CapturedIp | undefined {
  const to = found[1] === undefined ? undefined : textEnd(found[1].replace(/,$/, ''))
  if (!to) return undefined
  const named = found[2] === undefined ? undefined : (protocolNumber(found[2]) ?? undefined)
  const port = found[3] === undefined ? undefined : parsePort(found[3].replace(/,$/, ''))
  return {
    ...base,
    src: base.dst,
    srcName: base.dstName,
    dst: to.address,
    dstName: to.name,
    protocol: named,
    ttl: undefined,
    id: undefined,
    length: undefined,
    sport: 0,
    dport: port ?? 0,
  }
}
