import type { Namespace } from '../../../model/namespace.ts'
import { type Address, formatAddress } from '../../../net/address.ts'
import type { Prefix } from '../../../net/prefix.ts'
import type { AddressRange } from '../../../net/range.ts'
import type { Ipset } from '../../../netfilter/ipset/ast.ts'
import type { IptablesRuleset, Rule, Table } from '../../../netfilter/iptables/ast.ts'
import { commonRules } from '../../../netfilter/iptables/counted-chain.ts'
import type { NftRuleset, NftTable, NftType } from '../../../netfilter/nft/ast.ts'
import { printExpression } from '../../../netfilter/nft/expressions/dispatch.ts'
import { nftEntry, ruleEntry } from './entries.ts'

/** What a rule, a set's element or a virtual service means to the question whose packets it may touch. */
export interface Entry {
  /** Without comments; chains that it names stand in `calls`. */
  readonly text: string
  /** It cannot match a packet that has none of these in it: each must hold an address of the packet, in some header. */
  readonly needs: readonly Prefix[]
  /** It cannot match a packet to or from other ports than these. */
  readonly ports: readonly number[] | undefined
  /** Chains, sets and maps that are looked at from here. */
  readonly calls: readonly string[]
  /** Where it sends packets. */
  readonly targets: readonly { readonly address: Address; readonly port: number | undefined }[]
  /** Whether it matches depends on an address in a way that no prefix tells (hashes, ranges, raw bytes). */
  readonly opaque: boolean
  /** Whose packets it may treat otherwise than all others' although it names no address of theirs: who is in these ranges, or everybody. */
  readonly divides: readonly AddressRange[] | 'everybody'
}

/** A chain, set or map: entries in their order. Equal entries of several hosts are one object. */
export type Page = readonly Entry[]

/** The rules of a host, as pages that call each other. */
export interface Book {
  /** What packets come to by themselves. */
  readonly roots: readonly string[]
  page(name: string): Page | undefined
  /** Every page but those named, as objects that stand for the page and its name: equal ones of several hosts are mostly the same object. */
  others(skeleton: ReadonlySet<string>): Iterable<readonly [name: string, identity: object | undefined]>
}

/** Entries and pages of all hosts, kept once. */
export class Library {
  readonly #entries = new Map<string, Entry>()
  readonly #pages = new WeakMap<readonly Rule[], Page>()

  /** Entries of any host that may tell apart whom they do not name. */
  readonly dividing: Entry[] = []

  entry(key: string, make: () => Entry): Entry {
    let known = this.#entries.get(key)
    if (!known) {
      known = make()
      if (known.divides.length > 0) this.dividing.push(known)
      this.#entries.set(key, known)
    }
    return known
  }

  rules(family: string, rules: readonly Rule[]): Page {
    let page = this.#pages.get(rules)
    if (!page) {
      page = rules.map((rule) => this.entry(`${family} ${rule.text}`, () => ruleEntry(rule)))
      this.#pages.set(rules, page)
    }
    return page
  }

  /** The rules that a namespace's packets may meet. */
  book(namespace: Namespace): Book {
    const sources: Source[] = [
      ...namespace.iptables.flatMap((ruleset, i) =>
        ruleset.tables.map((table) => iptablesSource(this, ruleset, table, `ipt${i}/${table.name}`)),
      ),
      ...namespace.nft.flatMap((ruleset, i) =>
        ruleset.tables.map((table) => nftSource(this, ruleset, table, `nft${i}/${table.family}/${table.name}`)),
      ),
      ...namespace.ipsets.map((set) => ipsetSource(this, set)),
    ]
    if (namespace.virtualServices) sources.push(ipvsSource(this, namespace.virtualServices))
    const byScope = new Map(sources.map((source) => [source.scope, source]))
    const pages = new Map<string, Page | undefined>()
    return {
      roots: sources.flatMap(({ scope, roots }) => roots.map((root) => `${scope} ${root}`)),
      page(name) {
        if (!pages.has(name)) {
          const blank = name.indexOf(' ')
          pages.set(name, byScope.get(name.slice(0, blank))?.page(name.slice(blank + 1)))
        }
        return pages.get(name)
      },
      *others(skeleton) {
        for (const { scope, names } of sources) {
          const prefix = `${scope} `
          const known = new Set([...skeleton].filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length)))
          for (const [name, identity] of names()) if (!known.has(name)) yield [`${prefix}${name}`, identity]
        }
      },
    }
  }
}

interface Source {
  readonly scope: string
  readonly roots: readonly string[]
  readonly page: (name: string) => Page | undefined
  readonly names: () => Iterable<readonly [name: string, identity: object | undefined]>
}

const typeText = (type: NftType): string => (type.kind === 'type' ? type.names.join(' . ') : printExpression(type.expression))

const BUILT_IN: ReadonlySet<string> = new Set(['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'])

function iptablesSource(library: Library, ruleset: IptablesRuleset, table: Table, scope: string): Source {
  const heads = [...table.chains.values()].filter((chain) => BUILT_IN.has(chain.name))
  const head = `${ruleset.family} ${ruleset.backend} ${ruleset.complete} ${heads.map(({ name, policy }) => `${name}=${policy}`).join(' ')}`
  return {
    scope,
    roots: ['/head', ...heads.map((chain) => chain.name)],
    page: (name) => {
      if (name === '/head') return [library.entry(head, () => plain(head))]
      const chain = table.chains.get(name)
      return chain && library.rules(ruleset.family, commonRules(chain))
    },
    names: () => [...table.chains].map(([name, chain]) => [name, commonRules(chain)] as const),
  }
}

function nftSource(library: Library, _ruleset: NftRuleset, table: NftTable, scope: string): Source {
  const chains = new Map(table.chains.map((chain) => [chain.name, chain]))
  const sets = new Map(table.sets.map((set) => [`@${set.name}`, set]))
  const bases = table.chains.filter((chain) => chain.base)
  const describe = ({ base, name }: NftTable['chains'][number]) =>
    `${name} ${base?.type} ${base?.hook} ${base?.priority} ${base?.policy} ${base?.devices.join(' ')}`
  const head = `${table.family} ${table.flags.join(' ')} ${table.flowtables.length} ${bases.map(describe).join(' ')}`
  return {
    scope,
    roots: ['/head', ...bases.map((chain) => chain.name)],
    page: (name) => {
      if (name === '/head') return [library.entry(head, () => plain(head))]
      const set = sets.get(name)
      if (set) {
        const about = `set ${set.complete} ${set.flags.join(' ')} ${typeText(set.type)} ${set.data ? typeText(set.data) : ''}`
        return [
          library.entry(about, () => plain(about)),
          ...set.elements.map((element) => {
            const text = `${printExpression(element.key)}${element.data ? ` : ${printExpression(element.data)}` : ''}`
            return library.entry(`element ${text}`, () => nftEntry(text, true))
          }),
        ]
      }
      return chains.get(name)?.rules.map((rule) => library.entry(`nft ${rule.text}`, () => nftEntry(rule.text, false)))
    },
    names: () => [...chains.keys(), ...sets.keys()].map((name) => [name, undefined] as const),
  }
}

function ipsetSource(library: Library, set: Ipset): Source {
  const about = `ipset ${set.type} ${set.family} ${set.complete} ${set.options.map((option) => option.join(' ')).join(' ')}`
  return {
    scope: `set:${set.name}`,
    roots: [],
    page: () => [
      library.entry(about, () => plain(about)),
      ...set.entries.map(({ text }) => library.entry(`${set.type} ${text}`, () => setEntry(set, text))),
    ],
    names: () => [['set', undefined]],
  }
}

function setEntry(set: Ipset, whole: string): Entry {
  const text = whole.replace(/^add \S+ /, '').replace(/ (?:packets|bytes|timeout) \d+/g, '')
  const entry = nftEntry(text, true)
  return set.type === 'list:set' ? { ...entry, calls: [`set:${text.split(' ')[0]} set`] } : entry
}

function ipvsSource(library: Library, services: NonNullable<Namespace['virtualServices']>): Source {
  return {
    scope: 'ipvs',
    roots: ['services'],
    page: () =>
      services.map(({ match, scheduler, persistent, servers }) => {
        const to = servers.map(({ address, port, forward, weight }) => `${formatAddress(address)} ${port} ${forward} ${weight}`)
        const at =
          match.kind === 'mark' ? `mark ${match.mark} ${match.family}` : `${match.protocol} ${formatAddress(match.address)} ${match.port}`
        const text = `ipvs ${at} ${scheduler} ${persistent} ${to.join(', ')}`
        return library.entry(text, () => ({
          ...plain(text),
          needs: match.kind === 'mark' ? [] : [{ address: match.address, length: typeof match.address === 'number' ? 32 : 128 }],
          ports: match.kind === 'mark' || match.port === 0 ? undefined : [match.port],
          targets: servers.map(({ address, port }) => ({ address, port })),
          opaque: scheduler === 'sh' || scheduler === 'mh' || scheduler === 'dh',
        }))
      }),
    names: () => [['services', undefined]],
  }
}

export const plain = (text: string): Entry => ({ text, needs: [], ports: undefined, calls: [], targets: [], opaque: false, divides: [] })
