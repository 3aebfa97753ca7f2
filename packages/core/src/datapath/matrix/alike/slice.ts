import type { Address } from '../../../net/address.ts'
import { familyOf } from '../../../net/address.ts'
import { contains, type Prefix } from '../../../net/prefix.ts'
import type { Book, Entry, Page } from './book.ts'

/** What packets of one question may have in their headers: addresses that somebody tracked, and ports. */
export interface Tracked {
  /** Is any address of the question in this network? */
  readonly holds: (prefix: Prefix) => boolean
  readonly ports: ReadonlySet<number>
}

/** The entries that packets of a question may meet, in their order, on the pages that they may come to. */
export interface Slice {
  readonly entries: readonly { readonly page: string; readonly entry: Entry }[]
  readonly pages: readonly string[]
}

/** Beyond this many entries a question is not told apart any more than it is. */
export const MOST_ENTRIES = 20_000

/** A page by what its entries need: most entries of a long one need an address that the question has not. */
interface PageIndex {
  readonly always: readonly number[]
  readonly exact: ReadonlyMap<Address, readonly number[]>
  readonly networks: readonly number[]
  /** Every single address that any entry needs. */
  readonly asked: ReadonlySet<Address>
  /** Every network that any entry needs. */
  readonly prefixes: readonly Prefix[]
}

const indexes = new WeakMap<Page, PageIndex>()

export function indexOf(page: Page): PageIndex {
  let index = indexes.get(page)
  if (!index) {
    index = build(page)
    indexes.set(page, index)
  }
  return index
}

function build(page: Page): PageIndex {
  const always: number[] = []
  const networks: number[] = []
  const exact = new Map<Address, number[]>()
  const asked = new Set<Address>()
  const prefixes: Prefix[] = []
  for (const [i, { needs }] of page.entries()) {
    const single = needs.find(isSingle)
    for (const need of needs) {
      if (isSingle(need)) asked.add(need.address)
      else prefixes.push(need)
    }
    if (single) {
      const known = exact.get(single.address)
      if (known) known.push(i)
      else exact.set(single.address, [i])
    } else (needs.length ? networks : always).push(i)
  }
  return { always, exact, networks, asked, prefixes }
}

const isSingle = ({ address, length }: Prefix): boolean => length === (familyOf(address) === 'ip' ? 32 : 128)

/** `exact`: the single addresses among those tracked. */
export function sliceOf(book: Book, tracked: Tracked, exact: Iterable<Address>): Slice {
  const entries: { page: string; entry: Entry }[] = []
  const pages: string[] = []
  const seen = new Set<string>()
  const addresses = [...exact]
  const visit = (name: string): void => {
    if (seen.has(name) || entries.length > MOST_ENTRIES) return
    seen.add(name)
    const page = book.page(name)
    if (!page) return
    pages.push(name)
    const index = indexOf(page)
    const found = [...index.always, ...index.networks, ...addresses.flatMap((address) => index.exact.get(address) ?? [])]
    const scope = name.slice(0, name.indexOf(' '))
    for (const at of [...new Set(found)].sort((a, b) => a - b)) {
      const entry = page[at] as Entry
      if (!isPossible(entry, tracked)) continue
      entries.push({ page: name, entry })
      for (const call of entry.calls) visit(call.includes(' ') ? call : `${scope} ${call}`)
    }
  }
  for (const root of book.roots) visit(root)
  return { entries, pages }
}

const isPossible = (entry: Entry, { holds, ports }: Tracked): boolean =>
  (entry.ports === undefined || entry.ports.some((port) => ports.has(port))) && entry.needs.every(holds)

/** The pages that packets of anybody known may come to: `known` tells of a network whether it holds any address that is somebody's. */
export function pagesOfAll(book: Book, known: (prefix: Prefix) => boolean, ports: ReadonlySet<number>): readonly string[] {
  const seen = new Set<string>()
  const visit = (name: string): void => {
    const page = seen.has(name) ? undefined : book.page(name)
    if (!page) return
    seen.add(name)
    const { always, networks, exact } = indexOf(page)
    const single = [...exact].flatMap(([address, at]) => (known({ address, length: familyOf(address) === 'ip' ? 32 : 128 }) ? at : []))
    const scope = name.slice(0, name.indexOf(' '))
    for (const at of [...always, ...networks, ...single]) {
      const { calls, needs, ports: wanted } = page[at] as Entry
      const possible = calls.length > 0 && (wanted === undefined || wanted.some((port) => ports.has(port))) && needs.every(known)
      if (possible) for (const call of calls) visit(call.includes(' ') ? call : `${scope} ${call}`)
    }
  }
  for (const root of book.roots) visit(root)
  return [...seen]
}

export const holdsAny =
  (addresses: readonly Address[]) =>
  (prefix: Prefix): boolean =>
    addresses.some((address) => familyOf(address) === familyOf(prefix.address) && contains(prefix, address))
