import type { Note } from '../../facts/source.ts'
import type { Family } from '../../net/address.ts'
import type { Chain, Counters, IptablesRuleset, Rule, Table } from './ast.ts'
import type { Backend } from './read-sections.ts'

export interface MutableChain {
  readonly name: string
  policy: string | undefined
  counters: Counters | undefined
  readonly rules: Rule[]
  readonly line: number
  /** A rule was put in front of others. */
  renumber: boolean
}

/** A table while it is read. */
export class TableBuilder {
  readonly name: string
  readonly line: number
  /** It has a `*table` line of its own, so that it is whole when COMMIT ends it. */
  readonly declared: boolean
  readonly #chains = new Map<string, MutableChain>()

  constructor(name: string, line: number, declared: boolean) {
    this.name = name
    this.line = line
    this.declared = declared
  }

  /** The chain of a rule; iptables-restore would refuse one that is not declared, a piece of a save may lack the declaration. */
  chain(name: string, line: number): MutableChain {
    return this.#chains.get(name) ?? this.declare(name, undefined, undefined, line)
  }

  declare(name: string, policy: string | undefined, counters: Counters | undefined, line: number): MutableChain {
    const known = this.#chains.get(name)
    if (known) {
      known.policy = policy ?? known.policy
      known.counters = counters ?? known.counters
      return known
    }
    const chain: MutableChain = { name, policy, counters, rules: [], line, renumber: false }
    this.#chains.set(name, chain)
    return chain
  }

  flush(name: string | undefined): void {
    for (const chain of this.#chains.values()) if (name === undefined || chain.name === name) chain.rules.length = 0
  }

  remove(name: string | undefined): void {
    if (name !== undefined) this.#chains.delete(name)
  }

  /** Policies of the built-in chains are known. */
  get hasPolicies(): boolean {
    return [...this.#chains.values()].some((chain) => chain.policy !== undefined)
  }

  finish(): Table {
    const chains = new Map<string, Chain>()
    for (const chain of this.#chains.values()) {
      const rules = chain.renumber ? chain.rules.map((rule, i) => ({ ...rule, number: i + 1 })) : chain.rules
      chains.set(chain.name, { name: chain.name, policy: chain.policy, counters: chain.counters, rules, line: chain.line })
    }
    return { name: this.name, chains, line: this.line }
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
