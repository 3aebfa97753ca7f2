import { unquoted } from '../../../intake/notes/line.ts'
import { findPasted, type Pasted } from '../../../intake/notes/pasted.ts'
import { plain } from '../../../parse/lines.ts'
import { mended } from './reasons.ts'

/** Notes cut into what was pasted and what was written around it. */
export interface Page {
  readonly file: string
  /** Without quoting; marks that a wrong encoding broke are put right. */
  readonly lines: readonly string[]
  readonly pasted: readonly Pasted[]
  /** Lines (0-based) that hold an output, a command or a fence. */
  readonly covered: ReadonlySet<number>
  /** The output that a line (0-based) belongs to. */
  readonly blocks: ReadonlyMap<number, Pasted>
  /** The headings that a line stands under, the outermost first. */
  readonly sections: readonly (readonly string[])[]
}

const FENCE = /^\s*(?:`{3,}|~{3,}|<\/?pre\b|\{(?:code|noformat)|\[\/?code\])/

export function pageOf(text: string, file: string): Page {
  const lines = text.split('\n').map((line) => mended(unquoted(plain(line.replace(/\r$/, '')))))
  const pasted = findPasted(text)
  const covered = new Set<number>()
  const blocks = new Map<number, Pasted>()
  for (const one of pasted) {
    if (one.commandLine > 0) for (let at = one.commandLine - 1; at < one.line - 1; at++) covered.add(at)
    for (let at = one.line - 1; at < one.line - 1 + one.lines.length; at++) {
      covered.add(at)
      blocks.set(at, one)
    }
  }
  for (const [i, line] of lines.entries()) if (FENCE.test(line)) covered.add(i)
  return { file, lines, pasted, covered, blocks, sections: sectionsOf(lines, covered) }
}

const UNDERLINE = /^([=\-~^"'*+#])\1{2,}\s*$/

/** Markdown's levels by their number of #, reStructuredText's by the order in which its underlines come up; a bold line is the lowest. */
function sectionsOf(lines: readonly string[], covered: ReadonlySet<number>): readonly (readonly string[])[] {
  const marks: string[] = []
  let stack: readonly { readonly level: number; readonly title: string }[] = []
  let titles: readonly string[] = []
  return lines.map((line, i) => {
    const heading = covered.has(i) ? undefined : headingAt(line, lines[i + 1] ?? '', marks)
    if (heading) {
      stack = [...stack.filter(({ level }) => level < heading.level), heading]
      titles = stack.map(({ title }) => title)
    }
    return titles
  })
}

function headingAt(line: string, next: string, marks: string[]): { readonly level: number; readonly title: string } | undefined {
  const hashes = /^(#{1,6})\s+(\S.*)$/.exec(line)
  if (hashes) return { level: (hashes[1] as string).length, title: hashes[2] as string }
  if (/^\*\*[^*]+\*\*:?\s*$/.test(line)) return { level: 9, title: line.replace(/\*/g, '').trim() }
  const mark = line.trim() !== '' && !UNDERLINE.test(line) ? UNDERLINE.exec(next)?.[1] : undefined
  if (mark === undefined) return undefined
  if (!marks.includes(mark)) marks.push(mark)
  return { level: marks.indexOf(mark) + 1, title: line.trim() }
}

const HYPOTHETICAL =
  /\b(?:fix(?:es|ed|ing)?|solutions?|workarounds?|options?|recommend\w*|propos\w*|mitigat\w*|remed\w*|how to (?!reproduce)|expect\w*|success criteria|next steps?|to-?do|steps needed|tests? needed|verification|verify|should|plan|procedure|rollback|questions|hypothes\w*|theor(?:y|ies)|references|desired|after (?:the )?(?:fix|change|repair|restart))\b/i

/** Under such headings stands what should be, or could be done, and not what was found. */
export const isHypothetical = (sections: readonly string[]): boolean =>
  sections.some((title) => HYPOTHETICAL.test(title) && !/\b(?:actual|unexpected|what happen)/i.test(title))

/** The nearest line of prose above, at most six lines up; undefined: none. A heading counts. */
export function leadAbove(page: Page, line: number): { readonly text: string; readonly line: number } | undefined {
  const comment = page.covered.has(line - 2) ? /^\s*#{1,4}\s+(\S.*)$/.exec(page.lines[line - 2] ?? '')?.[1] : undefined
  if (comment !== undefined && !/^(?:result|error|output|=>|->|→|works|fails|ok\b|timeout|times out)/i.test(comment))
    return { text: comment, line: line - 1 }
  let blank = 0
  for (let at = line - 2; at >= 0 && blank < 6; at--) {
    const text = (page.lines[at] as string).replace(/<\/?[a-z][^<>]{0,80}>/gi, '').trim()
    if (/^\.\. [\w-]+::/.test(text)) continue
    if (text === '' || text === '::' || page.covered.has(at)) {
      if (text === '' || text === '::') blank++
      continue
    }
    if (UNDERLINE.test(text)) continue
    return { text, line: at + 1 }
  }
  return undefined
}
