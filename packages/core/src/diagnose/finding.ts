import type { Source } from '../facts/source.ts'
import type { CauseId } from './causes/ids.ts'

/** One thing that a consistency check found, with what it rests on. */
export interface Finding {
  /** The check that found it: `service-unknown-to-rules`. */
  readonly id: string
  readonly cause?: CauseId | undefined
  /** What mends it: an entry of knowledge/runbooks. */
  readonly runbook?: string | undefined
  readonly severity: 'error' | 'warning' | 'info'
  readonly where: { readonly host: string; readonly object: string }
  readonly text: string
  readonly because: readonly { readonly text: string; readonly source: Source | undefined }[]
}

/** What a check did: what it found, how much it looked at, and what it could not look at. */
export interface Checked {
  readonly findings: readonly Finding[]
  readonly compared: number
  readonly skipped: readonly { readonly what: string; readonly missing: string }[]
}
