import type { Outcome } from '../../datapath/trace.ts'
import { destinationText } from '../packet-text.ts'
import { type Judgement, judgeOutcome } from './judge.ts'
import { arrivalText, endText, seenAsText, senderText, type Whose } from './words.ts'

/** The one line that somebody who was woken up reads. */
export interface Headline {
  readonly judgement: Judgement
  /** One word: DELIVERED, FORWARDED, DROPPED, REJECTED, ANSWER LOST, NOT LISTENING, NOT SETTLED */
  readonly word: string
  readonly sentence: string
}

export function headline(outcome: Outcome, whose: Whose): Headline {
  const judgement = judgeOutcome(outcome)
  switch (outcome.verdict) {
    case 'dropped':
    case 'rejected':
      return { judgement, word: outcome.verdict.toUpperCase(), sentence: join(capital(endText(outcome, whose)), sender(outcome)) }
    case 'unknown':
      return {
        judgement,
        word: 'NOT SETTLED',
        sentence: join(capital(endText(outcome, whose)), outcome.missing[0] ? `${capital(outcome.missing[0].why)}.` : ''),
      }
    case 'delivered':
    case 'forwarded':
      return arrived(outcome, judgement, whose)
  }
}

function arrived(outcome: Outcome, judgement: Judgement, whose: Whose): Headline {
  const { reply } = outcome
  const arrival = `The packet reaches ${arrivalText(outcome)}`
  if (reply && judgeOutcome(reply) === 'fault')
    return {
      judgement,
      word: 'ANSWER LOST',
      sentence: join(`${arrival}, but the answer does not come back: ${endText(reply, whose)}`, sender(outcome)),
    }
  if (outcome.connection === 'refused')
    return {
      judgement,
      word: 'NOT LISTENING',
      sentence: join(`${arrival}, but nothing listens on ${destinationText(outcome.packet)} there`, sender(outcome)),
    }
  if (reply && judgeOutcome(reply) === 'unknown' && judgement === 'unknown')
    return {
      judgement,
      word: 'NOT SETTLED',
      sentence: join(
        `${arrival}; whether the answer comes back is open: ${endText(reply, whose)}`,
        reply.missing[0] ? `${capital(reply.missing[0].why)}.` : '',
      ),
    }
  const after = outcome.connection === 'unknown' ? notListed(outcome) : sender(outcome)
  return { judgement, word: outcome.verdict.toUpperCase(), sentence: join(`${arrival}${seenAsText(outcome)}`, after) }
}

const notListed = (outcome: Outcome): string =>
  outcome.verdict === 'delivered' ? 'Whether something listens there is not in the evidence.' : 'What answers there is not in the evidence.'

const sender = (outcome: Outcome): string => senderText(outcome.connection, outcome.answer)
const join = (sentence: string, more: string): string => (more === '' ? `${sentence}.` : `${sentence}. ${more}`)
export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
