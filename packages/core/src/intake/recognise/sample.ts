import { plain } from '../../parse/lines.ts'

/** The beginning of a text, cut into lines: enough to tell what it is without reading megabytes twice. */
export interface Sample {
  readonly head: string
  /** Lines that are not blank, without trailing white space. */
  readonly lines: readonly string[]
  readonly first: string
}

const SAMPLE_CHARACTERS = 65_536
const LINE_CHARACTERS = 2000

export function sampleOf(text: string): Sample {
  const head = plain(text.slice(0, SAMPLE_CHARACTERS))
  const lines: string[] = []
  for (const line of head.split('\n')) {
    const kept = line.slice(0, LINE_CHARACTERS).trimEnd()
    if (kept !== '') lines.push(kept)
  }
  if (text.length > SAMPLE_CHARACTERS && lines.length > 1) lines.pop()
  return { head, lines, first: lines[0] ?? '' }
}

export const some = (sample: Sample, pattern: RegExp): boolean => sample.lines.some((line) => pattern.test(line))

/** Which part of the lines match, 0 to 1. */
export function share(sample: Sample, pattern: RegExp): number {
  if (sample.lines.length === 0) return 0
  let matching = 0
  for (const line of sample.lines) if (pattern.test(line)) matching++
  return matching / sample.lines.length
}
