import { expect, test } from 'vitest'
import { expectText, readWanted } from './criterion.ts'

test.each([
  ['a connection', { kind: 'connection' }],
  ['no connection', { kind: 'no-connection' }],
  ['an answer', { kind: 'answer' }],
  ['exit code 0', { kind: 'output', expect: { code: 0 } }],
  ['output has 10.244.1.0/32', { kind: 'output', expect: { code: null, contains: '10.244.1.0/32' } }],
  ['exit code 3; output lacks DROP', { kind: 'output', expect: { code: 3, lacks: 'DROP' } }],
])('"%s" is for a program', (text, wanted) => expect(readWanted(text)).toEqual(wanted))

test.each(['it works', 'the answer of the right server', '', 'exit code many', 'exit code 0; and it works'])(
  '"%s" is for a person',
  (text) => expect(readWanted(text)).toBeUndefined(),
)

test('what plans expect is told in the same words, and is read back', () => {
  const expectation = { code: 0, contains: 'DROP', lacks: 'ACCEPT' }
  expect(expectText(expectation)).toBe('exit code 0; output has DROP; output lacks ACCEPT')
  expect(readWanted(expectText(expectation))).toEqual({ kind: 'output', expect: expectation })
})
