import { escapeTerminal } from '@culprit/core/report/escape'
import { CommanderError } from 'commander'
import { CliError, EXIT, type ExitCode } from './exit.ts'

/** Turns whatever ended a command into its exit code, and says what there is to say. */
export function reportFailure(error: unknown, verbose: boolean, write: (text: string) => void): ExitCode {
  if (error instanceof CommanderError) return reportUsage(error, write)
  if (error instanceof CliError) {
    say(write, error.message, error.hint)
    if (verbose && error.cause instanceof Error) write(`${escapeLines(error.cause.stack ?? error.cause.message)}\n`)
    return error.exitCode
  }
  const text = error instanceof Error ? error.message : String(error)
  say(
    write,
    `culprit itself failed: ${text}`,
    verbose ? undefined : 'run again with -v for the stack trace, and report it with the evidence that shows it',
  )
  if (verbose && error instanceof Error) write(`${escapeLines(error.stack ?? '')}\n`)
  return EXIT.internal
}

/** Commander has printed help by itself; of wrong usage it only tells what is wrong. */
function reportUsage(error: CommanderError, write: (text: string) => void): ExitCode {
  if (error.exitCode === 0) return EXIT.fine
  if (error.code === 'commander.help') return EXIT.usage
  const [text = '', ...more] = error.message.replace(/^error: /, '').split('\n')
  const suggestion = more.join(' ').replace(/^\((.*)\)$/, '$1')
  say(write, text, suggestion || 'culprit --help lists the commands, culprit COMMAND --help their options')
  return EXIT.usage
}

function say(write: (text: string) => void, text: string, hint: string | undefined): void {
  write(`error: ${escapeLines(text)}\n`)
  if (hint) write(`hint: ${escapeLines(hint)}\n`)
}

const escapeLines = (text: string): string => text.split('\n').map(escapeTerminal).join('\n')
