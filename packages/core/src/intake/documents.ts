import type { Note } from '../facts/source.ts'
import { SharedRules } from '../netfilter/iptables/shared-rules.ts'
import { cutFiles } from './account.ts'
import type { Document, Place } from './document.ts'
import { foreignLayouts } from './foreign.ts'
import type { Format, TextFile } from './format.ts'
import { readKubeskoop } from './kubeskoop.ts'
import { readNotes } from './notes/documents.ts'
import { hostFolders, placeOf } from './place.ts'
import { readAs } from './read-as.ts'
import type { Hints } from './readers.ts'
import { recognise } from './recognise/recognise.ts'

/**
 * Recognises and reads every text of the evidence. A file gives one document or more: notes give one for each pasted output,
 * a file with the rulesets of both families one for each. What nothing recognises stays, as `unrecognised`, with a note.
 * Never throws on bad text. `read` is called with the place of each file in the list once it is done with, so that its text may be let go.
 */
export function readDocuments(files: readonly TextFile[], read: (index: number) => void = () => undefined): readonly Document[] {
  const folders = hostFolders(files)
  const foreign = foreignLayouts(files)
  const cut = cutFiles(files)
  const saves = files.filter((file) => /ip6?tables[\w-]*save/.test(file.path)).length
  const shared = saves > 1 ? new SharedRules() : undefined
  return files.flatMap((file, index) => {
    const told = foreign(file)
    const documents =
      told?.kind === 'twin' ? [] : readFile(file, told?.place ?? placeOf(file, folders), { shared, partial: cut.has(file.path) })
    read(index)
    return documents
  })
}

function readFile(file: TextFile, place: Place, hints: Hints): readonly Document[] {
  const format = recognise(file.path, file.text, file.bytes)
  const dump = format === 'kubeskoop' ? readKubeskoop(file.text, file.path, place) : undefined
  if (dump) return dump
  const cut = cutNote(file)
  const documents = format === 'notes' ? readNotes(file.text, file.path, place) : readText(file, place, format, hints)
  return cut
    ? documents.map((document, i) =>
        i === 0 ? { ...document, notes: [cut, ...document.notes], partial: true } : { ...document, partial: true },
      )
    : documents
}

function readText(file: TextFile, place: Place, format: Format, hints: Hints): readonly Document[] {
  const { path } = file
  if (format === 'pcap' || format === 'pcapng')
    return [{ place, file: path, content: { kind: 'recognised', format }, notes: [], bytes: file.bytes }]
  return readAs(format, file.text, path, place, { ...hints, partial: hints.partial || file.truncated !== undefined })
}

function cutNote(file: TextFile): Note | undefined {
  if (!file.truncated) return undefined
  const { keptBytes, ofBytes } = file.truncated
  return {
    kind: 'broken',
    text: `only the beginning and the end were read: ${keptBytes} of ${ofBytes} bytes`,
    source: { file: file.path, line: 1 },
  }
}
