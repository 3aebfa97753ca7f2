import type { Source } from '../../facts/source.ts'
import { type Address, parseAddress } from '../../net/address.ts'
import { isCommand, readLines, words } from '../lines.ts'
import { notesOn } from '../notes.ts'
import type { Parsed } from '../parsed.ts'

/** A line of hosts(5). */
export interface HostsEntry {
  readonly address: Address
  /** In lower case: names are compared so. */
  readonly names: readonly string[]
  readonly source: Source
}

/** Reads /etc/hosts. */
export function readHosts(text: string, file: string): Parsed<HostsEntry> {
  const notes = notesOn(file)
  const facts: HostsEntry[] = []
  for (const line of readLines(text)) {
    const [first = '', ...names] = words(line.text.replace(/#.*$/, ''))
    if (first === '' || isCommand(line.text)) continue
    const address = parseAddress(first.replace(/%.*$/, ''))
    if (address === undefined || names.length === 0) notes.add('not-understood', 'not a line of hosts(5)', line.number, line.text)
    else facts.push({ address, names: names.map((name) => name.toLowerCase()), source: { file, line: line.number } })
  }
  return { facts, notes: notes.list() }
}
