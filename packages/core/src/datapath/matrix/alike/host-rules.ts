import type { Namespace } from '../../../model/namespace.ts'
import type { Address } from '../../../net/address.ts'
import { addressBits, familyOf, formatAddress } from '../../../net/address.ts'
import type { Prefix } from '../../../net/prefix.ts'
import { SOMEBODY } from '../place.ts'
import type { Book, Entry, Library, Page } from './book.ts'
import type { Cluster, Interner } from './cluster.ts'
import type { Naming } from './naming.ts'
import { holdsAny, indexOf, pagesOfAll, type Slice, sliceOf } from './slice.ts'
import { replaceTokens } from './tokens.ts'

/** Ports that packets of every question may have: source ports of requests and of tunnels, pings' ids. */
export const ALWAYS: readonly number[] = [45678, 49152, 1, 0]

/** What a host's rules mean to one question: its text by roles, who else is asked for, and where packets are sent. */
export interface Reading {
  readonly key: number
  /** Addresses that packets are translated to, with ports: what the question is about from there on. */
  readonly targets: readonly { readonly address: Address; readonly port: number | undefined }[]
  readonly pages: readonly string[]
  /** Other hosts or residents that the rules speak of for packets of everybody, or rules that look at addresses as nothing else does. */
  readonly irregular: boolean
  /** Residents that networks in the rules tell from the others of their host. */
  readonly residents: readonly number[]
  /** Packets may be redirected to ports of the host itself. */
  readonly redirects: boolean
}

/** The rules of one host. */
export class HostRules {
  readonly book: Book
  readonly #cluster: Cluster
  readonly #node: number
  readonly #texts: Interner
  readonly #own: readonly Address[]
  readonly #ports: ReadonlySet<number>
  readonly skeleton: Reading
  readonly #skeletonPages: ReadonlySet<string>
  /** Hosts and residents whose addresses entries on the skeleton's pages ask for. */
  readonly speaksOf: { readonly nodes: ReadonlySet<number>; readonly residents: ReadonlySet<number> }
  /** The same for hosts whose rules read the same, further pages entry by entry. */
  readonly alike: number

  constructor(cluster: Cluster, library: Library, texts: Interner, pageIds: PageIds, node: number, ports: ReadonlySet<number>) {
    const namespace = cluster.directory.nodes[node] as Namespace
    this.#cluster = cluster
    this.#node = node
    this.#texts = texts
    this.book = library.book(namespace)
    this.#own = [...namespace.addresses.map((entry) => entry.address), SOMEBODY.ip, SOMEBODY.ip6]
    this.#ports = new Set([...ALWAYS, ...ports])
    this.skeleton = this.read([], [])
    this.speaksOf = this.#spokenOf()
    this.#skeletonPages = new Set(this.skeleton.pages)
    this.alike = texts.of(`${this.skeleton.key} ${this.#contents(pageIds)}`)
  }

  /** The rules as packets with these addresses and ports, beside the host's own, may meet them. Follows translations. `labels` name addresses. */
  read(addresses: readonly Address[], ports: readonly number[]): Reading {
    const targets = new Map<string, Reading['targets'][number]>()
    for (;;) {
      const tracked = [...new Set([...addresses, ...[...targets.values()].map((target) => target.address)])]
      const all = [...this.#own, ...tracked]
      const wanted = new Set([...this.#ports, ...ports, ...[...targets.values()].flatMap((target) => target.port ?? [])])
      const slice = sliceOf(this.book, { holds: this.#holds(all), ports: wanted }, all)
      const before = targets.size
      for (const { entry } of slice.entries)
        for (const target of entry.targets) targets.set(`${formatAddress(target.address)} ${target.port}`, target)
      if (targets.size === before || targets.size > 512) return this.#told(slice, tracked, [...targets.values()])
    }
  }

  /** A network of this host's residents may always matter, one of another host's only when that host is asked for. */
  #holds(all: readonly Address[]): (prefix: Prefix) => boolean {
    const holds = holdsAny(all)
    return (prefix) => {
      if (isWhole(prefix)) return holds(prefix)
      const { node } = this.#cluster.directory.coverage(prefix)
      return node === undefined || node < 0 || node === this.#node || holds(prefix)
    }
  }

  #told(slice: Slice, tracked: readonly Address[], targets: Reading['targets']): Reading {
    const labels = new Map(tracked.map((address, i) => [address, `#${i}`]))
    const naming = this.#cluster.naming(this.#node)
    const pages = new Map(slice.pages.map((name, i) => [name, i]))
    let opaque = false
    let redirects = false
    const text = slice.entries.map(({ page, entry }) => {
      opaque ||= entry.opaque
      redirects ||= /\bredirect\b|\btproxy\b/i.test(entry.text)
      const scope = page.slice(0, page.indexOf(' '))
      const calls = entry.calls.map((call) => pages.get(call.includes(' ') ? call : `${scope} ${call}`) ?? 'nowhere')
      return `${pages.get(page)} ${this.#entryText(entry, labels, naming)} ${calls.join(' ')}`
    })
    const residents = [...naming.residents]
    // What looks at addresses as nothing else does may look at these as well.
    if (opaque) text.push(tracked.map(formatAddress).join(' '))
    return {
      key: this.#texts.of(text.join('\n')),
      targets,
      pages: slice.pages,
      irregular: opaque || naming.nodes.size > 0,
      residents,
      redirects,
    }
  }

  #entryText(entry: Entry, labels: ReadonlyMap<Address, string>, naming: Naming): string {
    const named = replaceTokens(entry.text, (token) => {
      if (token.kind === 'address') return labels.get(token.address) ?? naming.address(token.address)
      if (token.kind === 'prefix') return `${naming.prefix(token.prefix)}${insideText(token.prefix, labels)}`
      return naming.mac(token.mac)
    })
    const ports = this.#cluster.ports[this.#node]
    return named.replace(/[\w.@-]+/g, (word) => (ports?.has(word) ? naming.text(word) : word))
  }

  /** Pages that only this reading comes to. */
  further({ pages }: Reading): readonly string[] {
    return pages.filter((page) => !this.#skeletonPages.has(page))
  }

  /** Single addresses that entries on these pages ask for. */
  eachAsked(pages: readonly string[], visit: (address: Address) => void): void {
    for (const name of pages) {
      const page = this.book.page(name)
      if (page) for (const address of indexOf(page).asked) visit(address)
    }
  }

  /** Whom the rules name that packets of anybody known may come to. */
  #spokenOf(): HostRules['speaksOf'] {
    const nodes = new Set<number>()
    const residents = new Set<number>()
    const { directory } = this.#cluster
    const known = (prefix: Prefix): boolean =>
      isWhole(prefix) ? directory.owner(prefix.address) !== undefined : directory.coverage(prefix).node !== -1
    for (const name of pagesOfAll(this.book, known, this.#ports)) {
      const page = this.book.page(name)
      if (!page) continue
      const { asked, prefixes } = indexOf(page)
      for (const address of asked) {
        const owner = directory.owner(address)
        if (owner?.resident) residents.add(owner.resident.id)
        else if (owner && owner.node !== this.#node) nodes.add(owner.node)
      }
      for (const prefix of prefixes) {
        const { node } = directory.coverage(prefix)
        if (node === undefined || node < 0) continue
        if (node !== this.#node) nodes.add(node)
        for (const resident of directory.members(prefix).apart) residents.add(resident)
      }
    }
    return { nodes, residents }
  }

  /** Further pages by number, and entries of the skeleton's pages that ask for addresses of nobody known. */
  #contents(ids: PageIds): string {
    const further: number[] = []
    for (const [name, identity] of this.book.others(this.#skeletonPages))
      further.push(ids.named(name, identity, () => this.book.page(name)))
    const asked: string[] = []
    for (const name of this.skeleton.pages) {
      const page = this.book.page(name)
      if (page) asked.push(`${name} ${ids.askedOf(page, (address) => this.#cluster.directory.owner(address) === undefined)}`)
    }
    return `${ids.list(further)} ${this.#texts.of(asked.join('\n'))}`
  }
}

const isWhole = ({ address, length }: Prefix): boolean => length === addressBits(familyOf(address))

function insideText(prefix: Prefix, labels: ReadonlyMap<Address, string>): string {
  const inside = [...labels].filter(([address]) => familyOf(address) === familyOf(prefix.address) && holdsAny([address])(prefix))
  return inside.length ? `{${inside.map(([, label]) => label).join(' ')}}` : ''
}

/** Numbers of pages: the same entries in the same order have the same. */
export class PageIds {
  readonly #ids = new WeakMap<Page, number>()
  readonly #byContent = new Map<string, number>()
  readonly #entries = new Map<Entry, number>()
  readonly #asked = new WeakMap<Page, string>()
  readonly #identities = new WeakMap<object, number>()
  readonly #names = new Map<string, number>()
  readonly #lists: Int32Array[] = []

  of(page: Page): number {
    let id = this.#ids.get(page)
    if (id === undefined) {
      const content = page.map((entry) => this.#entry(entry)).join(' ')
      id = this.#byContent.get(content) ?? this.#byContent.size
      this.#byContent.set(content, id)
      this.#ids.set(page, id)
    }
    return id
  }

  /** A page under its name. `identity`: an object that is the same only for the same page of the same name. */
  named(name: string, identity: object | undefined, page: () => Page | undefined): number {
    const known = identity && this.#identities.get(identity)
    if (known !== undefined) return known
    const read = page()
    const text = `${name} ${read ? this.of(read) : ''}`
    const id = this.#names.get(text) ?? this.#names.size
    this.#names.set(text, id)
    if (identity) this.#identities.set(identity, id)
    return id
  }

  /** Equal lists have the same number. */
  list(numbers: readonly number[]): number {
    const found = this.#lists.findIndex((list) => list.length === numbers.length && numbers.every((number, i) => number === list[i]))
    return found >= 0 ? found : this.#lists.push(Int32Array.from(numbers)) - 1
  }

  /** The entries that ask for addresses of nobody known, each with how many others stand before it. */
  askedOf(page: Page, isUnknown: (address: Address) => boolean): string {
    let known = this.#asked.get(page)
    if (known === undefined) {
      const { exact } = indexOf(page)
      const places = [...exact].filter(([address]) => isUnknown(address)).flatMap(([, at]) => at)
      const wanted = new Set(places)
      const parts: string[] = []
      let others = 0
      for (const [i, entry] of page.entries()) {
        if (wanted.has(i)) parts.push(`${others}:${this.#entry(entry)}`)
        else if (entry.needs.length === 0) others++
      }
      known = parts.join(' ')
      this.#asked.set(page, known)
    }
    return known
  }

  #entry(entry: Entry): number {
    let id = this.#entries.get(entry)
    if (id === undefined) {
      id = this.#entries.size
      this.#entries.set(entry, id)
    }
    return id
  }
}
