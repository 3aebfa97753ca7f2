/**
 * Cuts a command line into its argument list as a POSIX shell would, without any shell: quotes and backslashes are taken off. undefined where
 * only a shell could run it (pipes, redirections, substitutions, variables, several commands) or a quote is left open.
 * @example wordsOf("iptables -A INPUT -m comment --comment 'two words'")
 */
export function wordsOf(line: string): readonly string[] | undefined {
  const words: string[] = []
  let word: string | undefined
  for (let i = 0; i < line.length; i++) {
    const c = line.charAt(i)
    if (c === ' ' || c === '\t') {
      if (word !== undefined) words.push(word)
      word = undefined
    } else if (c === "'") {
      const end = line.indexOf("'", i + 1)
      if (end < 0) return undefined
      word = (word ?? '') + line.slice(i + 1, end)
      i = end
    } else if (c === '"') {
      const quoted = doubleQuoted(line, i + 1)
      if (quoted === undefined) return undefined
      word = (word ?? '') + quoted.text
      i = quoted.end
    } else if (c === '\\') {
      if (i + 1 >= line.length) return undefined
      word = (word ?? '') + line.charAt(++i)
    } else if (ONLY_A_SHELL.has(c) || (c === '#' && word === undefined)) return undefined
    else word = (word ?? '') + c
  }
  if (word !== undefined) words.push(word)
  return words
}

/** What a shell gives a meaning of its own outside quotes. `!`, `*` and `?` are left: rules hold them, and no file is called so. */
const ONLY_A_SHELL = new Set(['|', '&', ';', '<', '>', '(', ')', '$', '`', '\n', '\r', '\0'])

function doubleQuoted(line: string, from: number): { readonly text: string; readonly end: number } | undefined {
  let text = ''
  for (let i = from; i < line.length; i++) {
    const c = line.charAt(i)
    if (c === '"') return { text, end: i }
    if (c === '$' || c === '`') return undefined
    if (c === '\\' && '"\\$`'.includes(line.charAt(i + 1))) text += line.charAt(++i)
    else text += c
  }
  return undefined
}

/** The argument list as one line that a person can paste into a shell: each word quoted where it needs it. The inverse of `wordsOf`. */
export const lineOf = (argv: readonly string[]): string => argv.map(shellWord).join(' ')

/** One word for a POSIX shell. Single quotes hold anything but themselves (2.2.2 of the Shell Command Language). */
export function shellWord(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word
  return `'${word.replaceAll("'", `'\\''`)}'`
}
