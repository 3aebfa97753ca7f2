import { parseIPv4, parseIPv6 } from '../../../net/address.ts'

/** What a word looks like: nftables' scanner.l tells addresses, numbers and names apart in the same way. */
export type TokenKind = 'word' | 'number' | 'address' | 'string' | 'punctuation' | 'newline' | 'end'

export interface Token {
  readonly kind: TokenKind
  /** A string's text is without its quotes. */
  readonly text: string
  readonly start: number
  readonly end: number
  readonly line: number
}

const NAME = /[A-Za-z_][A-Za-z0-9_/\\.-]*\*?|\\\*/y
const DIGITS = /0[xX][0-9a-fA-F]+|\d+(?:\.\d+){3}|\d[0-9A-Za-z_.]*/y
/** No address is longer than LONGEST. */
const LONGEST = 64
const HEXRUN = /[0-9a-fA-F:]{0,40}:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-fA-F:]{1,64}/y
const DOTTED_TAIL = /:[0-9a-fA-F:]*\d+(?:\.\d+){3}/
const MAC = /^(?:[0-9a-fA-F]{1,2}:){5,}[0-9a-fA-F]{1,2}$/
const CLASSID = /^[0-9a-fA-F]{1,4}:[0-9a-fA-F]{1,4}$/
const SYMBOLS = ['==', '!=', '<=', '>=', '<<', '>>']

/** Reads the token at `pos`. Blanks, comments and continued lines are skipped; a newline is a token. */
export function lex(source: string, from: number, lineFrom: number): Token {
  let pos = from
  let line = lineFrom
  for (;;) {
    const code = source.charCodeAt(pos)
    if (code === 32 || code === 9 || code === 13) pos++
    else if (code === 92 && /^\\\r?\n/.test(source.slice(pos, pos + 3))) {
      pos = source.indexOf('\n', pos) + 1
      line++
    } else if (code === 35) {
      const end = source.indexOf('\n', pos)
      pos = end < 0 ? source.length : end
    } else break
  }
  if (pos >= source.length) return { kind: 'end', text: '', start: pos, end: pos, line }
  const char = source[pos] as string
  if (char === '\n') return { kind: 'newline', text: '\n', start: pos, end: pos + 1, line }
  if (char === '"') return quoted(source, pos, line)
  return address(source, pos, line) ?? word(source, pos, line) ?? symbol(source, pos, line)
}

function quoted(source: string, pos: number, line: number): Token {
  const close = source.indexOf('"', pos + 1)
  const inside = close < 0 ? source.slice(pos) : source.slice(pos, close)
  const newline = inside.indexOf('\n')
  // An unclosed quote ends with its line.
  const end = newline >= 0 ? pos + newline : close < 0 ? source.length : close
  return { kind: 'string', text: source.slice(pos + 1, end), start: pos, end: end === close ? end + 1 : end, line }
}

/** IPv6 and link-layer addresses, and tc's `major:minor`: runs of hexadecimal digits and colons. */
function address(source: string, pos: number, line: number): Token | undefined {
  HEXRUN.lastIndex = pos
  let run = HEXRUN.exec(source)?.[0]
  if (!run?.includes(':') || run === ':' || run.length >= LONGEST) return undefined
  // The longest part that is an address: in `22:accept` and `::1:` the rest belongs to others.
  for (; run.includes(':'); run = run.slice(0, -1)) {
    const end = pos + run.length
    if (/[0-9A-Za-z_]/.test(source[end] ?? '')) continue
    if (MAC.test(run) || CLASSID.test(run) || isIPv6(run)) return { kind: 'address', text: run, start: pos, end, line }
  }
  return undefined
}

const isIPv6 = (text: string) => (text.split(':').length > 2 || DOTTED_TAIL.test(text)) && parseIPv6(text) !== undefined

function word(source: string, pos: number, line: number): Token | undefined {
  DIGITS.lastIndex = pos
  const digits = DIGITS.exec(source)?.[0]
  if (digits !== undefined) {
    const kind = parseIPv4(digits) !== undefined ? 'address' : 'number'
    return { kind, text: digits, start: pos, end: pos + digits.length, line }
  }
  NAME.lastIndex = pos
  const name = NAME.exec(source)?.[0]
  return name === undefined ? undefined : { kind: 'word', text: name, start: pos, end: pos + name.length, line }
}

function symbol(source: string, pos: number, line: number): Token {
  const two = source.slice(pos, pos + 2)
  const text = SYMBOLS.includes(two) ? two : (source[pos] as string)
  return { kind: 'punctuation', text, start: pos, end: pos + text.length, line }
}
