import type { ConntrackEntry, ConntrackTuple } from '../../facts/network.ts'
import type { Source } from '../../facts/source.ts'
import { type Address, parseAddress } from '../../net/address.ts'
import { protocolNumber } from '../ip/names.ts'

/** What a line said beside the entry itself. */
export interface ConntrackLine {
  readonly entry: ConntrackEntry
  /** `[NEW]`, `[UPDATE]`, `[DESTROY]` of `conntrack -E` */
  readonly event: string | undefined
  /** the kernel's id of the entry, with `-o id` */
  readonly id: string | undefined
}

const EVENTS: ReadonlySet<string> = new Set(['NEW', 'UPDATE', 'DESTROY'])

interface Draft {
  src: Address | undefined
  dst: Address | undefined
  sport: number
  dport: number
  type: number | undefined
  code: number | undefined
  /** icmp id: one in each tuple, before the entry's own */
  identified: boolean
}

interface Values {
  tuples: Draft[]
  flags: string[]
  mark: number
  zone: number
  id: string | undefined
}

/**
 * A line of `conntrack -L` (any `-o`), `conntrack -E` or /proc/net/nf_conntrack: protocol, timeout and state as words, then `key=value`
 * in the order original tuple, reply tuple, the rest (ct_seq_show, __snprintf_conntrack of libnetfilter_conntrack). Undefined: not one.
 */
export function conntrackLine(text: string, source: Source): ConntrackLine | undefined {
  const values: Values = { tuples: [], flags: [], mark: 0, zone: 0, id: undefined }
  const head: string[] = []
  let event: string | undefined
  const end = text.length
  for (let at = 0; at < end; ) {
    const code = text.charCodeAt(at)
    if (code <= 32) {
      at++
      continue
    }
    let stop = at + 1
    let equals = 0
    for (let next = text.charCodeAt(stop); stop < end && next > 32; next = text.charCodeAt(++stop))
      if (next === 61 && equals === 0) equals = stop
    if (code === 91) {
      // `[1795235370.812035]` is a time stamp, `   [NEW]` an event
      const word = text.slice(at + 1, text.charCodeAt(stop - 1) === 93 ? stop - 1 : stop)
      if (EVENTS.has(word)) event = word
      else if (/^[A-Z]/.test(word)) values.flags.push(word)
    } else if (equals > 0) take(text.slice(at, equals), text.slice(equals + 1, stop), values)
    else if (values.tuples.length === 0) head.push(text.slice(at, stop))
    at = stop
  }
  const entry = entryOf(head, values, source)
  return entry && { entry, event, id: values.id }
}

function take(key: string, value: string, values: Values): void {
  const { tuples } = values
  const last = tuples.at(-1)
  switch (key) {
    case 'src':
      tuples.push({ src: parseAddress(value), dst: undefined, sport: 0, dport: 0, type: undefined, code: undefined, identified: false })
      return
    case 'dst':
      if (last) last.dst = parseAddress(value)
      return
    case 'sport':
    case 'srckey':
      if (last) last.sport = Number(value) || 0
      return
    case 'dport':
    case 'dstkey':
      if (last) last.dport = Number(value) || 0
      return
    case 'type':
      if (last) last.type = Number(value)
      return
    case 'code':
      if (last) last.code = Number(value)
      return
    case 'id':
      if (last?.type !== undefined && !last.identified) {
        last.sport = Number(value) || 0
        last.identified = true
      } else values.id = value
      return
    case 'mark':
      values.mark = Number(value) || 0
      return
    case 'zone':
    case 'zone-orig':
      values.zone = Number(value) || 0
      return
    default:
    // packets, bytes, use, secctx, labels, helper, delta-time, zone-reply: nothing of the flow's way
  }
}

function entryOf(head: readonly string[], values: Values, source: Source): ConntrackEntry | undefined {
  const [original, reply] = values.tuples
  // /proc/net/nf_conntrack and `-o extended` begin with the family's name and number.
  const start = head[0] === 'ipv4' || head[0] === 'ipv6' ? 2 : 0
  const protocol = protocolOf(head[start], head[start + 1])
  if (protocol === undefined || original === undefined || reply === undefined) return undefined
  const first = tuple(original, protocol)
  const second = tuple(reply, protocol)
  if (first === undefined || second === undefined) return undefined
  const timeout = head[start + 2]
  const timed = timeout !== undefined && /^\d+$/.test(timeout)
  const state = head[timed ? start + 3 : start + 2]
  return {
    protocol,
    state,
    timeout: timed ? Number(timeout) : undefined,
    original: first,
    reply: second,
    flags: values.flags,
    mark: values.mark,
    zone: values.zone,
    source,
  }
}

/** Name and number; `unknown 2` is IGMP, whose name conntrack does not know. */
function protocolOf(name: string | undefined, number: string | undefined): number | undefined {
  if (number !== undefined && /^\d{1,3}$/.test(number)) return Number(number)
  return protocolNumber(name)
}

function tuple(draft: Draft, protocol: number): ConntrackTuple | undefined {
  const { src, dst, sport, dport, type, code } = draft
  if (src === undefined || dst === undefined || typeof src !== typeof dst) return undefined
  if (type === undefined) return { src, dst, protocol, sport, dport }
  return { src, dst, protocol, sport, dport, icmpType: type, icmpCode: code ?? 0 }
}
