import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { lineOf, wordsOf } from './words.ts'

const argument = fc.string({ unit: fc.constantFrom(...`ab-=/ '"\\$\`;|&<>(){}*?!#~\n\té`) })

test('a line that was made of arguments is cut into the same arguments, by culprit and by a shell', () => {
  fc.assert(
    fc.property(fc.array(argument, { minLength: 1, maxLength: 4 }), (argv) => {
      const line = lineOf(argv)
      expect(wordsOf(line)).toEqual(argv)
      const said = execFileSync('sh', ['-c', `printf '%s\\001' ${line}`], { encoding: 'utf8' })
      expect(said.split('\u0001').slice(0, -1)).toEqual(argv)
    }),
    { numRuns: 60 },
  )
})

test('what only a shell could run is no argument list', () => {
  for (const line of [
    'a | b',
    'a > f',
    'a; b',
    'a && b',
    'echo $HOME',
    'echo "$HOME"',
    'echo `id`',
    '(a)',
    "a 'b",
    'a "b',
    'a \\',
    'a\nb',
    '# a',
  ])
    expect(wordsOf(line)).toBeUndefined()
  expect(wordsOf(`iptables -A X -m comment --comment 'a; $b' ! -i br0`)).toEqual([
    'iptables',
    '-A',
    'X',
    '-m',
    'comment',
    '--comment',
    'a; $b',
    '!',
    '-i',
    'br0',
  ])
})
