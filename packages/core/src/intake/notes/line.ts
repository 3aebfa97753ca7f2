/** A line as it is quoted and indented in a document, taken back to what the program printed. */

/** Spaces that a line begins with; a tab counts to the next multiple of eight. */
export function indentOf(line: string): number {
  let column = 0
  for (const c of line) {
    if (c === ' ') column++
    else if (c === '\t') column += 8 - (column % 8)
    else break
  }
  return column
}

/** Takes up to `columns` of leading white space away. */
export function dedent(line: string, columns: number): string {
  let column = 0
  let i = 0
  while (i < line.length && column < columns) {
    if (line[i] === ' ') column++
    else if (line[i] === '\t') column += 8 - (column % 8)
    else break
    i++
  }
  return line.slice(i)
}

/** `> quoted` in mails and Markdown. */
export const unquoted = (line: string): string => line.replace(/^(?:\s{0,3}>(?: |$))+/, '')

/** Emphasis that people put on the part that matters: `10.10.\ **1**\.1/24`, `**DOCKER**`, and the entities of pasted HTML. */
export function withoutEmphasis(line: string): string {
  let text = line
  if (text.includes('**')) {
    text = text
      .replace(/\\ \*\*([^*\s]+)\*\*\\ ?/g, '$1')
      .replace(/\\ \*\*([^*\s]+)\*\*/g, '$1')
      .replace(/\*\*([^*\s]+)\*\*\\ ?/g, '$1')
      .replace(/(^|\s)\*\*([^*\s"]+)\*\*(?=\s|$)/g, '$1$2')
  }
  return text.includes('&')
    ? text
        .replace(/&lt;/g, '<')
        .replace(/&gt;/g, '>')
        .replace(/&quot;/g, '"')
        .replace(/&amp;/g, '&')
    : text
}
