import type { Outcome } from '../../datapath/trace.ts'
import { destinationText, packetText, sourceText } from '../packet-text.ts'
import { type Judgement, judgeOutcome, judgeWay, stalls } from './judge.ts'
import { arrivalText, endText, placeText, seenAsText, senderText, sentThereText, type Whose } from './words.ts'

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
        sentence: join(capital(endText(outcome, whose)), whyOpen(outcome)),
      }
    case 'delivered':
    case 'forwarded':
      return arrived(outcome, judgement, whose)
  }
}

function arrived(outcome: Outcome, judgement: Judgement, whose: Whose): Headline {
  const { reply, connection } = outcome
  const { sent } = outcome
  const asked = sent && destinationText(sent) !== destinationText(outcome.packet) ? ` for ${destinationText(sent)}` : ''
  const arrival = `The packet${asked} ${arrivalText(outcome)}${sentThereText(outcome, whose)}`
  const told = (word: string, sentence: string, more = sender(outcome)): Headline => ({ judgement, word, sentence: join(sentence, more) })
  if (reply && judgeWay(reply) === 'fault')
    return told('ANSWER LOST', `${arrival}, but the answer does not come back: ${endText(reply, whose)}`)
  if (connection === 'timeout' && reply)
    return told('WRONG ANSWER', `${arrival}, but the answer comes as ${packetText(reply.packet)}, ${notExpected(outcome, reply)}`)
  if (connection === 'timeout')
    return told('NO ANSWER', `${arrival}, but no answer can come: ${outcome.assumptions.at(-1) ?? 'nothing there answers'}`)
  if (connection === 'refused') return told('NOT LISTENING', `${arrival}, but nothing listens on ${destinationText(outcome.packet)} there`)
  if (judgement === 'unknown' && reply)
    return told('NOT SETTLED', `${arrival}; whether the answer comes back is open: ${endText(reply, whose)}`, whyOpen(reply))
  return told(
    outcome.verdict.toUpperCase(),
    `${arrival}${seenAsText(outcome)}`,
    connection === 'unknown' ? notListed(outcome) : sender(outcome),
  )
}

/** The kernel takes an answer for the connection only where addresses and ports are the request's, turned round. */
function notExpected(outcome: Outcome, reply: Outcome): string {
  const { sent } = outcome
  if (sent && sourceText(reply.packet) !== destinationText(sent))
    return `and the sender asked ${destinationText(sent)}: it does not take that for the answer`
  return `to ${placeText(reply.at)}, which is not where the request came from`
}

const whyOpen = ({ missing }: Outcome): string => (missing[0] ? `${capital(missing[0].why)}.` : '')

const notListed = (outcome: Outcome): string =>
  outcome.verdict === 'delivered' ? 'Whether something listens there is not in the evidence.' : 'What answers there is not in the evidence.'

const sender = (outcome: Outcome): string =>
  stalls(outcome)
    ? 'Small packets pass: a connection opens, and stalls once one side sends more.'
    : senderText(outcome.connection, outcome.answer)
const join = (sentence: string, more: string): string => (more === '' ? `${sentence}.` : `${sentence}. ${more}`)
export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
