import type { Note } from '../../facts/source.ts'
import type { Family } from '../../net/address.ts'
import type { Chain, Counters, IptablesRuleset, Rule, Table } from './ast.ts'
import type { Backend } from './read-sections.ts'

/** A chain while it is read; it becomes the chain of the table as it stands. */
export interface MutableChain extends Chain {
  policy: string | undefined
  counters: Counters | undefined
  rules: Rule[]
  /** Its rules are another host's as well: they are copied before they change. */
  shared?: boolean
  /** All of it is another host's as well. */
  lent?: boolean
}

/** Room that an array takes when it first grows is worth avoiding: most chains of a large ruleset hold a few rules. */
const SMALL = 5

export function append(chain: MutableChain, rule: Rule): void {
  if (chain.shared) {
    chain.rules = [...chain.rules, rule]
    chain.shared = false
  } else if (chain.rules.length < SMALL) chain.rules = [...chain.rules, rule]
  else chain.rules.push(rule)
}

/** A table while it is read. */
export class TableBuilder {
  readonly name: string
  readonly line: number
  /** It has a `*table` line of its own, so that it is whole when COMMIT ends it. */
  readonly declared: boolean
  readonly #chains = new Map<string, MutableChain>()
  #last: MutableChain | undefined

  constructor(name: string, line: number, declared: boolean) {
    this.name = name
    this.line = line
    this.declared = declared
  }

  /** The chain of a rule; iptables-restore would refuse one that is not declared, a piece of a save may lack the declaration. */
  chain(name: string, line: number): MutableChain {
    const known = this.#chains.get(name)
    this.#last = known?.lent ? this.#ownCopy(known) : (known ?? this.declare(name, undefined, undefined, line))
    return this.#last
  }

  /** The chain whose name stands at text[start, end): most rules go where the one before them went. */
  chainAt(text: string, start: number, end: number, line: number): MutableChain {
    const last = this.#last
    return last && last.name.length === end - start && text.startsWith(last.name, start) ? last : this.chain(text.slice(start, end), line)
  }

  hasRules(name: string): boolean {
    return (this.#chains.get(name)?.rules.length ?? 0) > 0
  }

  /** Takes over a chain that another host has just so. */
  borrow(chain: MutableChain): void {
    chain.shared = true
    chain.lent = true
    this.#chains.set(chain.name, chain)
  }

  /** The chain of that name is this one from here on. */
  replace(chain: MutableChain): void {
    this.#chains.set(chain.name, chain)
    this.#last = undefined
  }

  #ownCopy({ name, policy, counters, rules, line }: MutableChain): MutableChain {
    const own: MutableChain = { name, policy, counters, rules, line, shared: true }
    this.#chains.set(name, own)
    return own
  }

  /** The chain has the very rules of another host's. */
  share(chain: MutableChain, rules: readonly Rule[]): void {
    chain.rules = rules as Rule[]
    chain.shared = true
  }

  /** Puts a rule into its chain and gives it its number. */
  insert(chain: MutableChain, rule: Rule): void {
    if (rule.number > chain.rules.length) append(chain, rule)
    else chain.rules = chain.rules.toSpliced(rule.number - 1, 0, rule).map((one, i) => ({ ...one, number: i + 1 }))
  }

  declare(name: string, policy: string | undefined, counters: Counters | undefined, line: number): MutableChain {
    const found = this.#chains.get(name)
    const known = found?.lent ? this.#ownCopy(found) : found
    if (known) {
      known.policy = policy ?? known.policy
      known.counters = counters ?? known.counters
      return known
    }
    const chain: MutableChain = { name, policy, counters, rules: [], line }
    this.#chains.set(name, chain)
    return chain
  }

  flush(name: string | undefined): void {
    for (const chain of [...this.#chains.values()])
      if (name === undefined || chain.name === name) (chain.lent ? this.#ownCopy(chain) : chain).rules = []
  }

  remove(name: string | undefined): void {
    this.#last = undefined
    if (name !== undefined) this.#chains.delete(name)
  }

  /** Policies of the built-in chains are known. */
  get hasPolicies(): boolean {
    return [...this.#chains.values()].some((chain) => chain.policy !== undefined)
  }

  finish(): Table {
    return { name: this.name, chains: this.#chains, line: this.line }
  }
}

/** The tables of a save while it is read. A table that comes again takes the place of the earlier one, as iptables-restore flushes first. */
export class RulesetBuilder {
  readonly notes: Note[] = []
  readonly #tables = new Map<string, TableBuilder>()
  #open: TableBuilder | undefined
  #complete = true

  get open(): TableBuilder | undefined {
    return this.#open
  }

  begin(name: string, line: number, declared: boolean): void {
    if (this.#open?.declared) this.#complete = false
    this.#tables.delete(name)
    this.#open = new TableBuilder(name, line, declared)
    this.#tables.set(name, this.#open)
  }

  /** The table of that name without beginning it anew, for lines that stand outside `*table` and COMMIT. */
  named(name: string, line: number): TableBuilder {
    const known = this.#tables.get(name)
    if (known) return known
    const table = new TableBuilder(name, line, false)
    this.#tables.set(name, table)
    return table
  }

  commit(): void {
    this.#open = undefined
  }

  finish(family: Family, backend: Backend, file: string): IptablesRuleset {
    const builders = [...this.#tables.values()]
    const complete = this.#complete && !this.#open && builders.length > 0 && builders.every((table) => table.declared || table.hasPolicies)
    return { kind: 'iptables', family, backend, file, tables: builders.map((table) => table.finish()), notes: this.notes, complete }
  }
}
