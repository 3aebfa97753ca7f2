const MB = 1024 * 1024

/** How much of the evidence is taken into memory, in bytes after unpacking. */
export interface Limits {
  /** A text longer than this is read in part when it is a log: its beginning and its end. */
  readonly wholeBytes: number
  /** What is kept of such a log. */
  readonly headBytes: number
  readonly tailBytes: number
  /** A file that is no log (a ruleset, a connection table, a capture) longer than this is refused. */
  readonly fileBytes: number
  /** What one archive or gzip may unpack to. */
  readonly unpackedBytes: number
  /** All that is kept in memory, together. */
  readonly keptBytes: number
  /** Files and folders, together. */
  readonly entries: number
  /** How deep folders may nest. */
  readonly depth: number
}

export const LIMITS: Limits = {
  wholeBytes: 16 * MB,
  headBytes: 4 * MB,
  tailBytes: 8 * MB,
  fileBytes: 128 * MB,
  unpackedBytes: 4096 * MB,
  keptBytes: 2048 * MB,
  entries: 200_000,
  depth: 32,
}

/** `1.5 GB`, `16 MB`, `900 bytes`. */
export function formatBytes(bytes: number): string {
  if (bytes >= 1024 * MB) return `${Number((bytes / (1024 * MB)).toFixed(1))} GB`
  if (bytes >= MB) return `${Number((bytes / MB).toFixed(1))} MB`
  return bytes >= 1024 ? `${Number((bytes / 1024).toFixed(1))} KB` : `${bytes} bytes`
}
