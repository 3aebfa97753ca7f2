import { requestFor } from '../../datapath/matrix/asked.ts'
import type { Cause, Cell, Part } from '../../datapath/matrix/cell.ts'
import type { Matrix } from '../../datapath/matrix/matrix.ts'
import type { Json } from '../trace/json.ts'
import { PLAIN_TEXT } from '../trace/options.ts'
import { blocksOf } from './blocks.ts'
import { countsOf } from './counts.ts'
import { causeText } from './why.ts'

/** The published form of a matrix, `culprit.matrix/v1` of docs/reference/matrix.md. */
export function matrixJson(matrix: Matrix): Json {
  return {
    schema: 'culprit.matrix/v1',
    pairs: matrix.pairs,
    traced: matrix.traced,
    counts: { ...countsOf(matrix) },
    findings: blocksOf(matrix).map(({ word, cause, why, pairs, from, to, probability, example, rows, columns }) => ({
      outcome: word,
      probability: probability ? { least: probability.least, most: probability.most } : null,
      pairs,
      from,
      to,
      cause: causeJson(cause, why),
      example: { ...requestFor(example.sender, example.target) },
      senders: [...rows],
      targets: [...columns],
    })),
    senders: matrix.senders.map(({ kind, host, members }) => ({ kind, host, members: members.map((member) => member.place) })),
    targets: matrix.targets.map(({ kind, host, members }) => ({ kind, host, members: members.map((member) => member.place) })),
    verdicts: matrix.cells.map(cellJson),
    cells: matrix.senders.map((_, row) => matrix.targets.map((_, column) => (matrix.at(row, column) < 0 ? null : matrix.at(row, column)))),
    exceptions: matrix.exceptions.map(({ sender, target, row, column, cell }) => ({
      from: sender.place,
      to: target.place,
      sender: row,
      target: column,
      ...cellJson(cell),
    })),
  }
}

const cellJson = (cell: Cell): { readonly outcome: string; readonly parts: Json } => ({
  outcome: cell.word,
  parts: cell.parts.map(partJson),
})

const partJson = ({ word, probability, cause, why }: Part): Json => ({
  outcome: word,
  probability,
  cause: word === 'works' ? null : causeJson(cause, why),
})

function causeJson(cause: Cause | undefined, why: string | undefined): Json {
  const text = causeText(cause, why, PLAIN_TEXT.whose)
  if (!cause) return { text }
  const { kind, reason, where, step } = cause
  return {
    kind,
    reason,
    where,
    text,
    step: step && {
      host: step.host,
      netns: step.netns,
      table: step.table,
      chain: step.chain,
      rule: step.rule,
      text: step.text,
      evidence: step.evidence && { file: step.evidence.file, line: step.evidence.line },
    },
  }
}
