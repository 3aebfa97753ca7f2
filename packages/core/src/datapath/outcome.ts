import type { Packet } from '../net/packet.ts'
import { type Answered, answer } from './answer.ts'
import type { Ground } from './ground.ts'
import type { End } from './journey.ts'
import type { Start } from './start.ts'
import { stepsOf } from './steps.ts'
import type { Connection, Outcome, Step } from './trace.ts'
import type { Trail } from './trail.ts'

/** A branch's end, and what came back. */
interface Ended {
  readonly end: End
  readonly answered: Answered
}

/** The ends of all branches as a trace tells them. Those that say the same are one; their chances add up. */
export function outcomesOf(ends: readonly End[], start: Start, firstOf: (end: End) => Packet, withReply: boolean): readonly Outcome[] {
  const kept: Ended[] = []
  for (const end of ends) {
    const answered = withReply ? answer(end, start, firstOf(end)) : unanswered(end)
    const at = kept.length ? kept.findIndex((other) => saysTheSame(other, { end, answered })) : -1
    const twin = kept[at]
    if (twin) kept[at] = { ...twin, answered: { ...twin.answered, ground: joined(twin.answered.ground, answered.ground) } }
    else kept.push({ end, answered })
  }
  return kept.map(({ end, answered }) => {
    const worst = answered.reply.find((reply) => reply.verdict !== 'delivered' && reply.verdict !== 'forwarded') ?? answered.reply[0]
    const reply = worst ? told(worst, answered.replied, answered.connection, null, worst.journey.ground) : null
    return told(end, firstOf(end), answered.connection, reply, answered.ground)
  })
}

function unanswered(end: End): Answered {
  const connection = end.verdict === 'dropped' ? 'timeout' : end.verdict === 'rejected' ? 'refused' : 'unknown'
  return { connection, reply: [], replied: undefined, ground: end.journey.ground }
}

function joined(a: Ground, b: Ground): Ground {
  return { ...a, probability: a.probability === null || b.probability === null ? null : a.probability + b.probability }
}

function saysTheSame(a: Ended, b: Ended): boolean {
  const [one, other] = [a.end, b.end]
  if (one.verdict !== other.verdict || one.reason !== other.reason || one.interface !== other.interface) return false
  if (a.answered.connection !== b.answered.connection || one.journey.machine !== other.journey.machine) return false
  if (one.decided && one.journey.trail !== other.journey.trail && !sameRule(one, other)) return false
  const [p, q] = [one.journey.packet, other.journey.packet]
  return p.src === q.src && p.dst === q.dst && p.sport === q.sport && p.dport === q.dport && p.mark === q.mark && p.ttl === q.ttl
}

function sameRule(a: End, b: End): boolean {
  const [one, other] = [a.journey.trail, b.journey.trail]
  return one?.kind === 'rule' && other?.kind === 'rule'
    ? one.rule === other.rule
    : one?.kind === 'policy' && other?.kind === 'policy' && one.base === other.base
}

function told(ended: End, first: Packet | undefined, connection: Connection, reply: Outcome | null, ground: Ground): Outcome {
  return new ToldOutcome(ended, first, connection, reply, ground)
}

/** Its steps are put into words when asked for: whoever only counts verdicts does not pay for the way. */
class ToldOutcome implements Outcome {
  readonly probability: number | null
  readonly verdict: Outcome['verdict']
  readonly reason: Outcome['reason']
  readonly connection: Connection
  readonly at: Outcome['at']
  readonly sent: Packet | undefined
  readonly packet: Packet
  readonly decidedBy: number | null
  readonly missing: Outcome['missing']
  readonly answer: string | undefined
  readonly assumptions: readonly string[]
  readonly reply: Outcome | null
  readonly #trail: Trail | undefined
  #steps: readonly Step[] | undefined

  constructor(ended: End, first: Packet | undefined, connection: Connection, reply: Outcome | null, ground: Ground) {
    const { journey } = ended
    const { namespace } = journey.machine
    this.probability = ground.probability
    this.verdict = ended.verdict
    this.reason = ended.reason
    this.connection = connection
    this.at = { host: namespace.host, netns: namespace.name, interface: ended.interface }
    this.sent = first
    this.packet = journey.packet
    this.decidedBy = ended.decided && journey.trail ? journey.trail.length - 1 : null
    this.missing = ground.missing
    this.answer = ended.answer
    this.assumptions = ground.assumptions
    this.reply = reply
    this.#trail = journey.trail
  }

  get steps(): readonly Step[] {
    this.#steps ??= stepsOf(this.#trail)
    return this.#steps
  }
}

/** The outcome as plain data, its way and its answer's written out: for whoever copies it. */
export function writtenOut(outcome: Outcome): Outcome {
  return { ...outcome, steps: outcome.steps, reply: outcome.reply && writtenOut(outcome.reply) }
}

/** The outcome, resting on one assumption more, and no longer on chance alone. */
export function doubted(outcome: Outcome, assumption: string): Outcome {
  return { ...outcome, steps: outcome.steps, probability: null, assumptions: [...outcome.assumptions, assumption] }
}

/** What tells one outcome from another. */
export function wordOf({ verdict, reason, connection, at, packet, decidedBy, steps }: Outcome): string {
  const decided = decidedBy === null ? undefined : steps[decidedBy]
  const where = [at.host, at.netns, at.interface, decided?.table, decided?.chain, decided?.rule]
  return [verdict, reason, connection, packet.src, packet.dst, packet.sport, packet.dport, packet.mark, packet.ttl, ...where].join(' ')
}
