import type { Note } from '../facts/source.ts'
import type { HostState } from '../parse/host/state.ts'
import type { Document, Place } from './document.ts'
import type { Format } from './format.ts'
import { HOST_READERS } from './host-readers.ts'
import { type Hints, READERS } from './readers.ts'
import { hintOf } from './recognise/hint.ts'

/** Reads a text whose format is settled. A reader's failure is a bug, yet costs only its file. */
export function readAs(format: Format, text: string, path: string, place: Place, hints: Hints): readonly Document[] {
  if (format === 'unrecognised' || format === 'empty')
    return [{ place, file: path, content: { kind: 'unrecognised' }, notes: [unrecognisedNote(path, text, format)], text }]
  const state = HOST_READERS[format]
  if (state)
    return [
      {
        place,
        file: path,
        content: { kind: 'host-state', state: placed(state(text, path), text) },
        notes: [],
        ...(hints.partial && { partial: true }),
      },
    ]
  const reader = READERS[format]
  if (!reader) return [{ place, file: path, content: { kind: 'recognised', format }, notes: [], text }]
  try {
    return [reader(text, path, hints)]
      .flat()
      .map(({ content, notes }) => ({ place, file: path, content, notes, ...(hints.partial && { partial: true }) }))
  } catch (error) {
    const note: Note = {
      kind: 'broken',
      text: `looks like ${format}, and could not be read: ${error instanceof Error ? error.message : String(error)}`,
      source: { file: path, line: 1 },
    }
    return [{ place, file: path, content: { kind: 'recognised', format }, notes: [note], text }]
  }
}

/** An output pasted in notes has blank lines for all that stands above it: what it tells as a whole stands in its first line. */
function placed(state: HostState, text: string): HostState {
  if (state.source.line > 1 || !text.startsWith('\n')) return state
  return { ...state, source: { ...state.source, line: blankLines(text) + 1 } }
}

const blankLines = (text: string): number => text.slice(0, text.search(/\S|$/)).split('\n').length - 1

function unrecognisedNote(path: string, text: string, format: Format): Note {
  const source = { file: path, line: 1 }
  if (format === 'empty')
    return { kind: 'not-understood', text: 'the file is empty, and its name does not tell what it was to hold', source }
  const promised = hintOf(path)
  const first = text.split('\n', 50).find((line) => line.trim() !== '') ?? ''
  const why = promised
    ? `its name promises ${promised}, its content is something else (did the command fail?)`
    : 'not recognised as the output of a known command'
  return { kind: 'not-understood', text: why, raw: first.trim().slice(0, 200), source }
}
