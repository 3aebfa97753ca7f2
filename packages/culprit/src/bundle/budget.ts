import type { LogSink } from '../logs/sink.ts'
import type { EvidenceError, EvidenceFile, EvidenceNote } from './evidence.ts'
import type { Limits } from './limits.ts'

/** What has been read so far, and how much may still be. One for each call of readEvidence. */
export class Budget {
  readonly limits: Limits
  /** Is given every log that is too long to be kept whole. */
  readonly logs: LogSink | undefined
  readonly files: EvidenceFile[] = []
  readonly notes: EvidenceNote[] = []
  readonly errors: EvidenceError[] = []
  #kept = 0
  #entries = 0

  constructor(limits: Limits, logs?: LogSink) {
    this.limits = limits
    this.logs = logs
  }

  keep(file: EvidenceFile, bytes: number): void {
    this.#kept += bytes
    this.files.push(file)
  }

  wouldExceed(bytes: number): boolean {
    return this.#kept + bytes > this.limits.keptBytes
  }

  /** Counts a file or folder; false when there are too many. */
  entry(): boolean {
    return ++this.#entries <= this.limits.entries
  }

  note(file: string, text: string): void {
    this.notes.push({ kind: 'evidence-note', file, text })
  }

  error(file: string, text: string, hint: string): void {
    this.errors.push({ kind: 'evidence-error', file, text, hint })
  }
}
