import fc from 'fast-check'
import { expect, test } from 'vitest'
import { buildAutomaton } from './automaton.ts'
import { bytesOfText } from './utf8.ts'

function search(literals: readonly string[], text: string): readonly number[] {
  const { classes, next, special, newline, found, width } = buildAutomaton(literals)
  const hits = new Set<number>()
  let state = 0
  for (const byte of bytesOfText(text)) {
    state = next[state + (classes[byte] as number)] as number
    if (state >= special && state !== newline) for (const literal of found[state / width] as readonly number[]) hits.add(literal)
  }
  return [...hits].sort((a, b) => a - b)
}

test('all literals of a text are found in one pass, as a search for each would', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b', 'c', ' '), minLength: 1, maxLength: 5 })
  const text = fc.string({ unit: fc.constantFrom('a', 'B', 'b', 'C', ' ', '\n', 'x', 'é'), maxLength: 60 })
  fc.assert(
    fc.property(fc.uniqueArray(letters, { minLength: 1, maxLength: 8 }), text, (literals, sought) => {
      const expected = literals.flatMap((literal, i) => (sought.toLowerCase().includes(literal) ? [i] : []))
      expect(search(literals, sought)).toEqual(expected)
    }),
  )
})
