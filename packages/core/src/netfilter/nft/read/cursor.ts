import type { NftRule } from '../ast.ts'
import type { Expression } from '../expression.ts'
import { lex, type Token } from './lexer.ts'

/** Text that a reader cannot go on with. Caught where a statement or block begins; never leaves readNft(). */
export class ReadProblem extends Error {
  readonly line: number
  constructor(text: string, line: number) {
    super(text)
    this.line = line
  }
}

export interface Place {
  readonly pos: number
  readonly line: number
}

const MAX_DEPTH = 64

/** A reading place in a text, one token ahead. */
export class Cursor {
  readonly source: string
  /** `define NAME = …` */
  readonly defines = new Map<string, Expression>()
  /** Called for the body of `jump { … }`. */
  implicitChain: (cursor: Cursor) => { readonly chain: string; readonly rules: readonly NftRule[] } = (cursor) =>
    cursor.fail('no implicit chain')
  /** Characters that may still be looked through for a closing brace: broken text is not read over and over. */
  patience: number
  /** Where the last token taken ended. */
  end = 0
  #token: Token
  #depth = 0

  constructor(source: string) {
    this.source = source
    this.patience = 4 * source.length + 10000
    this.#token = lex(source, 0, 1)
  }

  get token(): Token {
    return this.#token
  }
  get line(): number {
    return this.#token.line
  }

  next(): Token {
    const taken = this.#token
    this.end = taken.end
    this.#token = lex(this.source, taken.end, taken.kind === 'newline' ? taken.line + 1 : taken.line)
    return taken
  }

  place(): Place {
    return { pos: this.#token.start, line: this.#token.line }
  }
  reset(place: Place): void {
    this.#token = lex(this.source, place.pos, place.line)
  }
  /** The token behind the next one. */
  second(): Token {
    const place = this.place()
    const end = this.end
    this.next()
    const token = this.#token
    this.reset(place)
    this.end = end
    return token
  }

  is(text: string): boolean {
    return this.#token.text === text && this.#token.kind !== 'string'
  }
  accept(text: string): boolean {
    if (!this.is(text)) return false
    this.next()
    return true
  }
  expect(text: string): void {
    if (!this.accept(text)) this.fail(`“${text}”`)
  }
  /** Any of these words; takes it. */
  oneOf<T extends string>(words: readonly T[]): T | undefined {
    for (const word of words) if (this.accept(word)) return word
    return undefined
  }
  atEnd(): boolean {
    return this.#token.kind === 'end'
  }
  atLineEnd(): boolean {
    return this.#token.kind === 'newline' || this.#token.kind === 'end' || this.is(';') || this.is('}')
  }
  skipLines(): void {
    while (this.#token.kind === 'newline' || this.is(';')) this.next()
  }
  skipNewlines(): void {
    while (this.#token.kind === 'newline') this.next()
  }

  /** `# handle 12`, `# count 3` behind what was taken last. */
  remark(word: 'handle' | 'count'): number | undefined {
    const comment = this.source.slice(this.end, this.#token.start)
    const found = comment.includes('#') ? new RegExp(`# ${word} (\\d+)`).exec(comment) : null
    return found ? Number(found[1]) : undefined
  }

  /** A name or a quoted string. */
  name(): string {
    const { kind } = this.#token
    if (kind === 'word' || kind === 'string' || kind === 'number' || kind === 'address') return this.next().text
    return this.fail('a name')
  }
  number(): number {
    const value = Number(this.#token.text)
    if (this.#token.kind !== 'number' || !Number.isFinite(value)) return this.fail('a number')
    this.next()
    return value
  }
  numberIf(): number | undefined {
    return this.#token.kind === 'number' && Number.isFinite(Number(this.#token.text)) ? this.number() : undefined
  }

  /** Runs a reader one level deeper; text nested without end stops here and not at the stack's end. */
  deeper<T>(read: () => T): T {
    if (++this.#depth > MAX_DEPTH) {
      this.#depth--
      return this.fail('less nesting')
    }
    try {
      return read()
    } finally {
      this.#depth--
    }
  }

  fail(wanted: string): never {
    throw new ReadProblem(
      `expected ${wanted} before “${this.#token.kind === 'end' ? 'the end' : this.#token.text.slice(0, 40)}”`,
      this.#token.line,
    )
  }
}
