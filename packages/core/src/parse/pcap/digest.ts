import { u8 } from './bytes.ts'

/** Enough to tell contents apart, and there even with a snapshot length of 96 bytes. */
const DIGESTED = 32

/** FNV-1a of the first bytes; 0 where there are none. */
export function digestOf(bytes: Uint8Array, from: number, to: number): number {
  const end = Math.min(to, from + DIGESTED, bytes.length)
  if (end <= from) return 0
  let hash = 0x811c9dc5
  for (let at = from; at < end; at++) hash = Math.imul(hash ^ u8(bytes, at), 0x01000193)
  return hash >>> 0 || 1
}
