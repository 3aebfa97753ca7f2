import { expect, test } from 'vitest'
import { CliError, EXIT, evidenceError, usageError } from './exit.ts'
import { reportFailure } from './failure.ts'
import { createOutput } from './output.ts'
import { createProgram } from './program.ts'
import { wantsColour } from './style.ts'

const report = (error: unknown, verbose = false): [number, string] => {
  let said = ''
  return [reportFailure(error, verbose, (text) => (said += text)), said]
}

test.each([
  ['wrong usage', usageError('trace needs --from', 'for example: …'), 2, 'error: trace needs --from\nhint: for example: …\n'],
  ['evidence without a hint', evidenceError('nothing usable'), 3, 'error: nothing usable\n'],
  ['text from a file name cannot send the terminal a command', evidenceError('a\u001b[2Jb'), 3, 'error: a\\x1b[2Jb\n'],
])('%s', (_, error, code, said) => {
  expect(report(error)).toEqual([code, said])
})

test('a fault of culprit itself has no stack trace unless asked for', () => {
  const [code, said] = report(new Error('boom'))
  expect(code).toBe(EXIT.internal)
  expect(said).toMatch(/^error: culprit itself failed: boom\nhint: run again with -v/)
  expect(said).not.toContain(' at ')
  expect(report(new Error('boom'), true)[1]).toContain('failure.test.ts')
})

test('the cause of an error is shown with -v', () => {
  const error = new CliError(EXIT.evidence, 'cannot read', undefined, new Error('EACCES'))
  expect(report(error)[1]).not.toContain('EACCES')
  expect(report(error, true)[1]).toContain('EACCES')
})

const run = async (...args: string[]): Promise<[number, string]> => {
  try {
    await createProgram({
      context: () => ({
        out: createOutput(process.stdout),
        warn: () => undefined,
        style: { good: String, bad: String, unsure: String, strong: String, dim: String, change: String },
        quiet: false,
        verbose: false,
      }),
      done: () => undefined,
    }).parseAsync(args, { from: 'user' })
    return [0, '']
  } catch (error) {
    return report(error)
  }
}

test.each([
  ['an unknown command names itself', ['diagnosis'], "error: unknown command 'diagnosis'"],
  ['a command that is nearly right is suggested', ['tracee'], 'hint: Did you mean trace?'],
  ['an unknown option names itself', ['trace', '--form', 'x'], 'hint: Did you mean --from?'],
  ['a port that is none says what it must be', ['trace', '--sport', '70000'], 'It must be a whole number from 0 to 65535.'],
  ['an output form that the command has not lists those it has', ['trace', '-o', 'html'], 'Allowed choices are text, json, jsonl'],
  ['a missing argument is named', ['ruleset'], "error: missing required argument 'file'"],
])('%s, exit code 2', async (_, args, text) => {
  const [code, said] = await run(...args)
  expect(code).toBe(2)
  expect(said).toContain(text)
})

test.each([
  ['a terminal has colours', true, { isTTY: true }, {}, true],
  ['a pipe has none', true, {}, {}, false],
  ['--no-color', false, { isTTY: true }, {}, false],
  ['NO_COLOR', true, { isTTY: true }, { NO_COLOR: '1' }, false],
  ['NO_COLOR wins over FORCE_COLOR', true, {}, { NO_COLOR: '1', FORCE_COLOR: '1' }, false],
  ['FORCE_COLOR into a pipe', true, {}, { FORCE_COLOR: '1' }, true],
  ['a dumb terminal has none', true, { isTTY: true }, { TERM: 'dumb' }, false],
] as const)('%s', (_, flag, stream, env, wanted) => {
  expect(wantsColour(flag, stream, env)).toBe(wanted)
})
