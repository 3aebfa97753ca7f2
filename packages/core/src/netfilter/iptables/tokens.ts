/** A line of options cut into words, as iptables-restore's add_param_to_argv() cuts it, and where each word stood. */
export interface Words {
  readonly words: readonly string[]
  /** Offset of each word's first character in the text (its quote, where it has one). */
  readonly starts: readonly number[]
  /** Offset behind each word's last character. */
  readonly ends: readonly number[]
}

const SPACE = 32
const TAB = 9
const DOUBLE_QUOTE = 34
const SINGLE_QUOTE = 39
const BACKSLASH = 92

/**
 * Cuts at blanks. Double quotes hold blanks and end a word where they close; inside them a backslash takes the next character as it is.
 * Single quotes around a whole word are taken off as a shell does, since people paste commands.
 */
export function cutWords(text: string): Words {
  const words: string[] = []
  const starts: number[] = []
  const ends: number[] = []
  const length = text.length
  let i = 0
  while (i < length) {
    const code = text.charCodeAt(i)
    if (code === SPACE || code === TAB) {
      i++
      continue
    }
    const start = i
    const shell = code === SINGLE_QUOTE ? endOfShellQuotes(text, i) : undefined
    if (shell !== undefined) {
      words.push(text.slice(start + 1, shell))
      i = shell + 1
    } else {
      while (i < length && !isEnd(text.charCodeAt(i))) i++
      if (text.charCodeAt(i) === DOUBLE_QUOTE) {
        const end = endOfQuotes(text, i)
        words.push(text.slice(start, i) + unescaped(text.slice(i + 1, end)))
        i = end + 1
      } else words.push(text.slice(start, i))
    }
    starts.push(start)
    ends.push(Math.min(i, length))
  }
  return { words, starts, ends }
}

const isEnd = (code: number): boolean => code === SPACE || code === TAB || code === DOUBLE_QUOTE

/** Index of the `'` that ends a word which began with one; undefined when none does. */
function endOfShellQuotes(text: string, open: number): number | undefined {
  const close = text.indexOf("'", open + 1)
  const next = text.charCodeAt(close + 1)
  return close > 0 && (close + 1 === text.length || next === SPACE || next === TAB) ? close : undefined
}

/** Index of the quote that closes the one at `open`; the text's length when it is cut off. */
export function endOfQuotes(text: string, open: number): number {
  let i = open + 1
  while (i < text.length) {
    const c = text.charCodeAt(i)
    if (c === BACKSLASH) i++
    else if (c === DOUBLE_QUOTE) return i
    i++
  }
  return text.length
}

const unescaped = (text: string): string => (text.includes('\\') ? text.replace(/\\(.)/gs, '$1') : text)

/** As xtables_save_string() prints a value: bare when it is only letters, digits, `_` and `-`; else in double quotes. */
export function quote(text: string): string {
  return /^[\w-]+$/.test(text) ? text : quoteAlways(text)
}

/** For values that iptables prints as they are; only what would fall apart is quoted. */
export const bare = (text: string): string => (/^[^\s"'\\]+$/.test(text) ? text : quote(text))

/** In double quotes whatever it holds; `"`, `'` and the backslash are escaped. */
export function quoteAlways(text: string): string {
  return `"${text.replace(/["'\\]/g, '\\$&')}"`
}
