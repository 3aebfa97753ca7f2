import type { SeenFlow } from '../observation.ts'
import type { Captured } from './captured.ts'
import { type Exchange, isAfter, type OneWay } from './exchange.ts'
import type { Finding } from './finding.ts'
import { flowOf, reversed, reverseOf, type Sight, tupleOf } from './sight.ts'

/** Segments that no link of today is too narrow for are lost for other reasons. */
const LARGE = 600

/** What became of a TCP connection. */
export function judgeTcp(exchange: Exchange, captured: Captured): Finding | undefined {
  const { forward, backward } = exchange
  if (forward.syn === 0 && backward.synAck === 0) return midway(exchange)
  const established = backward.synAck > 0 && forward.ack + forward.fin > 0
  const untranslated = untranslatedReply(exchange)
  if (untranslated) return { sighting: 'untranslated-reply', exchange, packets: exchange.resets.length, ...untranslated }
  if (established) return judgeEstablished(exchange)
  if (backward.reset > 0) return reset(exchange)
  if (backward.synAck > 0) {
    const lost = forward.reset === 0 && (backward.synAck > 1 || forward.syn > 1)
    return lost
      ? { sighting: 'reply-lost', exchange, packets: backward.synAck }
      : { sighting: 'answered', exchange, packets: forward.passes }
  }
  return cutShort(exchange, captured) ? undefined : { sighting: 'syn-unanswered', exchange, packets: forward.syn }
}

function judgeEstablished(exchange: Exchange): Finding {
  const { forward, backward } = exchange
  const large = Math.max(lostLength(forward, backward), lostLength(backward, forward))
  if (large > 0) return { sighting: 'large-lost', exchange, packets: timesAgain(forward) + timesAgain(backward), length: large }
  if (backward.reset > 0 && forward.fin + backward.fin === 0) return reset(exchange)
  return { sighting: 'answered', exchange, packets: forward.passes + backward.passes }
}

function reset(exchange: Exchange): Finding {
  const pass = exchange.resets.find(({ forward }) => !forward)
  return { sighting: 'reset', exchange, packets: exchange.backward.reset, answer: pass, by: pass?.sights[0]?.ip.src }
}

/** Bytes of the largest segment that was sent again and again and never acknowledged; 0: none. */
function lostLength(way: OneWay, other: OneWay): number {
  let largest = 0
  for (const [seq, { times, length }] of way.again) {
    const arrived = other.acknowledged !== undefined && isAfter(other.acknowledged, seq)
    if (times > 1 && length >= LARGE && !arrived) largest = Math.max(largest, length)
  }
  return largest
}

const timesAgain = (way: OneWay): number => [...way.again.values()].reduce((sum, { times }) => sum + times, 0)

/**
 * The asker resets something that came from another address than it asked: of its reset, the addresses are not those that it opened the
 * connection with; or the answer's last sighting is not the reverse of the question's first.
 */
function untranslatedReply({ kept, resets }: Exchange): Pick<Finding, 'answer' | 'by'> | undefined {
  const opened = kept.find(({ forward }) => forward)?.sights[0]
  const rst = resets.find(({ forward }) => forward)?.sights[0]
  if (!opened || !rst) return undefined
  if (tupleOf(rst.ip) !== tupleOf(opened.ip)) return { by: rst.ip.dst, answer: kept.find((pass) => !pass.forward) }
  const answer = kept.find((pass) => !pass.forward)
  const last = answer?.sights.at(-1)
  return last && reverseOf(last.ip) !== tupleOf(opened.ip) && answer ? { by: last.ip.src, answer } : undefined
}

/** The capture began later than the connection. */
function midway(exchange: Exchange): Finding | undefined {
  const { forward, backward } = exchange
  const data = forward.passes - forward.reset
  if (backward.passes === 0 && data >= 3) return { sighting: 'one-way', exchange, packets: forward.passes }
  return undefined
}

/** A capture that stopped right behind the SYN tells nothing. */
const cutShort = ({ forward, last }: Exchange, captured: Captured): boolean =>
  forward.syn === 1 && captured.packets > 20 && last !== undefined && captured.last !== undefined && captured.last - last < 1

/** The question's way round, even where only answers were captured. */
export function askedFlow(exchange: Exchange): SeenFlow | undefined {
  const opened = openingOf(exchange)
  if (opened) return flowOf(opened.ip)
  const answer = exchange.kept[0]?.sights.at(-1)
  return answer && reversed(flowOf(answer.ip))
}

export const openingOf = ({ kept }: Exchange): Sight | undefined => kept.find(({ forward }) => forward)?.sights[0]
