import { compileSignatures } from '@culprit/core/diagnose/signatures/book'
import { costProblems } from '@culprit/core/diagnose/signatures/cost'
import { matchText } from '@culprit/core/diagnose/signatures/match'
import { parsePattern } from '@culprit/core/diagnose/signatures/pattern'
import { expect, test } from 'vitest'
import { loadSignatures } from './signatures.ts'

const signatures = loadSignatures()
const found = (line: string, of = signatures) =>
  matchText(compileSignatures(of), line, { file: 'f', host: undefined }).map(({ signature }) => signature.id)

test('an id is there once', () => {
  const ids = signatures.map(({ id }) => id)
  expect(ids.filter((id, i) => ids.indexOf(id) !== i)).toEqual([])
})

test('every signature matches its examples and not its near misses', () => {
  const wrong = signatures.flatMap((signature) => [
    ...signature.examples.filter((line) => !found(line, [signature]).length).map((line) => `${signature.id} does not match ${line}`),
    ...signature.misses.filter((line) => found(line, [signature]).length).map((line) => `${signature.id} matches ${line}`),
  ])
  expect(wrong).toEqual([])
})

test('among all others a signature is still found in its examples, unless it is a general one', () => {
  const book = compileSignatures(signatures)
  const wrong = signatures
    .filter(({ general }) => !general)
    .flatMap((signature) =>
      signature.examples
        .filter((line) => !matchText(book, line, { file: 'f', host: undefined }).some((match) => match.signature.id === signature.id))
        .map((line) => `${signature.id}: ${line}`),
    )
  expect(wrong).toEqual([])
})

test('no pattern can be made slow by a hostile line', () => {
  expect(signatures.flatMap(({ id, pattern }) => costProblems(parsePattern(pattern)).map((problem) => `${id}: ${problem}`))).toEqual([])
})
