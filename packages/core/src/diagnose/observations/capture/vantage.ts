import type { InterfaceAddress, Link } from '../../../facts/network.ts'
import type { Document } from '../../../intake/document.ts'
import type { Address } from '../../../net/address.ts'

/** What the rest of the evidence tells of the namespace that a capture was made in. */
export interface Vantage {
  readonly host: string | undefined
  readonly netns: string
  readonly links: ReadonlyMap<number, Link>
  readonly linkNames: ReadonlySet<string>
  /** Bridges that have ports. */
  readonly bridges: ReadonlySet<string>
  /** undefined: no list of addresses was captured there. */
  readonly addresses: ReadonlySet<Address> | undefined
}

/** One vantage for each namespace that the documents speak of. */
export function vantagesOf(documents: readonly Document[]): (place: Document['place']) => Vantage {
  const links = new Map<string, Map<number, Link>>()
  const names = new Map<string, Set<string>>()
  const addresses = new Map<string, Set<Address>>()
  for (const { place, content } of documents) {
    const key = keyOf(place)
    if (content.kind === 'ip-link' || content.kind === 'ip-addr') {
      for (const link of content.links) {
        if (link.index > 0) entry(links, key, () => new Map<number, Link>()).set(link.index, link)
        entry(names, key, () => new Set<string>()).add(link.name)
      }
    }
    if (content.kind === 'ip-addr')
      collect(
        content.addresses,
        entry(addresses, key, () => new Set<Address>()),
      )
  }
  return (place) => {
    const key = keyOf(place)
    const own = links.get(key) ?? new Map<number, Link>()
    return {
      host: place.host,
      netns: place.netns,
      links: own,
      linkNames: names.get(key) ?? new Set(),
      bridges: bridgesOf([...own.values()]),
      addresses: addresses.get(key),
    }
  }
}

const keyOf = ({ host, netns }: Document['place']): string => `${host ?? ''}\0${netns}`

function bridgesOf(links: readonly Link[]): ReadonlySet<string> {
  const masters = new Set(links.map(({ master }) => master))
  return new Set(links.filter(({ name, type }) => type === 'bridge' && masters.has(name)).map(({ name }) => name))
}

function collect(list: readonly InterfaceAddress[], into: Set<Address>): void {
  for (const { address } of list) into.add(address)
}

function entry<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key)
  if (known !== undefined) return known
  const made = make()
  map.set(key, made)
  return made
}
