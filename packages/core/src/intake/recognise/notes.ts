import { isKnownCommand, promptOf } from '../notes/prompt.ts'
import { type Sample, share, some } from './sample.ts'

/** Markdown fences, reStructuredText literal blocks, or a shell prompt in front of a command. */
export function hasNotesMarks(sample: Sample): boolean {
  if (some(sample, /^\s*(?:>\s?)*(?:```|~~~)/) || some(sample, /^\s*\.\. (?:sourcecode|code-block|code|parsed-literal)::/)) return true
  if (some(sample, /(?:^|[^:])::$/) && some(sample, /^(?:={3,}|-{3,}|\*{3,}|~{3,})$|^[A-Z].*[.:,]$|^::$/)) return true
  if (sample.lines.some((line) => promptOf(line)?.sure)) return true
  return opensWithSentence(sample) && sample.lines.some((line) => isTyped(line))
}

const isTyped = (line: string): boolean => {
  const prompt = promptOf(line)
  return prompt !== undefined && isKnownCommand(prompt.command)
}

/** What somebody wrote, and no program prints: words of a language, a full stop or colon at the end of the line, or a dash in between. */
const opensWithSentence = ({ first }: Sample): boolean =>
  /^(?:[A-Za-z"'(*_`][\w'’`*_"(),/:.-]*)(?: [\w'’`*_"(),/:.&+%-]+){4,}/.test(first) &&
  /\b(?:i|we|my|our|the|a|an|is|are|does|do|can|cannot|not|get|after|when|since|with|from|to)\b/i.test(first) &&
  !/ {2}|[|=[\]{}]/.test(first.slice(0, 120))

/** Sentences: what people write around outputs, or a document without any. */
export function isProse(sample: Sample): boolean {
  return (
    share(sample, /^(?:\s*[-*#>\d.]*\s*)?[*_`"(]*[A-Z][\w'’,-]*(?:\s+\S+){2,}|^#{1,6} \S|^\s*[-*] \S+ \S+/) > 0.3 ||
    /^[A-Z][a-z'’]*(?:\s+[\w'’(),/-]+){3,}.*[.?!:]$/.test(sample.first)
  )
}
