import type { Matrix } from '../../datapath/matrix/matrix.ts'
import { PLAIN_TEXT } from '../trace/options.ts'
import { pairRows } from './rows.ts'
import { causeText, evidenceText } from './why.ts'

const HEAD = ['from', 'to', 'pairs', 'outcome', 'probability', 'cause', 'evidence']

/** RFC 4180, a line for each way that a pair's packets may go. */
export function* matrixCsv(matrix: Matrix): Generator<string> {
  yield line(HEAD)
  for (const { from, to, pairs, cell } of pairRows(matrix)) {
    for (const { word, probability, cause, why } of cell.parts) {
      const failing = word !== 'works'
      const chance = probability === null ? '' : String(Number(probability.toFixed(6)))
      yield line([
        from,
        to,
        String(pairs),
        word,
        chance,
        failing ? causeText(cause, why, PLAIN_TEXT.whose) : '',
        cause ? evidenceText(cause) : '',
      ])
    }
  }
}

const line = (fields: readonly string[]): string => `${fields.map(field).join(',')}\r\n`

/** What begins like a formula is made text: names come from machines that may be hostile, and tables are opened in spreadsheets. */
function field(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
