import type { Style } from '@culprit/core/report/style'
import type { Output } from './output.ts'

/** What every command is given: where it prints, and the flags that all share. */
export interface Context {
  readonly out: Output
  /** A line to standard error, escaped for the terminal. */
  readonly warn: (text: string) => void
  readonly style: Style
  readonly quiet: boolean
  readonly verbose: boolean
}

/** The flags that all commands share, as commander reads them. */
export interface SharedFlags {
  readonly output?: string
  readonly color: boolean
  readonly quiet?: boolean
  readonly verbose?: boolean
}
