import { expand, type Owner, type OwnerBook, type Pattern } from './book.ts'
import type { Names } from './names.ts'
import type { Subject } from './subject.ts'
import { chainSubject, patternSubject, ruleSubject } from './subject.ts'
import { BUILTIN_CHAINS, type ChainView, type RuleView, type TableView } from './view.ts'

/** Whose something is, and what it is for. */
export interface Ownership {
  readonly owner: Pick<Owner, 'id' | 'name'>
  /** One sentence. */
  readonly purpose: string
  readonly rewritten: boolean
  readonly change: string
  readonly persists: string
  readonly subject?: Subject | undefined
}

/** The book made ready for one machine's evidence: it says who owns what there. */
export interface Owners {
  chain(table: TableView, chain: ChainView): Ownership
  rule(table: TableView, chain: ChainView, rule: RuleView): Ownership
  table(table: TableView): Ownership
  /** An ipset, or with `table` a set of a native table. */
  set(name: string, table?: TableView): Ownership
}

/** A pattern with the named parts of what it matched. */
interface Hit {
  readonly owner: Owner
  readonly pattern: Pattern
  readonly parts: Readonly<Record<string, string>>
}

type Kind = 'tables' | 'chains' | 'sets' | 'rules'

export function createOwners(book: OwnerBook, names: Names, netns = ''): Owners {
  const find = finder(book, names, netns)
  const chains = new WeakMap<ChainView, Ownership>()
  const chain = (table: TableView, view: ChainView): Ownership => {
    const known = chains.get(view)
    if (known) return known
    const made = ownerOfChain(book, find, names, table, view)
    chains.set(view, made)
    return made
  }
  return {
    chain,
    rule: (table, view, rule) => ownerOfRule(book, find, names, chain, table, view, rule),
    table: (table) => ownerOfTable(book, find, names, table),
    set: (name, table) => {
      const hit = find('sets', name, table) ?? (table && find('tables', table.name, table))
      return hit ? owned(hit, patternSubject(hit.pattern, hit.parts, names)) : byAdministrator(book, 'A set that no known program makes.')
    },
  }
}

type Find = (kind: Kind, text: string, table?: TableView, chain?: string) => Hit | undefined

/** Matches names and rules against the book; each expression is compiled once, when it is first needed. */
function finder(book: OwnerBook, names: Names, netns: string): Find {
  const compiled = new Map<string, RegExp>()
  const whole = (expression: string): RegExp => {
    const known = compiled.get(expression)
    if (known) return known
    const made = new RegExp(`^(?:${expand(expression, names.dockerBridges)})$`, 's')
    compiled.set(expression, made)
    return made
  }
  const holds = (expression: string | undefined, text: string | undefined): boolean =>
    expression === undefined || (text !== undefined && whole(expression).test(text))
  const fits = (pattern: Pattern, table: TableView | undefined, chain: string | undefined): boolean =>
    holds(pattern.table, table?.name) &&
    holds(pattern.family, table?.family) &&
    holds(pattern.chain, chain) &&
    holds(pattern.netns, netns) &&
    (pattern.with === undefined ||
      (table !== undefined && [...table.chains.keys()].some((name) => whole(pattern.with as string).test(name))))
  return (kind, text, table, chain) => {
    for (const owner of book.owners)
      for (const pattern of owner[kind]) {
        const match = whole(pattern.match).exec(text)
        if (match && fits(pattern, table, chain)) return { owner, pattern, parts: { ...match.groups } }
      }
    return undefined
  }
}

function owned({ owner, pattern, parts }: Hit, subject: Subject | undefined): Ownership {
  return {
    owner: { id: owner.id, name: owner.name },
    purpose: pattern.purpose.replace(/\{(\w+)\}/g, (_, part: string) => parts[part] ?? part),
    rewritten: pattern.rewritten ?? owner.rewritten,
    change: pattern.change ?? owner.change,
    persists: owner.persists,
    ...(subject ? { subject } : {}),
  }
}

const plain = (owner: Owner, purpose: string): Ownership => ({
  owner: { id: owner.id, name: owner.name },
  purpose,
  rewritten: owner.rewritten,
  change: owner.change,
  persists: owner.persists,
})

const byAdministrator = (book: OwnerBook, purpose: string): Ownership => plain(book.administrator, purpose)

const IPTABLES_TABLES = new Set(['filter', 'nat', 'mangle', 'raw', 'security', 'broute'])

function isBuiltin(table: TableView, chain: ChainView): boolean {
  return chain.hook !== undefined && BUILTIN_CHAINS.has(chain.name) && (table.backend === 'iptables' || IPTABLES_TABLES.has(table.name))
}

function ownerOfTable(book: OwnerBook, find: Find, names: Names, table: TableView): Ownership {
  const native = table.backend === 'nft' ? find('tables', table.name, table) : undefined
  if (native) return owned(native, patternSubject(native.pattern, native.parts, names))
  if (table.backend === 'iptables' || IPTABLES_TABLES.has(table.name))
    return plain(book.builtin, `Table ${table.name} of ${table.family === 'ip6' ? 'ip6tables' : 'iptables'}, shared by all who use it.`)
  return byAdministrator(book, 'A table that no known program makes.')
}

function ownerOfChain(book: OwnerBook, find: Find, names: Names, table: TableView, chain: ChainView): Ownership {
  const native = table.backend === 'nft' ? find('tables', table.name, table) : undefined
  const hit = find('chains', chain.name, table)
  if (hit && !isBuiltin(table, chain) && (!native || native.owner === hit.owner))
    return owned(hit, chainSubject(hit.pattern, hit.parts, table, chain, names))
  if (native) return owned(native, patternSubject(native.pattern, native.parts, names))
  if (isBuiltin(table, chain)) return plain(book.builtin, `Built-in chain: ${HOOKS[chain.name] ?? 'the kernel calls it.'}`)
  return byAdministrator(book, userChainPurpose(table, chain))
}

const HOOKS: Readonly<Record<string, string>> = {
  PREROUTING: 'every packet that arrives, before it is routed.',
  INPUT: 'packets for this host itself.',
  FORWARD: 'packets that this host passes on, between interfaces and between bridge ports.',
  OUTPUT: 'packets that this host sends.',
  POSTROUTING: 'every packet that leaves.',
  BROUTING: 'frames that arrive at a bridge port, before it is decided whether they are bridged.',
}

function userChainPurpose(table: TableView, chain: ChainView): string {
  if (chain.hook !== undefined) return `Base chain at hook ${chain.hook}, priority ${chain.priority ?? 'unknown'}.`
  const callers = table.callers.get(chain.name) ?? []
  if (callers.length === 0) return 'A chain that nothing jumps to: its rules are never reached.'
  const from = [...new Set(callers.map((rule) => rule.chain))]
  return `A chain of no known program, jumped to from ${from.slice(0, 3).join(', ')}${from.length > 3 ? ` and ${from.length - 3} more` : ''}.`
}

/** A rule belongs to the owner of its chain; in a built-in chain or one of nobody known, to who is known to write it, or to the owner of the chain that it jumps to. */
function ownerOfRule(
  book: OwnerBook,
  find: Find,
  names: Names,
  ownerOf: Owners['chain'],
  table: TableView,
  chain: ChainView,
  rule: RuleView,
): Ownership {
  const home = ownerOf(table, chain)
  // A verdict map sends packets to many chains: it is for none of their objects.
  const target = rule.jumps.length === 1 ? table.chains.get(rule.jumps[0] ?? '') : undefined
  const next = target && ownerOf(table, target)
  const subject = (owner: string, otherwise: Subject | undefined): { subject?: Subject } => {
    const found = ruleSubject(owner, rule, table, names) ?? next?.subject ?? otherwise
    return found ? { subject: found } : {}
  }
  if (home.owner.id !== book.builtin.id && home.owner.id !== book.administrator.id)
    return { ...home, ...subject(home.owner.id, home.subject) }
  const hit = find('rules', body(rule), table, chain.name)
  if (hit) return { ...owned(hit, undefined), ...subject(hit.owner.id, patternSubject(hit.pattern, hit.parts, names)) }
  if (next && next.owner.id !== book.administrator.id)
    return { ...next, purpose: `Jumps to ${next.owner.name}'s chain ${target.name}.`, ...subject(next.owner.id, undefined) }
  return { ...byAdministrator(book, 'A rule that no known program makes.'), ...subject(book.administrator.id, undefined) }
}

/** A rule's text behind `-A CHAIN `, and without nft's counters. */
const body = ({ text, chain }: RuleView): string =>
  text.startsWith(`-A ${chain} `) ? text.slice(chain.length + 4) : text.replace(/counter packets \d+ bytes \d+ ?/, '').trimEnd()
