import type { Outcome, TraceResult } from '../../datapath/trace.ts'

/** What a trace means to the person who asked: it works, something is wrong, or the evidence does not tell. */
export type Judgement = 'fine' | 'fault' | 'unknown'

/** A packet's own way, whatever became of the answer. Of an answer there is nothing else to judge. */
export function judgeWay({ verdict }: Outcome): Judgement {
  switch (verdict) {
    case 'dropped':
    case 'rejected':
      return 'fault'
    case 'unknown':
      return 'unknown'
    case 'delivered':
    case 'forwarded':
      return 'fine'
  }
}

/** Large packets vanish without a word on the way there or back, while small ones pass: a connection opens, and hangs. */
export const stalls = (outcome: Outcome): boolean =>
  (outcome.reason === 'too-big' && outcome.connection === 'timeout') ||
  (outcome.reply?.reason === 'too-big' && outcome.connection === 'timeout')

/** The way and what the sender sees of it. */
export function judgeOutcome(outcome: Outcome): Judgement {
  const way = judgeWay(outcome)
  if (way !== 'fine') return way
  switch (outcome.connection) {
    case 'refused':
    case 'timeout':
    case 'unreachable':
      return 'fault'
    case 'connects':
      return 'fine'
    case 'unknown':
      return outcome.reply ? judgeWay(outcome.reply) : 'fine'
  }
}

/**
 * All ways together. What chance may do to a packet, it does to some packets: one faulty way is a fault. Ways that missing
 * evidence leaves open are only a fault when each of them is.
 */
export function judgeResult(result: TraceResult): Judgement {
  const judgements = result.outcomes.map(judgeOutcome)
  if (judgements.length === 0) return 'unknown'
  const first = judgements[0] ?? 'unknown'
  if (judgements.every((j) => j === first)) return first
  const open = result.outcomes.some((o) => o.probability === null)
  return !open && judgements.includes('fault') ? 'fault' : 'unknown'
}
