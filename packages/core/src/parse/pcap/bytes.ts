/** Numbers in network order. What lies behind the end reads as 0: callers check lengths where it matters. */
export const u8 = (bytes: Uint8Array, at: number): number => bytes[at] ?? 0
export const u16 = (bytes: Uint8Array, at: number): number => (u8(bytes, at) << 8) | u8(bytes, at + 1)
export const u32 = (bytes: Uint8Array, at: number): number => ((u16(bytes, at) << 16) | u16(bytes, at + 2)) >>> 0

/** A capture has few link-layer addresses, again and again. */
const macs = new Map<number, string>()
const KNOWN_MACS = 4096

export function macAt(bytes: Uint8Array, at: number): string | undefined {
  if (at + 6 > bytes.length) return undefined
  const value = u16(bytes, at) * 2 ** 32 + u32(bytes, at + 2)
  const known = macs.get(value)
  if (known !== undefined) return known
  const text = macText(bytes, at)
  if (macs.size >= KNOWN_MACS) macs.clear()
  macs.set(value, text)
  return text
}

function macText(bytes: Uint8Array, at: number): string {
  let text = ''
  for (let i = 0; i < 6; i++)
    text += `${i > 0 ? ':' : ''}${u8(bytes, at + i)
      .toString(16)
      .padStart(2, '0')}`
  return text
}

export function ipv6At(bytes: Uint8Array, at: number): bigint {
  const half = (from: number): bigint => (BigInt(u32(bytes, from)) << 32n) | BigInt(u32(bytes, from + 4))
  return (half(at) << 64n) | half(at + 8)
}

/** Bytes that come in chunks; holds no more than what one `take` asks for. */
export class ByteQueue {
  #chunks: Iterator<Uint8Array>
  #current: Uint8Array = new Uint8Array(0)
  #at = 0

  constructor(chunks: Iterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.iterator]()
  }

  /** The next `count` bytes: a view where they lie in one chunk. Fewer only at the end. */
  take(count: number): Uint8Array {
    if (this.#at + count > this.#current.length) this.#gather(count)
    const end = Math.min(this.#current.length, this.#at + count)
    const taken = this.#current.subarray(this.#at, end)
    this.#at = end
    return taken
  }

  #gather(count: number): void {
    const parts = [this.#current.subarray(this.#at)]
    let length = parts[0]?.length ?? 0
    while (length < count) {
      const next = this.#chunks.next()
      if (next.done) break
      parts.push(next.value)
      length += next.value.length
    }
    this.#at = 0
    this.#current = parts.length === 1 ? (parts[0] as Uint8Array) : join(parts, length)
  }
}

function join(parts: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
