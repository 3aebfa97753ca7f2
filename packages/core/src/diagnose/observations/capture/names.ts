import type { Document } from '../../../intake/document.ts'
import { type Address, type Family, familyOf, parseAddress } from '../../../net/address.ts'
import { isLoopback } from '../../../net/special.ts'

/** What stands for a name in packets of a family. */
export type NameBook = (name: string, family: Family) => Address | undefined

/**
 * Addresses by the names that tcpdump may have printed for them: from files like /etc/hosts, and from notes that give both (`iac1
 * (100.64.0.1)`). A name with several addresses is not told.
 */
export function hostNames(documents: readonly Document[]): NameBook {
  const found = new Map<string, Address | undefined>()
  const tell = (name: string, address: Address): void => {
    const key = keyOf(name, familyOf(address))
    if (!isLoopback(address)) found.set(key, found.has(key) && found.get(key) !== address ? undefined : address)
  }
  for (const { content, text } of documents) {
    if (content.kind === 'hosts') for (const { address, names } of content.entries) for (const name of names) tell(name, address)
    if (content.kind === 'recognised' && content.format === 'notes' && text !== undefined) fromNotes(text, tell)
  }
  return (name, family) => found.get(keyOf(name, family))
}

const keyOf = (name: string, family: Family): string => `${family} ${name.toLowerCase()}`

const TOLD = /(?<![\w.-])([a-zA-Z][\w.-]{0,62})\*{0,2} \(`?((?:\d{1,3}\.){3}\d{1,3}|[\da-fA-F]{0,4}:[\da-fA-F:]{2,39})`?\)/g

function fromNotes(text: string, tell: (name: string, address: Address) => void): void {
  for (const [, name = '', written = ''] of text.matchAll(TOLD)) {
    const address = parseAddress(written)
    if (address !== undefined) tell(name, address)
  }
}
