import type { Format } from '@culprit/core/intake/format'
import { recognise } from '@culprit/core/intake/recognise/recognise'
import type { LogSink } from '../logs/sink.ts'
import type { Budget } from './budget.ts'
import { decode } from './decode.ts'
import { formatBytes, type Limits } from './limits.ts'

/** What was taken of a stream of bytes: all of it, or beginning and end of a long log. */
export type Collected =
  | { readonly kind: 'whole'; readonly bytes: Uint8Array; readonly size: number }
  | { readonly kind: 'ends'; readonly head: Uint8Array; readonly tail: Uint8Array; readonly size: number }
  | { readonly kind: 'refused'; readonly text: string; readonly hint: string }

/** What is binary shows it in its first bytes: the rest need not be unpacked. */
const BINARY_HEAD = 8192

/** Texts of which a part still tells something. A ruleset without its middle would lie. */
const IN_PARTS: ReadonlySet<Format> = new Set([
  'log',
  'kernel-log',
  'xtables-monitor',
  'nft-monitor-trace',
  'conntrack-events',
  'tcpdump',
  'notes',
  'unrecognised',
  'empty',
])

/**
 * Takes a stream into memory within the limits. A text that turns out longer than `wholeBytes` is looked at: of a log, beginning
 * and end are kept; anything else is kept whole up to `fileBytes`, beyond that it is refused. The stream is always read to its end
 * or closed.
 */
export async function collect(stream: AsyncIterable<Uint8Array>, path: string, limits: Limits, budget: Budget): Promise<Collected> {
  const chunks: Uint8Array[] = []
  let size = 0
  let ends: Ends | undefined
  let looked = false
  let log: ReturnType<LogSink['open']> | undefined
  for await (const chunk of stream) {
    size += chunk.length
    if (ends) {
      ends.add(chunk)
      log?.write(chunk)
      continue
    }
    chunks.push(chunk)
    if (size >= BINARY_HEAD && size - chunk.length < BINARY_HEAD && decode(Buffer.concat(chunks)).kind === 'binary') {
      return { kind: 'whole', bytes: Buffer.concat(chunks), size }
    }
    if (size > limits.wholeBytes && !looked) {
      looked = true
      if (isLog(path, chunks)) {
        log = budget.logs?.open(path)
        for (const begun of chunks) log?.write(begun)
        ends = new Ends(limits, chunks.splice(0))
      }
    }
    if (ends) continue
    if (size > limits.fileBytes) return tooLong(limits)
    if (budget.wouldExceed(size)) return memoryFull(limits)
  }
  log?.end()
  if (ends) return { kind: 'ends', ...ends.taken(), size }
  return { kind: 'whole', bytes: chunks.length === 1 ? (chunks[0] as Uint8Array) : Buffer.concat(chunks), size }
}

export const tooLong = (limits: Limits): Collected => ({
  kind: 'refused',
  text: `is longer than ${formatBytes(limits.fileBytes)}`,
  hint: 'give the part of it that matters, or raise the limit',
})

export const memoryFull = (limits: Limits): Collected => ({
  kind: 'refused',
  text: `the evidence is larger than ${formatBytes(limits.keptBytes)} in all`,
  hint: 'give fewer files at a time, or raise the limit',
})

/** Is this long text one of which beginning and end suffice? `start` holds its beginning. */
export function isLog(path: string, start: readonly Uint8Array[]): boolean {
  const first = start[0] ?? new Uint8Array()
  if (/\.(?:pcap|pcapng|cap)$/.test(path)) return false
  const head = first.length >= 65_536 ? first : Buffer.concat(start.slice(0, 64))
  return IN_PARTS.has(recognise(path, Buffer.from(head.subarray(0, 131_072)).toString('latin1'), head))
}

/** The first `headBytes` and the last `tailBytes` of what passes. */
class Ends {
  readonly #limits: Limits
  readonly #head: Uint8Array
  #tail: Uint8Array[] = []
  #tailSize = 0

  constructor(limits: Limits, before: readonly Uint8Array[]) {
    this.#limits = limits
    const all = Buffer.concat(before)
    this.#head = Buffer.from(all.subarray(0, limits.headBytes))
    this.add(all.subarray(limits.headBytes))
  }

  add(chunk: Uint8Array): void {
    this.#tail.push(chunk)
    this.#tailSize += chunk.length
    if (this.#tailSize <= 2 * this.#limits.tailBytes) return
    const kept = this.#lastBytes()
    this.#tail = [kept]
    this.#tailSize = kept.length
  }

  #lastBytes(): Uint8Array {
    const all = Buffer.concat(this.#tail)
    return Buffer.from(all.subarray(Math.max(0, all.length - this.#limits.tailBytes)))
  }

  taken(): { readonly head: Uint8Array; readonly tail: Uint8Array } {
    return { head: this.#head, tail: this.#lastBytes() }
  }
}
