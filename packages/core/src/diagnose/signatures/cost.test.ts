import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { costProblems, waysOf } from './cost.ts'
import { requiredLiterals } from './literals.ts'
import { charSetOf, type PatternNode, parsePattern } from './pattern.ts'

/** A backtracking matcher that counts its steps: what a hostile line costs is counted, not timed. */
function stepsOf(node: PatternNode, text: string): { readonly matches: boolean; readonly steps: number } {
  let steps = 0
  const run = (at: PatternNode, i: number, then: (i: number) => boolean): boolean => {
    steps++
    switch (at.kind) {
      case 'char':
        return text[i] === at.char && then(i + 1)
      case 'class':
        return i < text.length && (at.members & charSetOf(text[i] as string)) !== 0n && then(i + 1)
      case 'anchor':
        return (at.text === '^' ? i === 0 : at.text === '$' ? i === text.length : true) && then(i)
      case 'choice':
        return at.branches.some((branch) => run(branch, i, then))
      case 'sequence': {
        const next = (k: number, j: number): boolean =>
          k === at.items.length ? then(j) : run(at.items[k] as PatternNode, j, (end) => next(k + 1, end))
        return next(0, i)
      }
      case 'repeat': {
        const again = (n: number, j: number): boolean =>
          (n < at.most && run(at.item, j, (end) => end > j && again(n + 1, end))) || (n >= at.least && then(j))
        return again(0, i)
      }
    }
  }
  for (let start = 0; start <= text.length; start++) if (run(node, start, () => true)) return { matches: true, steps }
  return { matches: false, steps }
}

describe('the cost of a pattern', () => {
  it.each([
    ['(?:a+)+b', true],
    ['(?:a|a)*b', true],
    ['x.*y', true],
    ['(?:\\w{1,40} ?){1,40}:', true],
    ['"[^"]*"', false],
    ['x.{0,200}y', false],
    ['\\d{1,3}(?:\\.\\d{1,3}){3}', false],
    ['(?:dial|read) tcp (?<to>[\\d.:]+) ', false],
  ])('%s: too much is %s', (pattern, bad) => {
    expect(costProblems(parsePattern(pattern)).length > 0).toBe(bad)
  })

  it('is an upper bound of the steps that a backtracking matcher takes from one place', () => {
    const pattern = fc.constantFrom(
      '"[^"]*" of "[^"]*"!',
      'ab.{0,9}c.{0,9}d',
      '(?:ab|a)b{0,5}c',
      '(?:a{1,3}b){2}c',
      'a\\w{1,8}:\\w{1,8}b',
      'a(?:b|cd)?[^ ]{2,6}e',
      '(?:a{0,3}b{0,3}){0,2}c',
    )
    const hostile = fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'd', '"', ':', ' '), maxLength: 60 })
    fc.assert(
      fc.property(pattern, hostile, (source, text) => {
        const node = parsePattern(source)
        // Steps inside of one way are bounded by the pattern's parts and the text.
        expect(stepsOf(node, text).steps).toBeLessThanOrEqual((text.length + 1) * waysOf(node) * (source.length + 2 * text.length + 2))
      }),
    )
  })

  it('what the tree means is what the expression means, and a required literal is in every match', () => {
    const atoms = fc.constantFrom('ab', 'a', '.', '[bc]', '[^a]', '(?:ab|c)', 'b?', 'c{1,2}', '(?:a|bc){2}', '\\w', '$')
    fc.assert(
      fc.property(
        fc.array(atoms, { minLength: 1, maxLength: 5 }),
        fc.string({ unit: fc.constantFrom('a', 'b', 'c', ' '), maxLength: 12 }),
        (parts, text) => {
          const source = parts.join('')
          const node = parsePattern(source)
          const matches = new RegExp(source).test(text)
          expect(stepsOf(node, text).matches).toBe(matches)
          const needed = requiredLiterals(node)
          if (matches && needed) expect(needed.some((literal) => text.includes(literal))).toBe(true)
        },
      ),
    )
  })

  it.each(['a(?=b)', '(a)', '\\1', 'a{', '(?:a', '[a', 'a)'])('%s is refused', (pattern) => {
    expect(() => parsePattern(pattern)).toThrow()
  })
})
