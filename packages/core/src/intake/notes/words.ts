/** A command line cut into words, as a shell cuts it: quotes and backslashes are taken away. Operators stand for themselves. */
export function shellWords(text: string): readonly string[] {
  const words: string[] = []
  let word = ''
  let open = false
  for (let i = 0; i < text.length; i++) {
    const c = text[i] as string
    if (c === "'" || c === '"') {
      const close = text.indexOf(c, i + 1)
      const end = close < 0 ? text.length : close
      word += text.slice(i + 1, end)
      open = true
      i = end
    } else if (c === '\\' && i + 1 < text.length) {
      word += text[++i]
      open = true
    } else if (/\s/.test(c) || '|;&<>'.includes(c)) {
      if (open) words.push(word)
      word = ''
      open = false
      if ('|;&<>'.includes(c)) words.push(c)
    } else {
      word += c
      open = true
    }
  }
  if (open) words.push(word)
  return words
}
