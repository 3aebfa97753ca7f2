import { promptOf } from '../notes/prompt.ts'
import { type Sample, share, some } from './sample.ts'

/** Markdown fences, reStructuredText literal blocks, or a shell prompt in front of a command. */
export function hasNotesMarks(sample: Sample): boolean {
  if (some(sample, /^\s*(?:>\s?)*(?:```|~~~)/) || some(sample, /^\s*\.\. (?:sourcecode|code-block|code|parsed-literal)::/)) return true
  if (some(sample, /(?:^|[^:])::$/) && some(sample, /^(?:={3,}|-{3,}|\*{3,}|~{3,})$|^[A-Z].*[.:,]$|^::$/)) return true
  return sample.lines.some((line) => promptOf(line)?.sure)
}

/** Sentences: what people write around outputs, or a document without any. */
export function isProse(sample: Sample): boolean {
  return (
    share(sample, /^(?:\s*[-*#>\d.]*\s*)?[*_`"(]*[A-Z][\w'’,-]*(?:\s+\S+){2,}|^#{1,6} \S|^\s*[-*] \S+ \S+/) > 0.3 ||
    /^[A-Z][a-z'’]*(?:\s+[\w'’(),/-]+){3,}.*[.?!:]$/.test(sample.first)
  )
}
