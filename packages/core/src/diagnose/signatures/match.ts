import type { Document } from '../../intake/document.ts'
import type { Format } from '../../intake/format.ts'
import { fields, items, string } from '../../parse/kubernetes/fields.ts'
import type { SourcedObject } from '../../parse/kubernetes/read.ts'
import type { SignatureBook } from './book.ts'
import { Scanner } from './scanner.ts'
import type { SignatureMatch } from './signature.ts'
import { Tally } from './tally.ts'
import { bytesOfText, textOfBytes } from './utf8.ts'

/** Texts in which programs tell of errors. Captures, traces and listings are read elsewhere. */
const WRITTEN: ReadonlySet<Format> = new Set(['log', 'kernel-log', 'notes', 'kubectl-describe', 'unrecognised'])

const CHUNK = 65_536

/**
 * Every error text of the evidence: logs, the kernel's messages, notes and terminal output, events and the states of pods. `skip` names
 * files that were looked at as they were read (a long log, of which only the ends are documents).
 */
export function matchSignatures(
  book: SignatureBook,
  documents: readonly Document[],
  skip: ReadonlySet<string> = new Set(),
): readonly SignatureMatch[] {
  const notes = new Set(documents.filter(isNotes).map(({ file }) => file))
  return documents.flatMap((document) => {
    const { content, file, text, place } = document
    if (skip.has(file)) return []
    if (content.kind === 'kubernetes') return matchObjects(book, content.objects)
    // An output pasted in notes is a part of their text.
    if (text === undefined || !isWritten(document) || (notes.has(file) && !isNotes(document))) return []
    return matchText(book, text, { file, host: place.host })
  })
}

const isNotes = ({ content }: Document): boolean => content.kind === 'recognised' && content.format === 'notes'

const isWritten = ({ content }: Document): boolean =>
  content.kind === 'unrecognised' || (content.kind === 'recognised' && WRITTEN.has(content.format))

/** One text, whole in memory. */
export function matchText(
  book: SignatureBook,
  text: string,
  place: { readonly file: string; readonly host: string | undefined },
): readonly SignatureMatch[] {
  const scanner = new Scanner(book, place, textOfBytes)
  for (let at = 0; at < text.length; at += CHUNK) scanner.push(bytesOfText(text.slice(at, at + CHUNK)))
  return scanner.end()
}

/** What the API server says of pods: events, and why a container waits or ended. */
function matchObjects(book: SignatureBook, objects: readonly SourcedObject[]): readonly SignatureMatch[] {
  return objects.flatMap(({ object, source }) => {
    const lines = object.kind === 'Event' ? [sentence(object)] : object.kind === 'Pod' ? podLines(object.status) : []
    const tally = new Tally(source.file, undefined)
    for (const line of lines) {
      if (line === '') continue
      for (const { signature, parts, text } of matchText(book, line, { file: source.file, host: undefined }))
        tally.add(signature, parts, source.line, text)
    }
    return tally.list()
  })
}

function podLines(status: unknown): readonly string[] {
  const { containerStatuses, initContainerStatuses, ...own } = fields(status)
  const states = [...items(containerStatuses), ...items(initContainerStatuses)].flatMap((one) => {
    const { waiting, terminated } = fields(fields(one).state)
    return [sentence(waiting), sentence(terminated)]
  })
  return [sentence(own), ...states]
}

function sentence(from: unknown): string {
  const { reason, message } = fields(from)
  return [string(reason), string(message)]
    .filter((part) => part !== undefined)
    .join(': ')
    .replaceAll('\n', ' ')
}
