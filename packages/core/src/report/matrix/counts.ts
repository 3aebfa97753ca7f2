import { WORDS, type Word } from '../../datapath/matrix/cell.ts'
import type { Matrix } from '../../datapath/matrix/matrix.ts'

/** How many pairs find what; `sometimes`: a random endpoint decides between working and not. */
export type Counts = Readonly<Record<Word | 'sometimes', number>>

export function countsOf(matrix: Matrix): Counts {
  const counts: Record<Word | 'sometimes', number> = { works: 0, unknown: 0, refused: 0, unreachable: 0, timeout: 0, sometimes: 0 }
  const words = matrix.cells.map((cell): Word | 'sometimes' => {
    const parts = new Set(cell.parts.map((part) => part.word))
    return cell.word !== 'works' && cell.word !== 'unknown' && parts.has('works') ? 'sometimes' : cell.word
  })
  for (let row = 0; row < matrix.senders.length; row++) {
    for (let column = 0; column < matrix.targets.length; column++) {
      const word = words[matrix.at(row, column)]
      if (word !== undefined) counts[word] += matrix.pairsAt(row, column)
    }
  }
  for (const { cell } of matrix.exceptions) {
    const sometimes = cell.word !== 'works' && cell.word !== 'unknown' && cell.parts.some((part) => part.word === 'works')
    counts[sometimes ? 'sometimes' : cell.word]++
  }
  return counts
}

/** Everything works, something is wrong, or it is open. */
export function judgeMatrix(matrix: Matrix): 'fine' | 'fault' | 'unknown' {
  const words = new Set([...matrix.cells, ...matrix.exceptions.map(({ cell }) => cell)].map((cell) => cell.word))
  if (WORDS.some((word) => word !== 'works' && word !== 'unknown' && words.has(word))) return 'fault'
  return words.has('unknown') || words.size === 0 ? 'unknown' : 'fine'
}
