import type { Document } from '../../../intake/document.ts'
import { type Address, parseAddress } from '../../../net/address.ts'

/** Addresses by the names that tcpdump may have printed for them: from files like /etc/hosts. A name with several addresses is not told. */
export function hostNames(documents: readonly Document[]): ReadonlyMap<string, Address> {
  const found = new Map<string, Address | undefined>()
  for (const { content, text } of documents) {
    if (content.kind !== 'recognised' || content.format !== 'hosts' || text === undefined) continue
    for (const line of text.split('\n')) {
      const [first = '', ...names] = (line.split('#')[0] as string).trim().split(/\s+/)
      const address = parseAddress(first)
      if (address === undefined) continue
      for (const name of names) found.set(name, found.has(name) && found.get(name) !== address ? undefined : address)
    }
  }
  return new Map([...found].flatMap(([name, address]) => (address === undefined ? [] : [[name, address] as const])))
}
