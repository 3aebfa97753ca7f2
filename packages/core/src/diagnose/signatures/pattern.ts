/**
 * The part of JavaScript's regular expressions that signatures may use, as a tree: what a pattern needs literally (for the search that
 * comes before) and what it may cost can be told from it. No look-around, no back-reference.
 */
export type PatternNode =
  | { readonly kind: 'char'; readonly char: string }
  /** Characters by code: 0 to 127, and 128 for all others. */
  | { readonly kind: 'class'; readonly members: CharSet }
  | { readonly kind: 'anchor'; readonly text: string }
  | { readonly kind: 'sequence'; readonly items: readonly PatternNode[] }
  | { readonly kind: 'choice'; readonly branches: readonly PatternNode[] }
  | { readonly kind: 'repeat'; readonly item: PatternNode; readonly least: number; readonly most: number }

/** One bit for each ASCII code, bit 128 for every other character. */
export type CharSet = bigint

export const OTHERS = 1n << 128n
const EVERY: CharSet = (1n << 129n) - 1n

export class PatternError extends Error {}

/** Throws PatternError with the place of what cannot be used. */
export function parsePattern(source: string): PatternNode {
  return new Reader(source).all()
}

export function charSetOf(char: string): CharSet {
  const code = char.codePointAt(0) ?? 0
  return code < 128 ? 1n << BigInt(code) : OTHERS
}

const between = (first: string, last: string): CharSet => {
  let set = 0n
  for (let code = first.charCodeAt(0); code <= Math.min(127, last.charCodeAt(0)); code++) set |= 1n << BigInt(code)
  return last.charCodeAt(0) > 127 ? set | OTHERS : set
}
const DIGITS = between('0', '9')
const WORD = DIGITS | between('a', 'z') | between('A', 'Z') | charSetOf('_')
const BLANK = charSetOf(' ') | between('\t', '\r') | OTHERS
const ESCAPES: Readonly<Record<string, CharSet>> = {
  d: DIGITS,
  D: EVERY & ~DIGITS,
  w: WORD,
  W: EVERY & ~WORD,
  s: BLANK,
  S: (EVERY & ~BLANK) | OTHERS,
}
const CONTROLS: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r' }

class Reader {
  readonly #source: string
  #at = 0

  constructor(source: string) {
    this.#source = source
  }

  all(): PatternNode {
    const node = this.#choice()
    if (this.#at < this.#source.length) this.#fail('a closing bracket without its opening one')
    return node
  }

  #fail(what: string): never {
    throw new PatternError(`${what}, at character ${this.#at + 1} of /${this.#source}/`)
  }

  #peek(text: string): boolean {
    return this.#source.startsWith(text, this.#at)
  }

  #take(text: string): boolean {
    if (!this.#peek(text)) return false
    this.#at += text.length
    return true
  }

  #choice(): PatternNode {
    const branches = [this.#sequence()]
    while (this.#take('|')) branches.push(this.#sequence())
    return branches.length === 1 ? (branches[0] as PatternNode) : { kind: 'choice', branches }
  }

  #sequence(): PatternNode {
    const items: PatternNode[] = []
    while (this.#at < this.#source.length && !this.#peek('|') && !this.#peek(')')) items.push(this.#repeated(this.#atom()))
    return items.length === 1 ? (items[0] as PatternNode) : { kind: 'sequence', items }
  }

  #repeated(item: PatternNode): PatternNode {
    const found = /^(?:[*+?]|\{(\d+)(,?)(\d*)\})/.exec(this.#source.slice(this.#at, this.#at + 16))
    if (!found) return item
    this.#at += found[0].length
    this.#take('?')
    const [text, first, comma, last] = found
    const least = text === '*' || text === '?' ? 0 : text === '+' ? 1 : Number(first)
    const most = text === '?' ? 1 : text === '*' || text === '+' ? Infinity : comma === '' ? least : last === '' ? Infinity : Number(last)
    return { kind: 'repeat', item, least, most }
  }

  #atom(): PatternNode {
    if (this.#take('(')) return this.#group()
    if (this.#take('[')) return { kind: 'class', members: this.#class() }
    const char = this.#next()
    if (char === '.') return { kind: 'class', members: EVERY & ~charSetOf('\n') }
    if (char === '^' || char === '$') return { kind: 'anchor', text: char }
    if (char === '\\') return this.#escaped()
    if (/[*+?{}\]]/.test(char)) this.#fail(`"${char}" must be written as "\\${char}"`)
    return { kind: 'char', char }
  }

  #next(): string {
    const char = String.fromCodePoint(this.#source.codePointAt(this.#at) ?? this.#fail('the pattern ends too early'))
    this.#at += char.length
    return char
  }

  #group(): PatternNode {
    const head = /^\?(?::|<[A-Za-z]\w*>)/.exec(this.#source.slice(this.#at, this.#at + 80))
    if (!head) this.#fail('a group must be (?:…) or (?<name>…)')
    this.#at += head[0].length
    const node = this.#choice()
    if (!this.#take(')')) this.#fail('a group that is not closed')
    return node
  }

  #escaped(): PatternNode {
    const char = this.#next()
    const members = ESCAPES[char]
    if (members !== undefined) return { kind: 'class', members }
    if (char === 'b' || char === 'B') return { kind: 'anchor', text: `\\${char}` }
    if (/[A-Za-z0-9]/.test(char) && CONTROLS[char] === undefined) this.#fail(`"\\${char}" is not among what a signature may use`)
    return { kind: 'char', char: CONTROLS[char] ?? char }
  }

  #class(): CharSet {
    const negated = this.#take('^')
    let set = 0n
    while (!this.#take(']')) {
      const first = this.#member()
      if (typeof first === 'bigint') set |= first
      else if (this.#peek('-') && !this.#peek('-]')) {
        this.#at++
        const last = this.#member()
        if (typeof last === 'bigint') this.#fail('a range ends in a class')
        set |= between(first, last)
      } else set |= charSetOf(first)
    }
    return negated ? (EVERY & ~set) | OTHERS : set
  }

  #member(): string | CharSet {
    const char = this.#next()
    if (char !== '\\') return char
    const escaped = this.#next()
    return ESCAPES[escaped] ?? CONTROLS[escaped] ?? escaped
  }
}
