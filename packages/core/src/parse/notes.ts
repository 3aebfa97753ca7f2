import type { Note } from '../facts/source.ts'

/** Collects what a reader did not understand, and stops keeping raw text when a file turns out to be something else altogether. */
export interface Notes {
  add(kind: Note['kind'], text: string, line: number, raw?: string): void
  list(): readonly Note[]
}

const KEPT = 500
const RAW_LENGTH = 400

export function notesOn(file: string): Notes {
  const kept: Note[] = []
  let more = 0
  let last = 0
  return {
    add(kind, full, line, raw) {
      const text = full.length > RAW_LENGTH ? `${full.slice(0, RAW_LENGTH)}…` : full
      if (kept.length >= KEPT) {
        more++
        last = line
        return
      }
      const source = { file, line }
      kept.push(
        raw === undefined
          ? { kind, text, source }
          : { kind, text, raw: raw.length > RAW_LENGTH ? `${raw.slice(0, RAW_LENGTH)}…` : raw, source },
      )
    },
    list() {
      if (more === 0) return kept
      return [...kept, { kind: 'not-understood', text: `and ${more} more notes, the last for line ${last}`, source: { file, line: last } }]
    },
  }
}
