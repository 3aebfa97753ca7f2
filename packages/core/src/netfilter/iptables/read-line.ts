import type { Family } from '../../net/address.ts'
import type { Header } from './ast.ts'
import { readAddress, readInterface, readProtocol } from './header.ts'
import type { Match } from './matches/index.ts'
import { matchModules } from './matches/registry.ts'
import type { Problem } from './module.ts'
import { isProblem, readMatch, readTarget, takeOptions } from './read-options.ts'
import type { Target } from './targets/index.ts'
import { targetModules } from './targets/registry.ts'
import { cutWords, endOfQuotes } from './tokens.ts'

/** What a line in the form of iptables-save says. */
export interface SavedParts {
  readonly header: Header
  readonly matches: readonly Match[]
  readonly target: Target | undefined
}

interface SavedHeader {
  readonly header: Header
  /** Protocol of -p where it is not negated, else 0. */
  readonly protocol: number
}

const SPACE = 32
const BANG = 33
const DASH = 45
const QUOTE = 34
const NO_MATCHES: readonly Match[] = []
const COMMENT = '-m comment --comment '
const COMMENT_MAX = 250

/** Parts beyond this number are mostly met once (a comment for each pod): keeping them would cost more than reading them again. */
const CACHE_MAX = 4096

/**
 * Reads lines as iptables-save prints them: one pass over the characters cuts a line before each one-letter option, and a part that was read
 * before is found by its text, so that equal parts share their nodes. A line in any other form is not read here.
 */
export class LineReader {
  readonly #family: Family
  readonly #table: string
  readonly #headers = new Map<string, SavedHeader | null>()
  readonly #matches = new Map<number, Map<string, Match | null>>()
  readonly #targets = new Map<string, Target | null>()
  readonly #plain = new Map<string, Target | null>()
  readonly #gathered: Match[] = []
  #comment: Match | undefined

  constructor(family: Family, table: string) {
    this.#family = family
    this.#table = table
  }

  /** The options in text[start, end). undefined: not in the form of iptables-save, or not understood. */
  read(text: string, start: number, end: number): SavedParts | undefined {
    const extensions = headerEnd(text, start, end)
    const saved = this.#header(extensions > start ? text.slice(start, Math.min(end, extensions - 1)) : '')
    if (!saved) return undefined
    const matches = this.#gathered
    matches.length = 0
    let target: Target | undefined
    for (let at = extensions; at < end; ) {
      const stop = partEnd(text, at, end)
      const letter = text.charCodeAt(at + 1)
      if (letter === 109 /* m */) {
        const match = this.#readComment(text, at, stop) ?? this.#match(text.slice(at, stop), saved.protocol)
        if (!match) return undefined
        matches.push(match)
      } else {
        const isTarget = letter === 106 /* j */ || letter === 103 /* g */
        const found: Target | null | undefined = target || !isTarget ? undefined : this.#target(text, at, stop, saved.protocol)
        if (!found) return undefined
        target = found
      }
      at = stop + 1
    }
    // a copy is as long as it must be; an array that grows holds room for many more
    return { header: saved.header, matches: matches.length === 0 ? NO_MATCHES : matches.slice(), target }
  }

  #header(text: string): SavedHeader | null {
    let saved = this.#headers.get(text)
    if (saved === undefined) {
      saved = readHeader(text, this.#family)
      if (this.#headers.size < CACHE_MAX) this.#headers.set(text, saved)
    }
    return saved
  }

  #match(text: string, protocol: number): Match | null {
    let cache = this.#matches.get(protocol)
    if (!cache) {
      cache = new Map()
      this.#matches.set(protocol, cache)
    }
    let match = cache.get(text)
    if (match === undefined) {
      match = this.#readMatch(text, protocol)
      if (cache.size < CACHE_MAX) cache.set(text, match)
    }
    return match
  }

  /** A comment without escapes, which is most of the text of what a program wrote. The same one often stands in rules next to each other. */
  #readComment(text: string, start: number, end: number): Match | undefined {
    if (!text.startsWith(COMMENT, start) || end - start > COMMENT.length + COMMENT_MAX) return undefined
    const from = start + COMMENT.length + 1
    const last = this.#comment
    if (
      last?.kind === 'comment' &&
      end - 1 - from === last.text.length &&
      text.startsWith(last.text, from) &&
      text.charCodeAt(from - 1) === QUOTE
    )
      return last
    if (text.charCodeAt(from - 1) !== QUOTE || text.charCodeAt(end - 1) !== QUOTE || endOfQuotes(text, from - 1) !== end - 1)
      return undefined
    const comment = text.slice(from, end - 1)
    if (comment.includes('\\')) return undefined
    this.#comment = { kind: 'comment', text: comment }
    return this.#comment
  }

  #readMatch(text: string, protocol: number): Match | null {
    const { words } = cutWords(text)
    const module = matchModules.get(words[1] ?? '')
    const given = module && takeOptions(words, 2, module.options)
    const read = given && readMatch(words[1] ?? '', given, { family: this.#family, table: this.#table, protocol })
    return read && !isProblem(read) ? read : null
  }

  #target(text: string, start: number, end: number, protocol: number): Target | null {
    const blank = text.indexOf(' ', start + 3)
    const goto = text.charCodeAt(start + 1) === 103 // g
    if (goto || (blank >= 0 && blank < end)) return this.#cachedTarget(text.slice(start, end), protocol)
    return this.#plainTarget(text.slice(start + 3, end))
  }

  /** `-j NAME` and no more: nearly always a chain. */
  #plainTarget(name: string): Target | null {
    let target = this.#plain.get(name)
    if (target !== undefined) return target
    if (targetModules.has(name) || name === '' || name.includes('"')) target = this.#readTarget(`-j ${name}`, 0)
    else target = { kind: 'jump', chain: name }
    if (this.#plain.size < CACHE_MAX) this.#plain.set(name, target)
    return target
  }

  /** A target's module may look at the protocol (`--to-ports`), so that its text alone is not enough. */
  #cachedTarget(text: string, protocol: number): Target | null {
    const key = `${protocol} ${text}`
    let target = this.#targets.get(key)
    if (target === undefined) {
      target = this.#readTarget(text, protocol)
      if (this.#targets.size < CACHE_MAX) this.#targets.set(key, target)
    }
    return target
  }

  #readTarget(text: string, protocol: number): Target | null {
    const { words } = cutWords(text)
    const name = words[1]
    if (name === undefined) return null
    if (words[0] === '-g') return words.length === 2 ? { kind: 'goto', chain: name } : null
    const module = targetModules.get(name)
    if (!module) return words.length === 2 ? { kind: 'jump', chain: name } : null
    const given = takeOptions(words, 2, module.options)
    const read = given && readTarget(name, given, { family: this.#family, table: this.#table, protocol })
    return read && !isProblem(read) ? read : null
  }
}

/** Index of the first `-m`, `-j`, `-g` or `-c`, or `end + 1` when there is none. */
function headerEnd(text: string, start: number, end: number): number {
  for (let at = start; at < end; at = partEnd(text, at, end) + 1) {
    if (text.charCodeAt(at) !== DASH) continue
    const letter = text.charCodeAt(at + 1)
    // m, j, g, c
    if (letter === 109 || letter === 106 || letter === 103 || letter === 99) return at
  }
  return end + 1
}

/** Index of the blank before the next `-x` or `! -x` outside quotes, or `end`. */
function partEnd(text: string, start: number, end: number): number {
  let i = start + 2
  while (i < end) {
    const c = text.charCodeAt(i)
    if (c === QUOTE) i = endOfQuotes(text, i)
    else if (c === SPACE) {
      let option = i + 1
      if (text.charCodeAt(option) === BANG && text.charCodeAt(option + 1) === SPACE) option += 2
      if (
        text.charCodeAt(option) === DASH &&
        isLetter(text.charCodeAt(option + 1)) &&
        (option + 2 >= end || text.charCodeAt(option + 2) === SPACE)
      )
        return i
    }
    i++
  }
  return end
}

const isLetter = (code: number): boolean => (code >= 97 && code <= 122) || (code >= 65 && code <= 90)

/** `[! ]-x VALUE` after each other with single blanks; anything else is left to the reader of words. */
function readHeader(text: string, family: Family): SavedHeader | null {
  const header: { -readonly [K in keyof Header]: Header[K] } = {}
  let sound = !text.includes('"')
  const put = <K extends keyof Header>(key: K, read: Header[K] | Problem | undefined) => {
    if (read === undefined) return
    if (isProblem(read) || header[key] !== undefined) sound = false
    else header[key] = read
  }
  for (let at = 0; at < text.length && sound; ) {
    const negated = text.charCodeAt(at) === BANG
    const letter = text.charCodeAt(negated ? at + 3 : at + 1)
    at += negated ? 5 : 3
    if (letter === 102 /* f */) {
      put('fragment', family === 'ip' ? { negated } : undefined)
      continue
    }
    const blank = text.indexOf(' ', at)
    const value = text.slice(at, blank < 0 ? text.length : blank)
    at += value.length + 1
    if (value === '' || value === '!') return null
    if (letter === 115 /* s */) put('source', readAddress(value, negated, family))
    else if (letter === 100 /* d */) put('destination', readAddress(value, negated, family))
    else if (letter === 105 /* i */) put('iif', readInterface(value, negated))
    else if (letter === 111 /* o */) put('oif', readInterface(value, negated))
    else if (letter === 112 /* p */) put('protocol', readProtocol(value, negated))
    else return null
  }
  const protocol = header.protocol && !header.protocol.negated ? header.protocol.protocol : 0
  return sound ? { header, protocol } : null
}
