import type { SignatureBook } from '@culprit/core/diagnose/signatures/book'
import { Scanner } from '@culprit/core/diagnose/signatures/scanner'
import type { SignatureMatch } from '@culprit/core/diagnose/signatures/signature'
import { textOfBytes } from '@culprit/core/diagnose/signatures/utf8'

/** Where the bytes of a log go that is too long to be kept: each file as it is read. */
export interface LogSink {
  /** Called at the beginning of such a file; what it gives is fed with all of it, in order. */
  open(path: string): { write(chunk: Uint8Array): void; end(): void }
}

/** Searches long logs for signatures as they are read; `found` fills meanwhile. */
export function signatureSink(book: SignatureBook): LogSink & { readonly found: SignatureMatch[]; readonly files: Set<string> } {
  const found: SignatureMatch[] = []
  const files = new Set<string>()
  return {
    found,
    files,
    open(path) {
      files.add(path)
      const scanner = new Scanner(book, { file: path, host: /(?:^|\/)hosts\/([^/]+)\//.exec(path)?.[1] }, textOfBytes)
      return { write: (chunk) => scanner.push(chunk), end: () => void found.push(...scanner.end()) }
    },
  }
}
