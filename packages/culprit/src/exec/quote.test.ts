import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { quote } from './quote.ts'

test.each([
  [['ls', '-l', '/tmp'], 'ls -l /tmp'],
  [['echo', "it's"], `echo 'it'"'"'s'`],
  [[''], "''"],
  [['a b', '$x'], "'a b' '$x'"],
  [['\\n'], `"\\\\"'n'`],
  [['X=1', 'cmd'], "'X=1' cmd"],
])('%j becomes %s', (argv, line) => expect(quote(argv)).toBe(line))

test('whatever the arguments are, the shell hands on the same', () => {
  const argument = fc.string({ unit: fc.constantFrom(...'\'"\\$`!*?[]{}()<>|&;~#= \t\n-aé%^') })
  fc.assert(
    fc.property(fc.array(argument, { minLength: 1, maxLength: 8 }), (argv) => {
      for (const shell of ['dash', 'bash']) {
        const out = execFileSync(shell, ['-c', `${quote(['printf', '%s\\0', ...argv])}`], { encoding: 'utf8' })
        expect(out.split('\0').slice(0, -1)).toEqual(argv)
      }
    }),
    { numRuns: 100 },
  )
})
