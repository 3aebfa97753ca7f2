import type { Note } from '../facts/source.ts'
import { type Notes, notesOn } from './notes.ts'

export type Json = null | boolean | number | string | readonly Json[] | JsonObject
export interface JsonObject {
  readonly [key: string]: Json
}

export interface JsonText {
  /** Every top-level value, in order: `ip -j` run twice into one file gives two arrays. */
  readonly documents: readonly Json[]
  /** 1-based line in which an object or array of `documents` begins; 0 for anything else. */
  lineOf(value: Json): number
  readonly notes: readonly Note[]
}

/** Deeper values are left out (as null) and noted, so that no reader of the result can be made to overflow its stack. */
const MAX_DEPTH = 200

type Container =
  | { readonly kind: 'array'; readonly value: Json[] }
  | { readonly kind: 'object'; readonly value: Record<string, Json>; key: string }

interface Cursor {
  readonly text: string
  position: number
  line: number
  readonly lines: Map<Json, number>
  readonly notes: Notes
  tooDeep: boolean
}

interface Broken {
  readonly broken: string
}

/**
 * Reads JSON (RFC 8259) in linear time and remembers the line of every object. Of a document that breaks off, the whole
 * array elements before the break are kept; reading goes on at the next line that begins with `[` or `{`. Never throws.
 */
export function readJson(text: string, file: string): JsonText {
  const cursor: Cursor = { text, position: 0, line: 1, lines: new Map(), notes: notesOn(file), tooDeep: false }
  const documents: Json[] = []
  for (;;) {
    skipJunk(cursor)
    if (cursor.position >= text.length) break
    const value = readDocument(cursor)
    if (value !== undefined) documents.push(value)
  }
  return { documents, lineOf: (value) => cursor.lines.get(value) ?? 0, notes: cursor.notes.list() }
}

/** Moves to the next `[` or `{` that can begin a document: prompts, log lines and stray commas may stand between. */
function skipJunk(c: Cursor): void {
  skipSpace(c)
  const code = c.text.charCodeAt(c.position)
  if (c.position >= c.text.length || code === 91 || code === 123) return
  const start = /^[ \t]*[[{]/gm
  start.lastIndex = c.position
  const found = start.exec(c.text)
  const end = found ? found.index : c.text.length
  const raw = c.text.slice(c.position, Math.min(end, c.position + 500)).trim()
  if (!/^[\],}\s]*$/.test(raw)) c.notes.add('not-understood', 'not JSON', c.line, raw)
  advance(c, end)
  skipSpace(c)
}

function advance(c: Cursor, to: number): void {
  for (let at = c.text.indexOf('\n', c.position); at >= 0 && at < to; at = c.text.indexOf('\n', at + 1)) c.line++
  c.position = to
}

function skipSpace(c: Cursor): void {
  const { text } = c
  for (; c.position < text.length; c.position++) {
    const code = text.charCodeAt(c.position)
    if (code === 10) c.line++
    else if (code !== 32 && code !== 9 && code !== 13 && code !== 0xfeff) return
  }
}

function readDocument(c: Cursor): Json | undefined {
  const begin = c.line
  const stack: Container[] = []
  for (;;) {
    const step = next(c, stack)
    if (step === undefined) continue
    if (!isBroken(step)) return step.done
    const rest = c.text.slice(c.position, c.position + 200)
    c.notes.add('broken', `${step.broken}; of the value that begins in line ${begin} only the whole elements before are kept`, c.line, rest)
    return unwind(stack)
  }
}

const isBroken = (step: Broken | { readonly done: Json }): step is Broken => 'broken' in step

/** One token further: undefined while inside the document, `done` when it is closed. */
function next(c: Cursor, stack: Container[]): Broken | { readonly done: Json } | undefined {
  skipSpace(c)
  if (c.position >= c.text.length) return { broken: 'JSON breaks off' }
  const top = stack.at(-1)
  const code = c.text.charCodeAt(c.position)
  if (top !== undefined && code === (top.kind === 'array' ? 93 : 125)) {
    c.position++
    stack.pop()
    return put(c, stack, top.value)
  }
  if (top?.kind === 'object') {
    const key = code === 34 ? readString(c) : undefined
    if (key === undefined) return { broken: 'a member name was expected' }
    skipSpace(c)
    if (c.text.charCodeAt(c.position) !== 58) return { broken: 'a colon was expected' }
    c.position++
    top.key = key
    skipSpace(c)
  }
  return readValue(c, stack)
}

function readValue(c: Cursor, stack: Container[]): Broken | { readonly done: Json } | undefined {
  const code = c.text.charCodeAt(c.position)
  if (code === 91 || code === 123) {
    if (stack.length >= MAX_DEPTH) return skipDeep(c) ? put(c, stack, null) : { broken: 'JSON breaks off' }
    const container: Container = code === 91 ? { kind: 'array', value: [] } : { kind: 'object', value: {}, key: '' }
    c.lines.set(container.value, c.line)
    c.position++
    stack.push(container)
    return undefined
  }
  const value = code === 34 ? readString(c) : readScalar(c)
  return value === undefined ? { broken: 'a value was expected' } : put(c, stack, value)
}

/** Puts a whole value where it belongs, and reads the comma behind it. */
function put(c: Cursor, stack: readonly Container[], value: Json): Broken | { readonly done: Json } | undefined {
  const top = stack.at(-1)
  if (top === undefined) return { done: value }
  store(top, value)
  skipSpace(c)
  const code = c.text.charCodeAt(c.position)
  if (code === 44) c.position++
  else if (code !== (top.kind === 'array' ? 93 : 125))
    return { broken: c.position >= c.text.length ? 'JSON breaks off' : 'a comma was expected' }
  return undefined
}

function store(into: Container, value: Json): void {
  if (into.kind === 'array') into.value.push(value)
  else if (into.key === '__proto__')
    Object.defineProperty(into.value, into.key, { value, enumerable: true, configurable: true, writable: true })
  else into.value[into.key] = value
}

/** What is worth keeping of containers that were never closed: arrays without their unfinished element. */
function unwind(stack: readonly Container[]): Json | undefined {
  for (const [i, container] of stack.entries()) {
    const parent = stack[i - 1]
    if (parent === undefined) continue
    if (parent.kind === 'array') break
    store(parent, container.value)
  }
  return stack[0]?.value
}

/** Passes over a container without building it. */
function skipDeep(c: Cursor): boolean {
  if (!c.tooDeep) c.notes.add('broken', `nested deeper than ${MAX_DEPTH}: left out`, c.line)
  c.tooDeep = true
  let depth = 0
  while (c.position < c.text.length) {
    const code = c.text.charCodeAt(c.position)
    if (code === 34) {
      if (readString(c) === undefined) return false
      continue
    }
    c.position++
    if (code === 10) c.line++
    else if (code === 91 || code === 123) depth++
    else if ((code === 93 || code === 125) && --depth === 0) return true
  }
  return false
}

const SCALAR = /(?:true|false|null|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.])/y

function readScalar(c: Cursor): Json | undefined {
  SCALAR.lastIndex = c.position
  const found = SCALAR.exec(c.text)?.[0]
  if (found === undefined) return undefined
  c.position += found.length
  return found === 'true' ? true : found === 'false' ? false : found === 'null' ? null : Number(found)
}

const ESCAPES: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }

/** A string with its escapes. A line break inside is where a terminal wrapped the line, and is dropped. */
function readString(c: Cursor): string | undefined {
  const { text } = c
  const first = c.position + 1
  let start = first
  let out = ''
  for (let i = first; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === 34) {
      c.position = i + 1
      return start === first ? text.slice(first, i) : out + text.slice(start, i)
    }
    if (code !== 92 && code !== 10 && code !== 13) continue
    out += text.slice(start, i)
    if (code === 10) c.line++
    if (code === 92) {
      i++
      const letter = text[i] ?? ''
      const unicode = letter === 'u' ? /^[0-9a-fA-F]{4}$/.exec(text.slice(i + 1, i + 5)) : null
      out += unicode ? String.fromCharCode(Number.parseInt(unicode[0], 16)) : (ESCAPES[letter] ?? letter)
      if (unicode) i += 4
    }
    start = i + 1
  }
  c.position = text.length
  return undefined
}
