import { captureFormat } from '@culprit/core/intake/recognise/recognise'

/** What bytes turned out to be. */
export type Decoded =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'capture'; readonly bytes: Uint8Array }
  | { readonly kind: 'binary'; readonly why: string }

const MAGIC: readonly (readonly [string, readonly number[]])[] = [
  ['a gzip file', [0x1f, 0x8b]],
  ['a zip archive', [0x50, 0x4b, 0x03, 0x04]],
  ['an xz file', [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]],
  ['a bzip2 file', [0x42, 0x5a, 0x68]],
  ['a zstd file', [0x28, 0xb5, 0x2f, 0xfd]],
  ['an ELF program', [0x7f, 0x45, 0x4c, 0x46]],
  ['a PNG image', [0x89, 0x50, 0x4e, 0x47]],
  ['a PDF document', [0x25, 0x50, 0x44, 0x46]],
]

/** Bytes to text: UTF-8, UTF-16 by its byte order mark, else Latin-1 for single bytes that are no UTF-8. Captures stay bytes. */
export function decode(bytes: Uint8Array): Decoded {
  if (captureFormat(bytes)) return { kind: 'capture', bytes }
  const magic = MAGIC.find(([, start]) => start.every((byte, i) => bytes[i] === byte))
  if (magic) return { kind: 'binary', why: magic[0] }
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return { kind: 'text', text: new TextDecoder('utf-16le').decode(bytes) }
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return { kind: 'text', text: new TextDecoder('utf-16be').decode(bytes) }
  if (isBinary(bytes)) return { kind: 'binary', why: 'binary data' }
  // The decoder takes a UTF-8 byte order mark away. A stray byte becomes U+FFFD; where there are many, the text is not UTF-8.
  const text = new TextDecoder('utf-8').decode(bytes)
  return { kind: 'text', text: strayBytes(text) > 1 + text.length / 200 ? Buffer.from(bytes).toString('latin1') : text }
}

/** NUL bytes or many control characters in the first 8 KB: no output of a command has them. */
function isBinary(bytes: Uint8Array): boolean {
  const head = bytes.subarray(0, 8192)
  let control = 0
  for (const byte of head) {
    if (byte === 0) return true
    if (byte < 32 && byte !== 9 && byte !== 10 && byte !== 13 && byte !== 12 && byte !== 27 && byte !== 8 && byte !== 7) control++
  }
  return control > head.length / 20
}

function strayBytes(text: string): number {
  let count = 0
  const head = text.slice(0, 65_536)
  for (let at = head.indexOf('\ufffd'); at >= 0; at = head.indexOf('\ufffd', at + 1)) count++
  return count
}
