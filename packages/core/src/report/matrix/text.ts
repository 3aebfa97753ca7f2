import { requestFor } from '../../datapath/matrix/asked.ts'
import type { Matrix } from '../../datapath/matrix/matrix.ts'
import { escapeTerminal } from '../escape.ts'
import type { Style } from '../style.ts'
import { percent } from '../trace/groups.ts'
import type { Whose } from '../trace/words.ts'
import { type Block, type Finding, findingsOf } from './blocks.ts'
import { countsOf } from './counts.ts'
import { gridText } from './grid.ts'
import { listed, number, sizes } from './phrase.ts'
import { evidenceText, faultText, WORD_TEXT, wordStyle } from './why.ts'

export interface MatrixTextOptions {
  readonly style: Style
  readonly whose: Whose
  /** All of it, however long. */
  readonly whole: boolean
}

/** So many findings fit a screen, and so many lines of each. */
const MOST_FINDINGS = 10
const MOST_LINES = 6

/** What fails and why, taken together by what is at fault; the table itself where it is small enough to be read. */
export function matrixText(matrix: Matrix, options: MatrixTextOptions): readonly string[] {
  const { style, whole } = options
  const findings = findingsOf(matrix)
  const shown = whole ? findings : findings.slice(0, MOST_FINDINGS)
  const lines = [headline(matrix, style), ...gridText(matrix, style), '']
  for (const finding of shown) lines.push(...findingText(finding, options), '')
  if (findings.length > shown.length) {
    const pairs = findings.slice(shown.length).reduce((sum, finding) => sum + finding.pairs, 0)
    lines.push(`${findings.length - shown.length} more findings for ${number(pairs)} pairs (-v shows all)`, '')
  }
  lines.push(style.dim(coverage(matrix)))
  return lines
}

function headline(matrix: Matrix, style: Style): string {
  const counts = countsOf(matrix)
  const failing = counts.timeout + counts.refused + counts.unreachable
  const parts = [
    `${style.good(number(counts.works))} work`,
    ...(failing ? [`${style.bad(number(failing))} fail`] : []),
    ...(counts.sometimes ? [`${style.bad(number(counts.sometimes))} fail at times`] : []),
    ...(counts.unknown ? [`${style.unsure(number(counts.unknown))} are open`] : []),
  ]
  return `${sizes(matrix)}\n${style.strong(`Of ${number(matrix.pairs)} pairs`)} ${parts.join(', ')}`
}

function findingText({ word, cause, why, pairs, blocks }: Finding, { style, whose, whole }: MatrixTextOptions): readonly string[] {
  const evidence = cause && evidenceText(cause)
  const sets = setsOf(blocks)
  const shown = whole ? sets : sets.slice(0, MOST_LINES)
  const more = sets.slice(shown.length)
  const morePairs = more.reduce((sum, set) => sum + set.pairs, 0)
  return [
    `${wordStyle(word, style)(WORD_TEXT[word])}  ${capital(escapeTerminal(faultText(cause, why, whose)))}${style.dim(`  (${counted(pairs)})`)}`,
    ...(evidence ? [style.dim(`  ${escapeTerminal(evidence)}`)] : []),
    ...shown.map((set) => `  ${setText(set)}`),
    ...(more.length ? [`  and ${more.length} more such ${more.length === 1 ? 'set' : 'sets'} of pairs (${counted(morePairs)})`] : []),
    style.dim(`  see it:  culprit trace … ${escapeTerminal(exampleText(blocks[0].example))}`),
  ]
}

interface PairSet {
  readonly from: readonly string[]
  readonly to: string
  readonly notes: string
  readonly pairs: number
}

/** Senders that have the same targets are one line. */
function setsOf(blocks: readonly Block[]): readonly PairSet[] {
  const sets = new Map<string, PairSet>()
  for (const block of blocks) {
    const notes = [block.cause?.kind === 'answer' ? 'it arrives, the answer is lost' : '', chanceText(block)]
      .filter((text) => text !== '')
      .join('; ')
    const key = `${notes} → ${block.to}`
    const known = sets.get(key) ?? { from: [], to: block.to, notes, pairs: 0 }
    sets.set(key, { ...known, from: [...known.from, block.from], pairs: known.pairs + block.pairs })
  }
  return [...sets.values()].sort((a, b) => b.pairs - a.pairs)
}

/** `every pod of node7 → every pod elsewhere`, and which way is cut, how often. */
function setText({ from, to, notes, pairs }: PairSet): string {
  const all = [notes, pairs > 1 ? `${number(pairs)} pairs` : ''].filter((text) => text !== '').join('; ')
  return `${escapeTerminal(listed(from, 4))} → ${escapeTerminal(to)}${all && `  (${all})`}`
}

const counted = (pairs: number): string => `${number(pairs)} ${pairs === 1 ? 'pair' : 'pairs'}`

/** `in 20 % of all cases`, `in 20 to 60 %`; '' where nothing is left to chance. */
export function chanceText({ probability }: Pick<Block, 'probability'>): string {
  if (!probability) return 'perhaps'
  const { least, most } = probability
  if (least > 0.999999) return ''
  const [low, high] = [percent(least), percent(most)]
  return low === high ? `in ${low} of cases` : `in ${low.replace(' %', '')} to ${high} of cases`
}

/** The options of the trace that shows an example of a block. */
export function exampleText({ sender, target }: Block['example']): string {
  const request = requestFor(sender, target)
  const from = sender.kind === 'outside' ? `outside${request.host === undefined ? '' : ` --host ${request.host}`}` : request.from
  return `--from ${from} --to ${request.to}`
}

function coverage({ pairs, traced }: Matrix): string {
  if (pairs === traced) return `${number(traced)} pairs, each traced with its answer`
  return `${number(pairs)} pairs covered by ${number(traced)} traces: the other pairs differ from a traced one in nothing that a rule, route, neighbour or FDB entry on their way looks at`
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
