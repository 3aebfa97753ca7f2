import type { Parsed } from '../../facts/parsed.ts'
import type { Note } from '../../facts/source.ts'
import type { Ipset } from './ast.ts'
import { builder, createOptions, finish, notUnderstood, type SetBuilder } from './builder.ts'
import { readEntry, words } from './entry.ts'
import { readIpsetXml } from './xml.ts'

interface Listing {
  readonly set: SetBuilder
  /** `Number of entries:`, where the list has that line. */
  count: number | undefined
  members: boolean
}

/** Reads `ipset list`, in full, terse (`-t`: headers only) or as XML (`-o xml`). A set whose members are not shown is incomplete. */
export function readIpsetList(text: string, file: string): Parsed<Ipset> {
  if (/^\s*</.test(text)) return readIpsetXml(text, file)
  const listings: Listing[] = []
  const notes: Note[] = []
  for (const [i, raw] of text.split('\n').entries()) {
    const line = raw.trim()
    if (line === '') continue
    const source = { file, line: i + 1 }
    const name = /^Name: (.*)$/.exec(line)?.[1]
    const current = listings.at(-1)
    if (name !== undefined) listings.push({ set: builder(name, '', [], source), count: undefined, members: false })
    else if (!current || !(current.members ? readMember(line, current, source.line) : readHeader(line, current)))
      notes.push(notUnderstood('not a line of ipset list', line, source))
  }
  for (const listing of listings) judgeCompleteness(listing, notes)
  return { facts: listings.map(({ set }) => finish(set)), notes }
}

function readHeader(line: string, listing: Listing): boolean {
  const colon = line.indexOf(':')
  const value = line.slice(colon + 1).trim()
  switch (line.slice(0, colon)) {
    case 'Type':
      listing.set.type = value
      return true
    case 'Header':
      listing.set.options = value === '' ? [] : createOptions(words(value))
      return true
    case 'Number of entries':
      listing.count = Number(value)
      return true
    case 'Members':
      listing.members = true
      return true
    case 'Revision':
    case 'Size in memory':
    case 'References':
      return true
    default:
      return false
  }
}

function readMember(line: string, { set }: Listing, number: number): boolean {
  const { entry, unread } = readEntry(words(line), set.name, number)
  set.entries.push(unread.length ? { ...entry, text: `add ${set.name} ${line}` } : entry)
  return unread.length === 0
}

/** Elements that time out between the header and the members make the count larger than the list, so only sets without timeout are held to it. */
function judgeCompleteness({ set, count, members }: Listing, notes: Note[]): void {
  const times = set.options.some(([option]) => option === 'timeout')
  const cut = count !== undefined && count > set.entries.length && !times
  set.complete = members ? !cut : count === 0
  if (members && cut)
    notes.push({ kind: 'broken', text: `set ${set.name} has ${count} entries, the list shows ${set.entries.length}`, source: set.source })
}
