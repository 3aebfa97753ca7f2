import type { Cause, Word } from '../../datapath/matrix/cell.ts'
import { destinationText } from '../packet-text.ts'
import type { Style } from '../style.ts'
import { endText, placeText, sentThereText, type Whose } from '../trace/words.ts'

export const WORD_TEXT: Readonly<Record<Word, string>> = {
  works: 'WORKS',
  unknown: 'UNKNOWN',
  refused: 'REFUSED',
  unreachable: 'UNREACHABLE',
  timeout: 'TIMEOUT',
}

export const wordStyle = (word: Word, style: Style): ((text: string) => string) =>
  word === 'works' ? style.good : word === 'unknown' ? style.unsure : style.bad

/** Why, in a sentence without its full stop, told by the example. */
export function causeText(cause: Cause | undefined, why: string | undefined, whose: Whose): string {
  if (!cause) return why ?? 'it could not be traced'
  const { outcome } = cause
  switch (cause.kind) {
    case 'way':
      return cause.reason === 'missing-evidence' ? (outcome.missing[0]?.why ?? endText(outcome, whose)) : endText(outcome, whose)
    case 'answer':
      return `it arrives, but the answer does not come back: ${endText(outcome, whose)}`
    case 'not translated':
      return `nothing that was captured of ${placeText(outcome.at)} translates the Service's address: the packet leaves by ${outcome.at.interface} as it is`
    case 'nobody listens':
      return `nothing listens on ${destinationText(outcome.packet)} in ${placeText(outcome.at)}${sentThereText(outcome, whose)}`
    case 'wrong answer':
      return 'it arrives, but the answer comes from another address or to another place, and the sender does not take it for one'
    case 'nobody answers':
      return `no answer can come: ${outcome.assumptions.at(-1) ?? 'nobody there answers'}`
  }
}

/** The same of what is at fault alone, whether it stops packets or their answers. */
export function faultText(cause: Cause | undefined, why: string | undefined, whose: Whose): string {
  return cause?.kind === 'answer' ? endText(cause.outcome, whose) : causeText(cause, why, whose)
}

/** The rule or route that decided, and where it stands. */
export function evidenceText({ step }: Cause): string {
  if (!step) return ''
  const source = step.evidence ? `${step.evidence.file}:${step.evidence.line}` : ''
  return [source, step.text].filter((text) => text !== '').join('  ')
}
