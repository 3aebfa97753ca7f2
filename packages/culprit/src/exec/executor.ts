/**
 * The one way in which culprit reaches the world: a command as a list of arguments, run somewhere. No implementation hands data to a
 * shell unquoted. What can happen to a command is a value; an exception is a bug of the caller.
 */
export interface Executor {
  /** For messages and journals: `this machine`, `root@node1`, `pod kube-system/agent`. Not escaped. */
  readonly name: string
  /** Never rejects for what happens to the command. @throws TypeError for arguments that no command can be given (none, or with a NUL byte). */
  run(command: Command): Promise<Ran>
  /** Gives back what is kept open between commands (a connection). Commands must have ended. */
  close(): Promise<void>
}

export interface Command {
  /** Program and arguments. The program is looked up in PATH and the folders of system programs. */
  readonly argv: readonly string[]
  /** Its standard input, without NUL bytes; empty when left out. */
  readonly stdin?: string | undefined
  /** Milliseconds after which it is ended (SIGTERM to it and its children, SIGKILL a second later). 30 000 when left out. */
  readonly timeout?: number | undefined
  /** Bytes of standard output that are kept; a command that writes more is ended. 64 MB when left out. */
  readonly limit?: number | undefined
  /** Ends it as a timeout does; what it wrote until then is kept. */
  readonly signal?: AbortSignal | undefined
  /** Called with what it writes to standard output while it runs. */
  readonly onOutput?: ((chunk: Uint8Array) => void) | undefined
}

/**
 * How a command ended.
 * - `exited`: by itself, or by a signal that culprit did not send; `code` is set
 * - `timed-out`, `aborted`, `limit`: ended by culprit; what it had written is there
 * - `not-found`: there is no such program
 * - `denied`: the program, or the place where it was to run, may not be used by this user
 * - `unreachable`: the place cannot be reached (no connection, no such namespace or pod), or was lost in the middle
 */
export type End = 'exited' | 'timed-out' | 'aborted' | 'limit' | 'not-found' | 'denied' | 'unreachable'

export interface Ran {
  readonly end: End
  /** Exit code, or 128 + N where signal N ended it; null unless `end` is `exited`. */
  readonly code: number | null
  /** Standard output as UTF-8. */
  readonly stdout: string
  /** The same as it came. */
  readonly bytes: Uint8Array
  /** Standard error: at most its first and last 32 KB. */
  readonly stderr: string
  /** More was written to standard output than is kept. */
  readonly truncated: boolean
  readonly timedOut: boolean
  /** How long it took. */
  readonly milliseconds: number
}

export const TIMEOUT = 30_000
export const LIMIT = 64 * 1024 * 1024

/** It ran, by itself, to exit code 0. */
export const succeeded = (ran: Ran): boolean => ran.end === 'exited' && ran.code === 0

/** @throws TypeError where the arguments cannot be those of a command. */
export function checkCommand({ argv, stdin }: Command): void {
  const [program] = argv
  if (program === undefined || program === '' || program.startsWith('-')) throw new TypeError('a command needs a program')
  if (argv.some((argument) => argument.includes('\0'))) throw new TypeError('an argument holds a NUL byte')
  if (stdin?.includes('\0')) throw new TypeError('the standard input holds a NUL byte')
}

/** Makes a result; `stdout` is decoded when it is first asked for. */
export function ran(end: End, parts: Partial<Pick<Ran, 'code' | 'bytes' | 'stderr' | 'milliseconds'>> = {}): Ran {
  const { code = null, bytes = EMPTY, stderr = '', milliseconds = 0 } = parts
  let text: string | undefined
  return {
    end,
    code: end === 'exited' ? code : null,
    bytes,
    stderr,
    milliseconds,
    truncated: end === 'limit',
    timedOut: end === 'timed-out',
    get stdout() {
      text ??= Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8')
      return text
    },
  }
}

const EMPTY = new Uint8Array()

/** Why a command gave no answer, in a sentence for people; undefined where it succeeded. Text from the command is not escaped. */
export function failureOf(result: Ran, program: string): string | undefined {
  const said = result.stderr.trim().split('\n').at(-1)?.trim().slice(0, 300) ?? ''
  const because = said === '' ? '' : `: ${said}`
  switch (result.end) {
    case 'exited':
      return result.code === 0 ? undefined : `${program} ended with exit code ${result.code}${because}`
    case 'timed-out':
      return `${program} did not end within ${Math.round(result.milliseconds / 100) / 10} s`
    case 'aborted':
      return `${program} was stopped`
    case 'limit':
      return `${program} wrote more than ${result.bytes.length} bytes`
    case 'not-found':
      return `${program} is not installed`
    case 'denied':
      return `${program} may not be run${because}`
    case 'unreachable':
      return `the place where ${program} was to run cannot be reached${because}`
    default:
      return result.end satisfies never
  }
}
