/** Standard output up to a limit of bytes. */
export class KeptOutput {
  readonly #limit: number
  readonly #chunks: Uint8Array[] = []
  #size = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  /** False once there was more than is kept. */
  add(chunk: Uint8Array): boolean {
    const room = this.#limit - this.#size
    const part = chunk.length <= room ? chunk : chunk.subarray(0, room)
    this.#chunks.push(part)
    this.#size += part.length
    return chunk.length <= room
  }

  bytes(): Uint8Array {
    return Buffer.concat(this.#chunks)
  }
}

const END = 32 * 1024

/** Standard error: its beginning, which says what began, and its end, which says how it went. */
export class KeptEnds {
  #head = Buffer.alloc(0)
  #tail = Buffer.alloc(0)
  #left = 0

  add(chunk: Uint8Array): void {
    const room = END - this.#head.length
    if (room > 0) this.#head = Buffer.concat([this.#head, chunk.subarray(0, room)])
    if (chunk.length <= room) return
    const tail = Buffer.concat([this.#tail, chunk.subarray(Math.max(0, room))])
    const cut = Math.max(0, tail.length - END)
    this.#left += cut
    this.#tail = tail.subarray(cut)
  }

  text(): string {
    const gap = this.#left === 0 ? '' : `\n… ${this.#left} bytes …\n`
    return `${this.#head.toString('utf8')}${gap}${this.#tail.toString('utf8')}`
  }
}
