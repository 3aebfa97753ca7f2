/** Marks of terminals and of Markdown, HTML or reStructuredText around words; what stands in comments and quotes is left alone as far as it can be. */
export function cleanLine(line: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours of a terminal
  let text = line.replace(/\x1b\[[\d;]*[A-Za-z]|\x00/g, '').replace(/\r$/, '')
  text = text.replace(/^\s*>\s?/, '')
  if (/^\s*\|.*\|\s*$/.test(text)) text = text.replaceAll('|', ' ')
  text = text.replace(/<\/?(?:b|strong|em|i|mark|code|u)>/g, '')
  text = text.replace(/\*\*(?=\S)|(?<=\S)\*\*|(?<=\s)\*\*(?=\s)/g, '').replace(/(^|\s)__(\S+?)__(?=\s|$)/g, '$1$2')
  return / prefix `/.test(text) ? text : text.replaceAll('`', '')
}

const REMARK = /^(?:<-|<=+(?!\s*\d)|<<|←|⟵|⇐|-->|==>|#(?!conn)|\/\/|;;)/

/** Cuts off what a person wrote behind the row: `<-- here`, `# this one`, `⚠ drops all`. Comments and prefixes of the rule itself are stepped over. */
export function withoutRemark(line: string): string {
  if (!/\s(?:[<#;/]|[-=]{2}>|[^ -~\s])/.test(line)) return line
  let i = 0
  while (i < line.length) {
    if (line.startsWith('/* ', i)) {
      const end = line.indexOf(' */', i)
      i = end < 0 ? line.length : end + 3
    } else if (line[i] === '"') {
      const end = line.indexOf('"', i + 1)
      i = end < 0 ? line.length : end + 1
    } else if (i > 0 && /\s/.test(line[i - 1] ?? '') && (REMARK.test(line.slice(i, i + 8)) || line.charCodeAt(i) > 0x7f))
      return line.slice(0, i).trimEnd()
    else i++
  }
  return line
}

/** A line that is only a person's remark, or nothing. */
export const isRemark = (line: string): boolean => /^\s*(?:#(?!conn)|\/\/|;|<-|<=|\^|←)/.test(line)

const DOTS = String.raw`\.{3,}|…|\[(?:\.{3}|…|snip.*|cut.*)\]|<(?:\.{3}|snip.*)>|[([]?(?:\.{3})?\s*(?:snip\b|.*\b(?:omitted|left out|not shown|elided|removed)\b).*`
const GAP = new RegExp(`^\\s*(\\d+)?\\s*(?:(${DOTS})|\\*[^*#]*[a-z][^*]*\\*)\\s*$`, 'i')

/** A line that stands for rules which were left out: `...`, or `4 *Docker rules*` with its number where the list has numbers. */
export function readGap(line: string, numbered: boolean): { readonly number: number | undefined } | undefined {
  const parts = GAP.exec(line)
  if (!parts || (parts[2] === undefined && (numbered ? parts[1] === undefined : !/rules?\b/i.test(line)))) return undefined
  return { number: parts[1] === undefined ? undefined : Number(parts[1]) }
}
