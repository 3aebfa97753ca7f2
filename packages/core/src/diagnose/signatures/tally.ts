import type { Signature, SignatureMatch } from './signature.ts'

/** Of one signature in one file: so many different sets of named parts are kept apart. */
const MOST_APART = 50
const MOST_TEXT = 600

interface Counted {
  readonly match: Omit<SignatureMatch, 'count' | 'lastLine'>
  count: number
  lastLine: number
}

/** Matches of one file, gathered by signature and named parts: a million equal lines take the room of one. */
export class Tally {
  readonly #file: string
  readonly #host: string | undefined
  readonly #counted = new Map<Signature, Map<string, Counted>>()

  constructor(file: string, host: string | undefined) {
    this.#file = file
    this.#host = host
  }

  add(signature: Signature, parts: Readonly<Record<string, string>>, line: number, text: string): void {
    let own = this.#counted.get(signature)
    if (!own) {
      own = new Map()
      this.#counted.set(signature, own)
    }
    const key = Object.values(parts).join('\0')
    const known = own.get(own.has(key) || own.size < MOST_APART ? key : REST)
    if (known) {
      // A very long line is looked at in pieces that overlap.
      if (known.lastLine !== line) known.count++
      known.lastLine = line
      return
    }
    const source = { file: this.#file, line }
    const full = own.size >= MOST_APART
    own.set(full ? REST : key, {
      match: { signature, parts: full ? {} : { ...parts }, text: text.slice(0, MOST_TEXT), source, host: this.#host },
      count: 1,
      lastLine: line,
    })
  }

  /** In the order of the lines. */
  list(): readonly SignatureMatch[] {
    const all = [...this.#counted.values()].flatMap((own) => [...own.values()])
    return all
      .map(({ match, count, lastLine }) => ({ ...match, count, lastLine }))
      .sort((a, b) => a.source.line - b.source.line || (a.signature.id < b.signature.id ? -1 : 1))
  }
}

/** No named part holds it: parts come from one line. */
const REST = '\n'
