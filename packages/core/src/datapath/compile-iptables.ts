import type { Family } from '../net/address.ts'
import type { Chain, IptablesRuleset, Rule, Table } from '../netfilter/iptables/ast.ts'
import { compileHeader, printHeader } from '../netfilter/iptables/header.ts'
import { printMatch } from '../netfilter/iptables/matches/registry.ts'
import type { Hook, Scene } from '../netfilter/scene.ts'
import { type ChainIndex, indexChain } from './chain-index.ts'
import { actor, conditionsOf, doubtsOf } from './iptables-ops.ts'
import type { BaseChain, CompiledChain, CompiledRule, NetfilterBackend, Op, RuleReference } from './program.ts'
import { Screen, type Screened, screened } from './screen.ts'

/** Where iptables hangs its chains: enum nf_ip_hook_priorities, and each table's own list of hooks (iptable_*.c). */
const TABLE_HOOKS: Readonly<Record<string, Readonly<Record<string, readonly [Hook, number, BaseChain['type']]>>>> = {
  raw: { PREROUTING: ['prerouting', -300, 'filter'], OUTPUT: ['output', -300, 'filter'] },
  mangle: {
    PREROUTING: ['prerouting', -150, 'filter'],
    INPUT: ['input', -150, 'filter'],
    FORWARD: ['forward', -150, 'filter'],
    OUTPUT: ['output', -150, 'route'],
    POSTROUTING: ['postrouting', -150, 'filter'],
  },
  nat: {
    PREROUTING: ['prerouting', -100, 'nat'],
    INPUT: ['input', 100, 'nat'],
    OUTPUT: ['output', -100, 'nat'],
    POSTROUTING: ['postrouting', 100, 'nat'],
  },
  filter: { INPUT: ['input', 0, 'filter'], FORWARD: ['forward', 0, 'filter'], OUTPUT: ['output', 0, 'filter'] },
  security: { INPUT: ['input', 50, 'filter'], FORWARD: ['forward', 50, 'filter'], OUTPUT: ['output', 50, 'filter'] },
}

/** The base chains of a ruleset with the hooks that they hang at. `orderOf` tells when a table was registered, as far as the evidence does. */
export function compileIptables(
  ruleset: IptablesRuleset,
  backend: NetfilterBackend,
  orderOf: (table: string, chain: string) => number,
): { readonly hook: Hook; readonly base: BaseChain }[] {
  return ruleset.tables.flatMap((table) => {
    const chains = new LazyChains(ruleset, table)
    return Object.entries(TABLE_HOOKS[table.name] ?? {}).flatMap(([name, [hook, priority, type]]) => {
      const chain = table.chains.get(name)
      const compiled = chains.get(name)
      if (!chain || !compiled) return []
      const base: BaseChain = {
        backend,
        chain: compiled,
        type,
        // iptables-nft hangs its security table behind nat (nft.c), the kernel's own before it (NF_IP_PRI_SECURITY).
        priority: table.name === 'security' && backend === 'iptables-nft' ? 150 : priority,
        policy: policyOf(chain, ruleset),
        order: orderOf(table.name, name),
        file: ruleset.file,
        line: chain.line,
      }
      return [{ hook, base }]
    })
  })
}

function policyOf(chain: Chain, ruleset: IptablesRuleset): BaseChain['policy'] {
  if (chain.policy === 'DROP') return 'drop'
  return chain.policy === 'ACCEPT' || ruleset.complete ? 'accept' : 'unknown'
}

/** Chains of a table, compiled when a packet first comes to them. */
class LazyChains {
  readonly ruleset: IptablesRuleset
  readonly table: string
  /** Rows of all chains that were come to, and the rules behind the rows, once a packet matched them. */
  readonly screen = new Screen()
  readonly rules: (IptablesRule | undefined)[] = []
  readonly #chains: Table['chains']
  readonly #compiled = new Map<string, IptablesChain>()

  constructor(ruleset: IptablesRuleset, table: Table) {
    this.ruleset = ruleset
    this.table = table.name
    this.#chains = table.chains
  }

  get(name: string): CompiledChain | undefined {
    const known = this.#compiled.get(name)
    if (known) return known
    const chain = this.#chains.get(name)
    if (!chain) return undefined
    const compiled = new IptablesChain(chain.name, chain.rules, this)
    this.#compiled.set(chain.name, compiled)
    return compiled
  }
}

class IptablesChain implements CompiledChain {
  readonly name: string
  readonly length: number
  readonly #rules: readonly Rule[]
  readonly #table: LazyChains
  /** Row of its first rule; -1: no packet was here yet. */
  #first = -1
  #index: ChainIndex | undefined

  constructor(name: string, rules: readonly Rule[], table: LazyChains) {
    this.name = name
    this.length = rules.length
    this.#rules = rules
    this.#table = table
  }

  get family(): Family {
    return this.#table.ruleset.family
  }
  get table(): string {
    return this.#table.table
  }
  get file(): string {
    return this.#table.ruleset.file
  }
  get complete(): boolean {
    return true
  }

  rule(at: number): CompiledRule {
    const { rules } = this.#table
    const row = this.#firstRow() + at
    let compiled = rules[row]
    if (!compiled) {
      compiled = new IptablesRule(this.#rules[at] as Rule, this, this.#table.screen.asksMore(row))
      rules[row] = compiled
    }
    return compiled
  }

  next(from: number, scene: Scene): number {
    const row = this.#firstRow()
    const { length } = this
    const { screen } = this.#table
    for (let at = from; ; at++) {
      if (this.#index) at = this.#index.next(at, scene)
      if (at >= length || screen.passes(row + at, scene.packet)) return at
    }
  }

  #firstRow(): number {
    if (this.#first < 0) {
      this.#first = this.#table.screen.add(this.#rules)
      for (let at = 0; at < this.length; at++) this.#table.rules.push(undefined)
      this.#index = indexChain(this.#rules)
    }
    return this.#first
  }

  chain(name: string): CompiledChain | undefined {
    return this.#table.get(name)
  }
}

/** A rule, its place and its text: one object, as there are tens of thousands. */
class IptablesRule implements CompiledRule, RuleReference {
  readonly rest: readonly Op[]
  readonly does: Op
  readonly target: string
  readonly #rule: Rule
  readonly #chain: IptablesChain
  #leadsTo: CompiledChain | undefined

  constructor(rule: Rule, chain: IptablesChain, asksMore: boolean) {
    this.rest = asksMore ? conditionsOf(rule, screened(rule)) : UNASKED
    this.does = actor(rule)
    this.target = targetName(rule)
    this.#rule = rule
    this.#chain = chain
  }

  get ops(): readonly Op[] {
    return conditionsOf(this.#rule, UNSCREENED)
  }
  get reference(): RuleReference {
    return this
  }
  get leadsTo(): CompiledChain | undefined {
    return this.#leadsTo ?? this.#lead()
  }
  #lead(): CompiledChain | undefined {
    const { target } = this.#rule
    if (target?.kind === 'jump' || target?.kind === 'goto') this.#leadsTo = this.#chain.chain(target.chain)
    return this.#leadsTo
  }
  get family(): Family {
    return this.#chain.family
  }
  get table(): string {
    return this.#chain.table
  }
  get chain(): string {
    return this.#rule.chain
  }
  get number(): number {
    return this.#rule.number
  }
  get text(): string {
    return this.#rule.text
  }
  get file(): string {
    return this.#chain.file
  }
  get line(): number {
    return this.#rule.line
  }

  /** In the order of the ops. */
  get conditions(): readonly string[] {
    const rule = this.#rule
    const matches = rule.matches
      .filter((match) => match.kind !== 'comment')
      .map((match) => `-m ${match.kind} ${printMatch(match, this.family)}`)
    return [...(compileHeader(rule.header) ? [printHeader(rule.header)] : []), ...matches, ...doubtsOf(rule)]
  }
}

const UNSCREENED: Screened = { header: false, ports: undefined }

const UNASKED: readonly Op[] = []

function targetName(rule: Rule): string {
  const { target } = rule
  if (!target) return 'CONTINUE'
  if (target.kind === 'jump' || target.kind === 'goto') return target.kind.toUpperCase()
  return target.kind === 'opaque' ? target.name : target.kind
}
