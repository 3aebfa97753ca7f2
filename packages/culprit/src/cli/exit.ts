/** Exit codes as the public interface gives them. */
export const EXIT = {
  fine: 0,
  /** A fault was found: not delivered, or no answer. */
  fault: 1,
  usage: 2,
  /** The evidence cannot be read or does not suffice. */
  evidence: 3,
  /** A guard or its proof refuses a repair. */
  refused: 4,
  /** Applied, failed its checks, taken back. */
  rolledBack: 5,
  /** Taking back failed: a person is needed. */
  stuck: 6,
  /** A bug of culprit (EX_SOFTWARE of sysexits.h). */
  internal: 70,
} as const
export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** What ends a command early, with the sentence that is printed for it. `text` and `hint` may hold text from evidence: it is escaped when printed. */
export class CliError extends Error {
  readonly exitCode: ExitCode
  readonly hint: string | undefined

  constructor(exitCode: ExitCode, text: string, hint?: string, cause?: unknown) {
    super(text, cause === undefined ? {} : { cause })
    this.name = 'CliError'
    this.exitCode = exitCode
    this.hint = hint
  }
}

export const usageError = (text: string, hint?: string): CliError => new CliError(EXIT.usage, text, hint)
export const evidenceError = (text: string, hint?: string, cause?: unknown): CliError => new CliError(EXIT.evidence, text, hint, cause)
