import type { Ran } from '../exec/executor.ts'

/** What became of one command of the catalogue. */
export interface Attempt {
  /** undefined: of the cluster. */
  readonly host?: string | undefined
  readonly netns?: string | undefined
  /** In the bundle. */
  readonly file: string
  readonly command: readonly string[]
  /**
   * `collected`, `cut` (longer than its limit: the beginning is kept), `absent` (no such program), `failed`, `denied`, `timed-out`, `too-long` (not
   * kept: a part of it would lie), `unreachable`.
   */
  readonly outcome: 'collected' | 'cut' | 'absent' | 'failed' | 'denied' | 'timed-out' | 'too-long' | 'unreachable'
  readonly bytes: number
  readonly milliseconds: number
  /** The last line that it said on standard error. */
  readonly said?: string | undefined
  /** What the diagnosis lacks; undefined where it lacks nothing. */
  readonly costs?: string | undefined
}

/** What a command's end means for a file of which `inPart` says whether its beginning is worth something. */
export function outcomeOf(ran: Pick<Ran, 'end' | 'code' | 'bytes' | 'stderr'>, inPart: boolean): Attempt['outcome'] {
  switch (ran.end) {
    case 'exited':
      // sysctl -a and the like end with an error for one line, and have told the others.
      if (ran.code === 0 || (inPart && ran.bytes.length > 0)) return 'collected'
      return /permission denied|not permitted|must be root|you must be root/i.test(ran.stderr) ? 'denied' : 'failed'
    case 'limit':
      return inPart ? 'cut' : 'too-long'
    case 'timed-out':
    case 'aborted':
      return inPart && ran.bytes.length > 0 ? 'cut' : 'timed-out'
    case 'not-found':
      return 'absent'
    case 'denied':
      return 'denied'
    case 'unreachable':
      return 'unreachable'
    default:
      return ran.end satisfies never
  }
}

export const isKept = (outcome: Attempt['outcome']): boolean => outcome === 'collected' || outcome === 'cut'

/** The whole account, as `collect.json` in the bundle holds it. */
export interface Account {
  readonly schema: 'culprit.collect/v1'
  readonly started: string
  readonly milliseconds: number
  readonly redacted: 'secrets' | 'secrets and addresses'
  readonly hosts: readonly string[]
  readonly attempts: readonly Attempt[]
}
