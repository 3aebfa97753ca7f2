import type { MatchModule } from '../module.ts'
import { quoteAlways } from '../tokens.ts'
import { payloadUnknown } from './decide.ts'
import { OptionReader, U16, words } from './options.ts'

export interface StringMatch {
  readonly kind: 'string'
  /** Bytes, a character each. */
  readonly pattern: string
  readonly algorithm: 'bm' | 'kmp'
  readonly from: number
  readonly to: number
  readonly ignoreCase: boolean
  readonly negated: boolean
}

/** XT_STRING_MAX_PATTERN_SIZE */
const MAX = 128

/** `GET |20 2f|`: hexadecimal between bars, the rest as it stands; a backslash takes the next character (parse_hex_string). */
function parseHexString(text = ''): { pattern: string } | undefined {
  let pattern = ''
  let hex = false
  for (let i = 0; i < text.length; i++) {
    const c = text[i] ?? ''
    if (!hex && c === '\\' && i + 1 < text.length) pattern += text[++i]
    else if (c === '|') hex = !hex
    else if (!hex) pattern += c
    else if (c !== ' ') {
      const byte = text.slice(i, i + 2)
      if (!/^[0-9a-fA-F]{2}$/.test(byte)) return undefined
      pattern += String.fromCharCode(Number.parseInt(byte, 16))
      i++
    }
  }
  return hex || pattern === '' || pattern.length > MAX ? undefined : { pattern }
}

/** is_hex_string(): a byte that cannot be printed, or a quote mark that would be lost, makes it hexadecimal. */
function needsHex(pattern: string): boolean {
  return [...pattern].some((c) => c.charCodeAt(0) < 32 || c.charCodeAt(0) === 127) || pattern.endsWith('\\') || /[\x80-\xff]/.test(pattern)
}

function printPattern(pattern: string): string {
  if (!needsHex(pattern)) return `--string ${quoteAlways(pattern)}`
  return `--hex-string "|${[...pattern].map((c) => c.charCodeAt(0).toString(16).padStart(2, '0')).join('')}|"`
}

/** xt_string.c, string_mt(). */
export const string: MatchModule<StringMatch> = {
  kind: 'string',
  options: { string: 1, 'hex-string': 1, algo: 1, from: 1, to: 1, icase: 0 },
  read(given) {
    const options = new OptionReader(given)
    const plain = options.signed(['string'], (text = '') => (text !== '' && text.length <= MAX ? { pattern: text } : undefined))
    const hex = options.signed(['hex-string'], parseHexString)
    const algorithm = options.value(['algo'], (text) => (text === 'bm' || text === 'kmp' ? text : undefined))
    options.require((plain === undefined) !== (hex === undefined), 'string needs either --string or --hex-string')
    options.require(algorithm !== undefined, 'string needs --algo bm or kmp')
    const test = plain ?? hex
    return options.finish({
      kind: 'string',
      pattern: test?.pattern ?? '',
      algorithm: algorithm ?? 'bm',
      from: options.number('from', U16) ?? 0,
      to: options.number('to', U16) ?? U16,
      ignoreCase: options.flag('icase'),
      negated: test?.negated ?? false,
    })
  },
  print: (match) =>
    words(
      match.negated && '!',
      printPattern(match.pattern),
      `--algo ${match.algorithm}`,
      match.from !== 0 && `--from ${match.from}`,
      match.to !== U16 && match.to !== 0 && `--to ${match.to}`,
      match.ignoreCase && '--icase',
    ),
  decide: () => payloadUnknown('whether a text occurs in it'),
  explain: (match) => `${match.negated ? 'does not contain' : 'contains'} ${JSON.stringify(match.pattern)}`,
}
