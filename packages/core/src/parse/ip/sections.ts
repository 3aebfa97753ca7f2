import { append, isCommand, type Line, words } from '../lines.ts'
import { KINDS } from './kinds.ts'

/** What `ip addr`, `ip link` and `bridge link` print of one device: its first line, and the lines below it. */
export interface Section {
  readonly index: number
  readonly name: string
  /** what stood behind the `@` */
  readonly lower: string | undefined
  readonly flags: readonly string[]
  /** words behind the flags */
  readonly rest: readonly string[]
  readonly line: number
  readonly below: readonly Line[]
}

// The operstate between name and flags is how `bridge link` printed it until iproute2 4.13.
const HEADER = /^\s*(\d+):\s+([^\s:@]+)(?:\s+state\s+\S+)?(?:\s*@([^\s:]+))?\s*:\s+<([^>]*)>(.*)$/
const BEGUN = /^\s*\d+:\s+[^\s:]+\s*[^<]{0,40}:\s+<[^>]*$/
const BELOW = /^(?:link\/|inet6?$|valid_lft$|altname$|alias$|RX:?$|TX:?$|vf$|\w+_slave$|hairpin$)/

/** A line that is not part of any device's section. */
export type Loose = Line

/**
 * Cuts the lines into sections. A line that begins like none that ip(8) prints is the wrapped rest of the line above it.
 * Lines before the first section, and lines that can be no such rest, are loose.
 */
export function sectionsOf(lines: readonly Line[]): { readonly sections: readonly Section[]; readonly loose: readonly Loose[] } {
  const sections: (Omit<Section, 'below' | 'rest'> & { rest: string[]; below: Line[] })[] = []
  const loose: Loose[] = []
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i] as Line
    if (isCommand(line.text)) continue
    const following = BEGUN.test(line.text) ? lines[i + 1] : undefined
    const head = HEADER.exec(following ? line.text + following.text.trim() : line.text)
    const last = sections.at(-1)
    if (head) {
      const [, index, name = '', lower, flags = '', rest = ''] = head
      sections.push({
        index: Number(index),
        name,
        lower,
        flags: flags.split(',').filter(Boolean),
        rest: words(rest),
        line: line.number,
        below: [],
      })
      if (following) i++
    } else if (last === undefined || isLoose(line.text)) loose.push(line)
    else if (beginsBelow(line.text) || statistics(last.below.at(-1), line)) last.below.push(line)
    else if (!takesMore(last.below.at(-1), line)) loose.push(line)
    else {
      const above = last.below.at(-1)
      if (above === undefined) append(last.rest, words(line.text))
      else last.below[last.below.length - 1] = { text: `${above.text} ${line.text.trim()}`, number: above.number }
    }
  }
  return { sections, loose }
}

/** `2: eth0    inet 10.0.0.1/8 …` of `ip -o addr`, and `eth0  UP  10.0.0.1/8` of `ip -br`. */
export const ONE_LINE = /^\s*(\d+):\s+(\S+)\s+(inet6?\s.*)$/
export const BRIEF = /^\s*(?!state\s)(\S+)\s+(UNKNOWN|NOTPRESENT|DOWN|LOWERLAYERDOWN|TESTING|DORMANT|UP)(?:\s+(.*))?$/

const isLoose = (text: string): boolean => ONE_LINE.test(text) || BRIEF.test(text)

function beginsBelow(text: string): boolean {
  const first = /^\s*(\S+)/.exec(text)?.[1] ?? ''
  return BELOW.test(first) || KINDS.has(first)
}

/** Whether a line can be the wrapped rest of the one above it. */
function takesMore(above: Line | undefined, line: Line): boolean {
  if (above === undefined) return true
  if (/^\s*valid_lft\s/.test(above.text)) return /^\s*(?:forever|preferred_lft|\d+sec)\b/.test(line.text)
  return !/^\s*(?:altname|alias|RX:?|TX:?|vf|\d+)\s/.test(above.text)
}

/** Rows of numbers below `RX:` and `TX:`. */
function statistics(above: Line | undefined, line: Line): boolean {
  return above !== undefined && /^[\d\s]+$/.test(line.text)
}
