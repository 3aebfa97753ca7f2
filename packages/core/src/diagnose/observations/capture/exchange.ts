import { TCP_FLAGS } from '../../../net/packet.ts'
import type { Sight } from './sight.ts'

/** One packet's way through the capturing host: where it was seen, in order. */
export interface Pass {
  readonly key: string
  exchange: Exchange
  /** The way round of the exchange's first request. */
  forward: boolean
  readonly sights: Sight[]
}

/** What went one way. Packets, not sightings: one that was seen on three devices counts once. */
export interface OneWay {
  passes: number
  syn: number
  synAck: number
  ack: number
  fin: number
  reset: number
  /** Highest sequence number behind data, and highest acknowledgment, as they wrap. */
  sent: number | undefined
  acknowledged: number | undefined
  /** By sequence number: segments that were sent again. */
  readonly again: Map<number, { times: number; length: number }>
  largest: number
}

/** All packets of one conversation, before and behind every translation that was seen. */
export interface Exchange {
  readonly id: number
  into: Exchange | undefined
  readonly protocol: number | undefined
  forward: OneWay
  backward: OneWay
  /** The first passes of it. */
  readonly kept: Pass[]
  /** Resets, which matter whenever they come. */
  readonly resets: Pass[]
  first: number | undefined
  last: number | undefined
}

const KEPT = 8
/** Of a capture with very many conversations, the later ones leave less. */
const MANY = 4000
const KEPT_OF_MANY = 3
const RESETS = 4
const AGAIN = 64

const oneWay = (): OneWay => ({
  passes: 0,
  syn: 0,
  synAck: 0,
  ack: 0,
  fin: 0,
  reset: 0,
  sent: undefined,
  acknowledged: undefined,
  again: new Map(),
  largest: 0,
})

export const newExchange = (id: number, protocol: number | undefined): Exchange => ({
  id,
  into: undefined,
  protocol,
  forward: oneWay(),
  backward: oneWay(),
  kept: [],
  resets: [],
  first: undefined,
  last: undefined,
})

export function rootOf(exchange: Exchange): Exchange {
  let root = exchange
  while (root.into) root = root.into
  return root
}

/** Sequence numbers wrap: is `a` behind `b`? */
export const isAfter = (a: number, b: number): boolean => ((a - b) | 0) > 0

/** Counts a packet when it is first seen. */
export function account(exchange: Exchange, pass: Pass, sight: Sight): void {
  const way = pass.forward ? exchange.forward : exchange.backward
  const { tcp, payload = 0 } = sight.ip
  // plain text tells the segment only
  const length = sight.ip.length ?? payload + 40
  way.passes++
  way.largest = Math.max(way.largest, length)
  exchange.first ??= sight.time
  exchange.last = sight.time ?? exchange.last
  const reset = tcp !== undefined && (tcp.flags & TCP_FLAGS.rst) !== 0
  if (reset && exchange.resets.length < RESETS) exchange.resets.push(pass)
  else if (exchange.kept.length < (exchange.id < MANY ? KEPT : KEPT_OF_MANY)) exchange.kept.push(pass)
  if (!tcp) return
  const syn = (tcp.flags & TCP_FLAGS.syn) !== 0
  const ack = (tcp.flags & TCP_FLAGS.ack) !== 0
  if (reset) way.reset++
  else if (syn && ack) way.synAck++
  else if (syn) way.syn++
  else if (ack) way.ack++
  if ((tcp.flags & TCP_FLAGS.fin) !== 0) way.fin++
  // a text counts from the connection's beginning in all packets but those with SYN
  if (ack && !reset && !syn && tcp.ack !== undefined && (way.acknowledged === undefined || isAfter(tcp.ack, way.acknowledged)))
    way.acknowledged = tcp.ack
  if (tcp.seq === undefined || payload === 0 || syn || reset) return
  const end = (tcp.seq + payload) >>> 0
  if (way.sent === undefined || isAfter(end, way.sent)) way.sent = end
  else {
    const known = way.again.get(tcp.seq)
    if (known) known.times++
    else if (way.again.size < AGAIN) way.again.set(tcp.seq, { times: 1, length })
  }
}

/** Two tuples turned out to be one conversation: `other` becomes part of `exchange`; `flip` where they ran the other way round. */
export function merge(exchange: Exchange, other: Exchange, flip: boolean): void {
  other.into = exchange
  add(exchange.forward, flip ? other.backward : other.forward)
  add(exchange.backward, flip ? other.forward : other.backward)
  for (const pass of other.kept) {
    if (flip) pass.forward = !pass.forward
    if (exchange.kept.length < KEPT * 2) exchange.kept.push(pass)
  }
  for (const pass of other.resets) {
    if (flip) pass.forward = !pass.forward
    if (exchange.resets.length < RESETS * 2) exchange.resets.push(pass)
  }
  exchange.kept.sort((a, b) => (a.sights[0]?.number ?? 0) - (b.sights[0]?.number ?? 0))
}

function add(into: OneWay, other: OneWay): void {
  for (const key of ['passes', 'syn', 'synAck', 'ack', 'fin', 'reset'] as const) into[key] += other[key]
  into.sent ??= other.sent
  into.acknowledged ??= other.acknowledged
  into.largest = Math.max(into.largest, other.largest)
  for (const [seq, again] of other.again) if (!into.again.has(seq)) into.again.set(seq, again)
}
