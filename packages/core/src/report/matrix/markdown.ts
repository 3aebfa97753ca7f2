import type { Matrix } from '../../datapath/matrix/matrix.ts'
import type { Whose } from '../trace/words.ts'
import { blocksOf } from './blocks.ts'
import { countsOf } from './counts.ts'
import { cellText } from './grid.ts'
import { groupText, number, sizes } from './phrase.ts'
import { chanceText, exampleText } from './text.ts'
import { causeText, evidenceText } from './why.ts'

/** A table with more columns than this is left out: the findings say the same. */
const MOST_COLUMNS = 12
const MOST_ROWS = 60

/** Findings, and the table where it is small: GitHub's Markdown. */
export function* matrixMarkdown(matrix: Matrix, whose: Whose): Generator<string> {
  const counts = countsOf(matrix)
  yield `# Who reaches whom\n\n${plain(sizes(matrix))}.\n\n`
  yield '| works | fails | fails at times | open | pairs | traced |\n|---|---|---|---|---|---|\n'
  const failing = counts.timeout + counts.refused + counts.unreachable
  yield `| ${[counts.works, failing, counts.sometimes, counts.unknown, matrix.pairs, matrix.traced].map(number).join(' | ')} |\n\n`
  const blocks = blocksOf(matrix)
  if (blocks.length) yield '| outcome | from | to | pairs | why | example |\n|---|---|---|---|---|---|\n'
  for (const block of blocks) {
    const evidence = block.cause ? evidenceText(block.cause) : ''
    const why = `${plain(causeText(block.cause, block.why, whose))}${evidence && `<br>${code(evidence)}`}`
    const outcome = `${block.word}${chanceText(block) && ` ${chanceText(block)}`}`
    yield `| ${outcome} | ${plain(block.from)} | ${plain(block.to)} | ${number(block.pairs)} | ${why} | ${code(`culprit trace … ${exampleText(block.example)}`)} |\n`
  }
  yield* table(matrix)
}

function* table(matrix: Matrix): Generator<string> {
  if (matrix.targets.length > MOST_COLUMNS || matrix.senders.length > MOST_ROWS) return
  yield `\n| from | ${matrix.targets.map((group) => plain(groupText(group))).join(' | ')} |\n|---|${'---|'.repeat(matrix.targets.length)}\n`
  for (const [row, group] of matrix.senders.entries())
    yield `| ${plain(groupText(group))} | ${matrix.targets.map((_, column) => cellText(matrix.cells[matrix.at(row, column)]).text).join(' | ')} |\n`
}

/** Text from evidence can neither end a cell nor become markup. */
const plain = (text: string): string => text.replace(/[\\`*_{}[\]<>#|~]/g, '\\$&').replace(/[\r\n]+/g, ' ')
const code = (text: string): string =>
  `\`${text
    .replaceAll('`', "'")
    .replaceAll('|', '\\|')
    .replace(/[\r\n]+/g, ' ')}\``
