import type { Source } from '../../facts/source.ts'
import { readLines } from '../lines.ts'
import { notesOn } from '../notes.ts'
import type { Parsed } from '../parsed.ts'

/** A line of `conntrack -S`: what one CPU counted since the start. */
export interface ConntrackStatistics {
  readonly cpu: number
  /** found, invalid, insert, insert_failed, drop, early_drop, error, search_restart, clash_resolve, chaintoolong … */
  readonly counters: Readonly<Record<string, number>>
  readonly source: Source
}

/** Reads `conntrack -S`: `cpu=0  found=3 invalid=7 insert=0 insert_failed=2 drop=2 early_drop=0 …`. */
export function readConntrackStatistics(text: string, file: string): Parsed<ConntrackStatistics> {
  const notes = notesOn(file)
  const facts: ConntrackStatistics[] = []
  for (const line of readLines(text)) {
    const pairs = [...line.text.matchAll(/\b([a-z_]{1,30})=(\d{1,20})\b/g)].map(
      ([, name = '', value = '']) => [name, Number(value)] as const,
    )
    const counters = Object.fromEntries(pairs)
    const { cpu } = counters
    if (cpu === undefined) notes.add('not-understood', 'not a line of conntrack -S', line.number, line.text)
    else facts.push({ cpu, counters, source: { file, line: line.number } })
  }
  return { facts, notes: notes.list() }
}
