import type { Writable } from 'node:stream'

const CHUNK = 1 << 16

/** Text on its way to standard output: collected into chunks, held back when the reader is slow. */
export interface Output {
  /** Resolves when more may be written; undefined when that is now, so that a loop need not wait for each line. */
  write(text: string): Promise<void> | undefined
  /** Writes what is collected. */
  flush(): Promise<void>
}

export function createOutput(stream: Writable): Output {
  let parts: string[] = []
  let size = 0
  const send = (): Promise<void> | undefined => {
    const text = parts.join('')
    parts = []
    size = 0
    if (text === '' || stream.write(text)) return undefined
    return new Promise((resolve) => stream.once('drain', resolve))
  }
  return {
    write(text) {
      parts.push(text)
      size += text.length
      return size < CHUNK ? undefined : send()
    },
    async flush() {
      await send()
    },
  }
}

/** `culprit … | head`: the reader has seen enough, which is no fault. */
export function stopQuietlyWhenReaderLeaves(stream: Writable): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0)
    throw error
  })
}
