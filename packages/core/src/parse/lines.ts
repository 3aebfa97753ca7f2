/** One line of pasted output: without terminal colours, carriage returns and non-breaking spaces. */
export interface Line {
  readonly text: string
  /** 1-based */
  readonly number: number
}

const ESCAPE = String.fromCharCode(27)
/** CSI sequences (ECMA-48) and character set selection. */
const COLOURS = new RegExp(`${ESCAPE}(?:\\[[0-9;?]*[ -/]*[@-~]|[()][A-Z0-9])`, 'g')
const BLANKS = /[\u00a0\u2007\u202f]/g

/** What a terminal or a browser adds to text when it is copied. */
export function plain(text: string): string {
  let out = text
  if (out.charCodeAt(0) === 0xfeff) out = out.slice(1)
  if (out.includes(ESCAPE)) out = out.replace(COLOURS, '')
  if (BLANKS.test(out)) out = out.replace(BLANKS, ' ')
  return out
}

/** The lines that hold something; `\` in `ip -o` output is where ip(8) would have begun a new line. */
export function readLines(text: string): Line[] {
  const out: Line[] = []
  for (const [i, raw] of plain(text).split('\n').entries()) {
    const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw
    const parts = line.includes('\\') ? line.split(/\\(?=\s|$)/) : [line]
    for (const part of parts) if (part.trim() !== '') out.push({ text: part, number: i + 1 })
  }
  return out
}

/** `into.push(...list)` overflows the stack for very long lists. */
export function append<T>(into: T[], list: readonly T[]): void {
  for (const item of list) into.push(item)
}

export const words = (text: string): string[] => text.split(/\s+/).filter((word) => word !== '')

const TOOLS = '(?:/\\S*/)?(?:ip|ip6?tables\\S*|bridge|ss|sysctl|conntrack|netstat|route|arp|ifconfig|cat|nsenter|docker|kubectl|ssh)'
const PROMPT = new RegExp(`^\\s*\\S{0,80}\\s?[#$%>]\\s*(?:sudo\\s+)?${TOOLS}(?:\\s|$)`)
const BARE =
  /^\s*(?:sudo\s+)?(?:ip\s+(?:-\S+\s+)*(?:netns|a|addr|address|l|link|r|ro|route|ru|rule|n|neigh)\b|bridge\s+(?:-\S+\s+)*(?:link|fdb)\b)/

/** The command that was typed, not its output: `root@n1:~# ip -d addr`. */
export const isCommand = (text: string): boolean => PROMPT.test(text) || BARE.test(text)
