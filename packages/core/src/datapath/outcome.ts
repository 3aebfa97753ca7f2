import type { Packet } from '../net/packet.ts'
import { answer } from './answer.ts'
import type { End } from './journey.ts'
import type { Start } from './start.ts'
import { stepsOf } from './steps.ts'
import type { Connection, Outcome } from './trace.ts'

/** A branch's end as a trace tells it, with the answer's way back. */
export function outcomeOf(ended: End, start: Start, first: Packet, withReply: boolean): Outcome {
  if (!withReply) return told(ended, first, refusedOrUnknown(ended), null, ended.journey.ground)
  const answered = answer(ended, start, first)
  const worst = answered.reply.find((end) => end.verdict !== 'delivered' && end.verdict !== 'forwarded') ?? answered.reply[0]
  const reply = worst ? told(worst, answered.replied, answered.connection, null, worst.journey.ground) : null
  return told(ended, first, answered.connection, reply, answered.ground)
}

const refusedOrUnknown = (ended: End): Connection =>
  ended.verdict === 'dropped' ? 'timeout' : ended.verdict === 'rejected' ? 'refused' : 'unknown'

function told(
  ended: End,
  first: Packet | undefined,
  connection: Connection,
  reply: Outcome | null,
  ground: End['journey']['ground'],
): Outcome {
  const { journey, verdict, reason, answer: sent } = ended
  const { namespace } = journey.machine
  const steps = stepsOf(journey.trail)
  return {
    probability: ground.probability,
    verdict,
    reason,
    connection,
    at: { host: namespace.host, netns: namespace.name, interface: ended.interface },
    ...(first ? { sent: first } : {}),
    packet: journey.packet,
    steps,
    decidedBy: ended.decided && steps.length ? steps.length - 1 : null,
    missing: ground.missing,
    ...(sent === undefined ? {} : { answer: sent }),
    assumptions: ground.assumptions,
    reply,
  }
}

/** Outcomes that say the same are one; their chances add up. */
export function distinct(outcomes: readonly Outcome[]): readonly Outcome[] {
  if (outcomes.length < 2) return outcomes
  const byWord = new Map<string, Outcome>()
  for (const outcome of outcomes) {
    const key = wordOf(outcome)
    const known = byWord.get(key)
    byWord.set(
      key,
      known
        ? {
            ...known,
            probability: known.probability === null || outcome.probability === null ? null : known.probability + outcome.probability,
          }
        : outcome,
    )
  }
  return [...byWord.values()]
}

export function wordOf({ verdict, reason, connection, at, packet, decidedBy, steps }: Outcome): string {
  const decided = decidedBy === null ? undefined : steps[decidedBy]
  return [
    verdict,
    reason,
    connection,
    at.host,
    at.netns,
    at.interface,
    packet.src,
    packet.dst,
    packet.sport,
    packet.dport,
    packet.mark,
    packet.ttl,
    decided?.table,
    decided?.chain,
    decided?.rule,
  ].join(' ')
}
