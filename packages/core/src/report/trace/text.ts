import { writtenOut } from '../../datapath/outcome.ts'
import type { Outcome, TraceResult } from '../../datapath/trace.ts'
import { escapeAll, escapeTerminal } from '../escape.ts'
import { packetText } from '../packet-text.ts'
import type { Style } from '../style.ts'
import { type Group, groupOutcomes, percent } from './groups.ts'
import { type Headline, headline } from './headline.ts'
import { judgeResult, judgeWay } from './judge.ts'
import { minimalText } from './minimal.ts'
import { openEnds } from './open-ends.ts'
import type { TraceTextOptions } from './options.ts'
import { decisionLines, shortWay, wayLines } from './way.ts'
import { arrivalText, type Whose } from './words.ts'

/** A trace for people: the answer in a sentence, then the way, what decided, the answer's way, and what is not sure. Ends in a line end. */
export function traceText(result: TraceResult, options: TraceTextOptions): string {
  const safe = escapeAll({ ...result, outcomes: result.outcomes.map(writtenOut) })
  const whose: Whose = (step) => {
    const owner = options.whose(step)
    return owner === undefined ? undefined : escapeTerminal(owner)
  }
  const opts = { ...options, whose }
  if (opts.detail === 'minimal') return minimalText(safe, opts)
  const groups = groupOutcomes(safe.outcomes)
  const lines = groups.length === 1 && groups[0] ? single(groups[0], safe, opts) : several(groups, safe, opts)
  return `${lines.join('\n')}\n`
}

function single(group: Group, result: TraceResult, options: TraceTextOptions): readonly string[] {
  return [
    ...headLines(group, options),
    ...questionLines(result, group.outcomes[0], options),
    '',
    ...storyLines(group, options),
    ...openEnds(group.outcomes, options.style),
  ]
}

function several(groups: readonly Group[], result: TraceResult, options: TraceTextOptions): readonly string[] {
  const { style } = options
  const first = groups[0]?.outcomes[0]
  if (!first) return [style.unsure('NOT SETTLED  The evidence does not say where this packet goes.')]
  const chance = groups.every((g) => g.probability !== null)
  const word = judgeResult(result) === 'fault' ? style.bad('IT DEPENDS') : style.unsure(chance ? 'IT DEPENDS' : 'NOT SETTLED')
  const ends = groups
    .map(
      (group) =>
        `${group.probability === null ? '' : `${percent(group.probability)} `}${headline(group.outcomes[0], options.whose).word.toLowerCase()}`,
    )
    .join(', ')
  const why = chance ? `A rule picks at random: ${ends}.` : `The evidence leaves ${groups.length} ends open: ${ends}.`
  const parts = groups.map((group, i) => [
    '',
    style.strong(`${i + 1}. ${share(group)}`),
    ...headLines(group, options),
    '',
    ...storyLines(group, options),
  ])
  return [
    `${style.strong(word)}  ${why}`,
    ...questionLines(result, first, options),
    ...parts.flat(),
    ...openEnds(
      groups.flatMap((g) => g.outcomes),
      style,
    ),
  ]
}

const share = (group: Group): string => (group.probability === null ? 'Possible' : `In ${percent(group.probability)} of the attempts`)

function headLines(group: Group, options: TraceTextOptions): readonly string[] {
  const head = headline(group.outcomes[0], options.whose)
  const count = group.outcomes.length
  const more =
    count === 1
      ? ''
      : ` This is one of ${count} ways that ${group.probability === null ? 'the evidence leaves open' : 'chance picks from'}; they all end so.`
  return [`${wordText(head, options.style)}  ${head.sentence}${more}`]
}

export function wordText(head: Headline, style: Style): string {
  const colour = head.judgement === 'fine' ? style.good : head.judgement === 'fault' ? style.bad : style.unsure
  return style.strong(colour(head.word))
}

function questionLines(result: TraceResult, outcome: Outcome, { style }: TraceTextOptions): readonly string[] {
  const { from, to } = result.request
  const packet = outcome.sent ? `${packetText(outcome.sent)}, ` : ''
  return [style.dim(`${packet}from ${from} to ${to}`)]
}

/** The way in detail for the first of the group, the ends of all; then the answer's way. */
function storyLines(group: Group, options: TraceTextOptions): readonly string[] {
  const [outcome] = group.outcomes
  const { style } = options
  const ends =
    group.outcomes.length > 1
      ? [
          '',
          style.strong('Ends'),
          ...group.outcomes.map((o) => `  ${o.probability === null ? 'possible' : percent(o.probability).padStart(5)}  ${arrivalText(o)}`),
        ]
      : []
  return [...wayLines(outcome, options), ...decisionLines(outcome, options), ...ends, ...replyLines(outcome, options)]
}

function replyLines(outcome: Outcome, options: TraceTextOptions): readonly string[] {
  const { reply } = outcome
  if (!reply) return []
  const { style } = options
  if (judgeWay(reply) === 'fine' && options.detail === 'summary') return ['', style.strong('The answer'), `  ${shortWay(reply)}`]
  return ['', style.strong("The answer's way"), ...wayLines(reply, options), ...decisionLines(reply, options)]
}
