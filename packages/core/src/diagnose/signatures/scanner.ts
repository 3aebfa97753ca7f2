import type { SignatureBook } from './book.ts'
import type { Signature, SignatureMatch } from './signature.ts'
import { Tally } from './tally.ts'

/** A line that has no end by then is looked at in pieces. */
const MOST_LINE = 65_536
/** So much of a piece is looked at again with the next. */
const OVERLAP = 1024
/** Of a longer line the expressions see what stands around the literal. */
const BEFORE = 1024
const WINDOW = 4096

/** What turns the bytes of a line into text. */
export type Decode = (bytes: Uint8Array) => string

/**
 * Finds the lines of one file that match a signature, as its bytes pass: one search for all literals, and the expressions only on lines
 * that hold one. Memory does not grow with the file.
 *
 *     const scanner = new Scanner(book, { file: 'kubelet.log', host: 'node1' }, decode)
 *     for await (const chunk of stream) scanner.push(chunk)
 *     scanner.end()
 */
export class Scanner {
  readonly #book: SignatureBook
  readonly #decode: Decode
  readonly #tally: Tally
  /** The line whose end has not come yet. */
  #rest: Uint8Array = new Uint8Array()
  #line = 1
  #candidates: number[] = []
  #hits: number[] = []

  constructor(book: SignatureBook, place: { readonly file: string; readonly host: string | undefined }, decode: Decode) {
    this.#book = book
    this.#decode = decode
    this.#tally = new Tally(place.file, place.host)
  }

  push(chunk: Uint8Array): void {
    const block = joined(this.#rest, chunk)
    const end = block.lastIndexOf(10) + 1
    this.#scan(block, end)
    if (block.length - end <= MOST_LINE) {
      this.#rest = block.slice(end)
      return
    }
    this.#scan(block.subarray(end), block.length - end)
    this.#rest = block.slice(-OVERLAP)
  }

  end(): readonly SignatureMatch[] {
    this.#scan(this.#rest, this.#rest.length)
    this.#rest = new Uint8Array()
    return this.#tally.list()
  }

  #scan(block: Uint8Array, end: number): void {
    const { classes, next, special, newline, found, width } = this.#book.automaton
    let state = 0
    let start = 0
    for (let i = 0; i < end; i++) {
      state = next[state + (classes[block[i] as number] as number)] as number
      if (state < special) continue
      if (state === newline) {
        if (this.#candidates.length > 0) this.#judge(block, start, i)
        this.#line++
        start = i + 1
      } else for (const literal of found[state / width] as readonly number[]) this.#note(literal, i)
    }
    if (this.#candidates.length > 0) this.#judge(block, start, end)
  }

  #note(literal: number, at: number): void {
    for (const signature of this.#book.needing[literal] as readonly number[])
      if (!this.#candidates.includes(signature)) {
        this.#candidates.push(signature)
        this.#hits.push(at)
      }
  }

  #judge(block: Uint8Array, start: number, end: number): void {
    const { signatures, expressions } = this.#book
    const short = end - start <= WINDOW ? this.#decode(block.subarray(start, end)) : undefined
    const matched: { readonly signature: Signature; readonly parts: Readonly<Record<string, string>>; readonly text: string }[] = []
    for (const [i, candidate] of this.#candidates.entries()) {
      const signature = signatures[candidate] as Signature
      const text = short ?? this.#window(block, start, end, this.#hits[i] as number)
      const result = (expressions[candidate] as RegExp).exec(text)
      if (result) matched.push({ signature, parts: partsOf(result.groups), text })
    }
    const special = matched.filter(({ signature }) => !signature.general)
    for (const { signature, parts, text } of special.length > 0 ? special : matched) this.#tally.add(signature, parts, this.#line, text)
    this.#candidates = []
    this.#hits = []
  }

  #window(block: Uint8Array, start: number, end: number, hit: number): string {
    const from = Math.max(start, hit - BEFORE)
    return this.#decode(block.subarray(from, Math.min(end, from + WINDOW)))
  }
}

function partsOf(groups: Readonly<Record<string, string | undefined>> | undefined): Readonly<Record<string, string>> {
  const parts: Record<string, string> = {}
  for (const [name, value] of Object.entries(groups ?? {})) if (value !== undefined) parts[name] = value
  return parts
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  if (first.length === 0) return second
  const both = new Uint8Array(first.length + second.length)
  both.set(first)
  both.set(second, first.length)
  return both
}
