import type { Cell, Word } from '../../datapath/matrix/cell.ts'
import type { Matrix } from '../../datapath/matrix/matrix.ts'
import { escapeTerminal } from '../escape.ts'
import type { Style } from '../style.ts'
import { percent } from '../trace/groups.ts'
import { groupText } from './phrase.ts'
import { wordStyle } from './why.ts'

/** A table larger than this is not read by anybody. */
const MOST_ROWS = 24
const MOST_COLUMNS = 14

const SHORT: Readonly<Record<Word, string>> = { works: 'ok', unknown: '?', refused: 'refused', unreachable: 'unreach', timeout: 'timeout' }

/** Rows and columns as names and words; columns are numbered, their names stand below. Empty where the matrix is too large. */
export function gridText(matrix: Matrix, style: Style): readonly string[] {
  const rows = matrix.senders.map((_, row) => row).filter((row) => matrix.targets.some((_, column) => matrix.at(row, column) >= 0))
  const columns = matrix.targets.map((_, column) => column).filter((column) => rows.some((row) => matrix.at(row, column) >= 0))
  if (rows.length > MOST_ROWS || columns.length > MOST_COLUMNS || rows.length * columns.length < 2) return []
  const names = rows.map((row) => escapeTerminal(groupText(matrix.senders[row] as Matrix['senders'][number])))
  const width = Math.max(...names.map((name) => name.length))
  const cells = rows.map((row) => columns.map((column) => cellText(matrix.cells[matrix.at(row, column)])))
  const widths = columns.map((_, i) => Math.max(`[${i + 1}]`.length, ...cells.map((line) => (line[i]?.text ?? '').length)))
  const head = `${' '.repeat(width)}  ${columns.map((_, i) => `[${i + 1}]`.padEnd(widths[i] ?? 0)).join('  ')}`
  const body = cells.map((line, i) => {
    const words = line.map(({ text, word }, k) => {
      const padded = text.padEnd(widths[k] ?? 0)
      return word ? wordStyle(word, style)(padded) : style.dim(padded)
    })
    return `${(names[i] ?? '').padEnd(width)}  ${words.join('  ')}`.trimEnd()
  })
  const legend = columns.map(
    (column, i) => `  [${i + 1}] ${escapeTerminal(groupText(matrix.targets[column] as Matrix['targets'][number]))}`,
  )
  return ['', head.trimEnd(), ...body, '', ...legend]
}

/** `ok`, `timeout`, `timeout 50 %`, `–` for no pair. */
export function cellText(cell: Cell | undefined): { readonly text: string; readonly word: Word | undefined } {
  if (!cell) return { text: '–', word: undefined }
  const [worst] = cell.parts
  const sum = cell.parts.reduce<number | null>(
    (total, part) => (part.word !== worst.word ? total : total === null || part.probability === null ? null : total + part.probability),
    0,
  )
  if (cell.word === 'unknown') return { text: SHORT.unknown, word: 'unknown' }
  const chance = sum !== null && sum < 0.999999 ? ` ${percent(sum)}` : ''
  return { text: `${SHORT[worst.word]}${chance}`, word: worst.word }
}
