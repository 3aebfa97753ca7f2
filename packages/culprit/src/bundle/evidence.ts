import type { TextFile } from '@culprit/core/intake/format'

/** A file of the evidence, in memory. `size` is that of the file as it was (unpacked), in bytes. */
export interface EvidenceFile extends TextFile {
  readonly size: number
}

/** What could not be read, or was refused. Nothing is thrown for these. */
export interface EvidenceError {
  readonly kind: 'evidence-error'
  /** The file or archive; of an archive's entry `ARCHIVE: ENTRY`. */
  readonly file: string
  readonly text: string
  readonly hint: string
}

/** Something that the reader did or left out, and that changes no answer by itself. */
export interface EvidenceNote {
  readonly kind: 'evidence-note'
  readonly file: string
  readonly text: string
}

export interface EvidenceTree {
  readonly files: readonly EvidenceFile[]
  readonly notes: readonly EvidenceNote[]
  readonly errors: readonly EvidenceError[]
}

export const evidenceError = (file: string, text: string, hint: string): EvidenceError => ({ kind: 'evidence-error', file, text, hint })

/** The system's reasons in words; the code stays visible for what is not listed. */
export function systemReason(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : ''
  switch (code) {
    case 'ENOENT':
      return 'no such file or folder'
    case 'EACCES':
    case 'EPERM':
      return 'permission denied'
    case 'ELOOP':
      return 'symbolic links in a circle'
    case 'ENAMETOOLONG':
      return 'the name is too long'
    case 'ENOTDIR':
      return 'a part of the path is not a folder'
    case 'EISDIR':
      return 'is a folder'
    case 'ENOSPC':
      return 'no space left on the device'
    case 'EROFS':
      return 'the file system is read-only'
    case 'EIO':
      return 'the device reports a read error'
  }
  return error instanceof Error ? error.message : String(error)
}
