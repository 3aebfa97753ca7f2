import type { Cell } from '../../datapath/matrix/cell.ts'
import type { Matrix } from '../../datapath/matrix/matrix.ts'
import type { Sender, Target } from '../../datapath/matrix/place.ts'
import { groupText } from './phrase.ts'

/** Up to so many pairs each has a line of its own; beyond, groups have. */
export const MOST_PAIRS = 50_000

/** A line of a table of pairs. */
export interface PairRow {
  readonly from: string
  readonly to: string
  readonly pairs: number
  readonly cell: Cell
}

/** The matrix as lines: pair by pair where they are few, else group by group. */
export function* pairRows(matrix: Matrix): Generator<PairRow> {
  const single = matrix.pairs <= MOST_PAIRS
  const excepted = new Map(matrix.exceptions.map((exception) => [`${exception.sender.place} ${exception.target.place}`, exception.cell]))
  for (const [row, senders] of matrix.senders.entries()) {
    for (const [column, targets] of matrix.targets.entries()) {
      const cell = matrix.cells[matrix.at(row, column)]
      if (!cell) continue
      if (!single) {
        const pairs = matrix.pairsAt(row, column)
        if (pairs > 0) yield { from: groupText(senders), to: groupText(targets), pairs, cell }
        continue
      }
      for (const sender of senders.members)
        for (const target of targets.members) {
          if (sender.place === target.bare && target.kind !== 'published') continue
          yield {
            from: senderText(sender),
            to: targetText(target),
            pairs: 1,
            cell: excepted.get(`${sender.place} ${target.place}`) ?? cell,
          }
        }
    }
  }
  if (!single)
    for (const { sender, target, cell } of matrix.exceptions) yield { from: senderText(sender), to: targetText(target), pairs: 1, cell }
}

const senderText = ({ kind, place, host }: Sender): string =>
  kind === 'outside' && host !== undefined ? `outside, coming in at ${host}` : place
const targetText = ({ place }: Target): string => place
