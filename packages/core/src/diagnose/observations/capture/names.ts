import type { Document } from '../../../intake/document.ts'
import { type Address, parseAddress } from '../../../net/address.ts'

/**
 * Addresses by the names that tcpdump may have printed for them: from files like /etc/hosts, and from notes that give both (`iac1
 * (100.64.0.1)`). A name with several addresses is not told.
 */
export function hostNames(documents: readonly Document[]): ReadonlyMap<string, Address> {
  const found = new Map<string, Address | undefined>()
  const tell = (name: string, address: Address): void => {
    found.set(name, found.has(name) && found.get(name) !== address ? undefined : address)
  }
  for (const { content, text } of documents) {
    if (content.kind !== 'recognised' || text === undefined) continue
    if (content.format === 'hosts') fromHosts(text, tell)
    else if (content.format === 'notes') fromNotes(text, tell)
  }
  return new Map([...found].flatMap(([name, address]) => (address === undefined ? [] : [[name, address] as const])))
}

function fromHosts(text: string, tell: (name: string, address: Address) => void): void {
  for (const line of text.split('\n')) {
    const [first = '', ...names] = (line.split('#')[0] as string).trim().split(/\s+/)
    const address = parseAddress(first)
    if (address !== undefined) for (const name of names) tell(name, address)
  }
}

const TOLD = /(?<![\w.-])([a-zA-Z][\w.-]{0,62})\*{0,2} \(`?((?:\d{1,3}\.){3}\d{1,3}|[\da-fA-F]{0,4}:[\da-fA-F:]{2,39})`?\)/g

function fromNotes(text: string, tell: (name: string, address: Address) => void): void {
  for (const [, name = '', written = ''] of text.matchAll(TOLD)) {
    const address = parseAddress(written)
    if (address !== undefined) tell(name, address)
  }
}
