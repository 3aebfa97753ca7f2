import { escapeTerminal } from '@culprit/core/report/escape'
import type { Context, SharedFlags } from './context.ts'
import { EXIT, type ExitCode } from './exit.ts'
import { reportFailure } from './failure.ts'
import { createOutput, stopQuietlyWhenReaderLeaves } from './output.ts'
import { createProgram } from './program.ts'
import { terminalStyle, wantsColour } from './style.ts'

/** Runs one command line (without node and script) to its end; the exit code. */
export async function main(args: readonly string[]): Promise<ExitCode> {
  stopQuietlyWhenReaderLeaves(process.stdout)
  const out = createOutput(process.stdout)
  const error = (text: string): void => void process.stderr.write(text)
  let exitCode: ExitCode = EXIT.fine
  const context = (flags: SharedFlags): Context => ({
    out,
    warn: (text) => flags.quiet || error(`${escapeTerminal(text)}\n`),
    style: terminalStyle(wantsColour(flags.color, process.stdout, process.env)),
    quiet: flags.quiet === true,
    verbose: flags.verbose === true,
  })
  try {
    const program = createProgram({ context, done: (code) => (exitCode = code) })
    if (args.length === 0) program.help({ error: true })
    await program.parseAsync(args, { from: 'user' })
    await out.flush()
    return exitCode
  } catch (failure) {
    await out.flush()
    return reportFailure(failure, args.includes('-v') || args.includes('--verbose'), error)
  }
}
