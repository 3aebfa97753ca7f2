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

/** A tuple while it is read: addresses that are missing or wrong show in the end. */
interface Draft {
  src: Address | undefined
  dst: Address | undefined
  protocol: number
  sport: number
  dport: number
  icmpType?: number
  icmpCode?: number
}

interface Values {
  readonly head: string[]
  original: Draft | undefined
  reply: Draft | undefined
  /** icmp ids: one in each tuple, before the entry's own */
  identified: number
  flags: readonly string[]
  mark: number
  zone: number
  replyZone: number | undefined
  id: string | undefined
}

const NO_FLAGS: readonly string[] = []
const SINGLE_FLAGS: ReadonlyMap<string, readonly string[]> = new Map(
  ['ASSURED', 'UNREPLIED', 'OFFLOAD', 'HW_OFFLOAD'].map((name) => [name, [name]]),
)

/**
 * A line of `conntrack -L` (any `-o`), `conntrack -E` or /proc/net/nf_conntrack: protocol, timeout and state as words, then `key=value`
 * in the order original tuple, reply tuple, the rest (ct_seq_show, __snprintf_conntrack of libnetfilter_conntrack). Undefined: not one.
 */
export function conntrackLine(text: string, source: Source): ConntrackLine | undefined {
  const values: Values = {
    head: [],
    original: undefined,
    reply: undefined,
    identified: 0,
    flags: NO_FLAGS,
    mark: 0,
    zone: 0,
    replyZone: undefined,
    id: undefined,
  }
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
      else if (/^[A-Z]/.test(word)) values.flags = values.flags.length === 0 ? (SINGLE_FLAGS.get(word) ?? [word]) : [...values.flags, word]
    } else if (equals > 0) take(text.slice(at, equals), text.slice(equals + 1, stop), values)
    else if (values.original === undefined) values.head.push(text.slice(at, stop))
    at = stop
  }
  const entry = entryOf(values, source)
  return entry && { entry, event, id: values.id }
}

function take(key: string, value: string, values: Values): void {
  const last = values.reply ?? values.original
  switch (key) {
    case 'src': {
      const draft: Draft = {
        src: parseAddress(value),
        dst: undefined,
        protocol: last?.protocol ?? protocolOf(values.head),
        sport: 0,
        dport: 0,
      }
      if (last === undefined) values.original = draft
      else values.reply = draft
      return
    }
    case 'mark':
      values.mark = Number(value) || 0
      return
    case 'zone':
      values.zone = Number(value) || 0
      return
    case 'zone-orig':
      values.zone = Number(value) || 0
      values.replyZone ??= 0
      return
    case 'zone-reply':
      values.replyZone = Number(value) || 0
      return
    default:
      if (last) takeInTuple(key, value, last, values)
  }
}

function takeInTuple(key: string, value: string, tuple: Draft, values: Values): void {
  switch (key) {
    case 'dst':
      tuple.dst = parseAddress(value)
      return
    case 'sport':
    case 'srckey':
      tuple.sport = Number(value) || 0
      return
    case 'dport':
    case 'dstkey':
      tuple.dport = Number(value) || 0
      return
    case 'type':
      tuple.icmpType = Number(value) || 0
      tuple.icmpCode ??= 0
      return
    case 'code':
      tuple.icmpCode = Number(value) || 0
      return
    case 'id':
      if (tuple.icmpType !== undefined && values.identified < (values.reply ? 2 : 1)) {
        tuple.sport = Number(value) || 0
        values.identified = values.reply ? 2 : 1
      } else values.id = value
      return
    default:
    // packets, bytes, use, secctx, labels, helper, delta-time: nothing of the flow's way
  }
}

function entryOf({ head, original, reply, flags, mark, zone, replyZone }: Values, source: Source): ConntrackEntry | undefined {
  if (original === undefined || reply === undefined || original.protocol < 0 || !isWhole(original) || !isWhole(reply)) return undefined
  const start = startOf(head)
  const timeout = head[start + 2]
  const timed = timeout !== undefined && /^\d+$/.test(timeout)
  const state = head[timed ? start + 3 : start + 2]
  return {
    protocol: original.protocol,
    state,
    timeout: timed ? Number(timeout) : undefined,
    original,
    reply,
    flags,
    mark,
    zone,
    ...(replyZone === undefined ? {} : { replyZone }),
    source,
  }
}

const isWhole = (draft: Draft): draft is Draft & ConntrackTuple => draft.src !== undefined && typeof draft.src === typeof draft.dst

/** /proc/net/nf_conntrack and `-o extended` begin with the family's name and number. */
const startOf = (head: readonly string[]): number => (head[0] === 'ipv4' || head[0] === 'ipv6' ? 2 : 0)

/** Name and number (`unknown 2` is IGMP, whose name conntrack does not know); -1 where there is neither. */
function protocolOf(head: readonly string[]): number {
  const start = startOf(head)
  const number = head[start + 1]
  return (number !== undefined && /^\d{1,3}$/.test(number) ? Number(number) : protocolNumber(head[start])) ?? -1
}
