import type { Family } from '../net/address.ts'
import { CONTINUE } from '../netfilter/action.ts'
import { unknown } from '../netfilter/decision.ts'
import type { Chain, Hidden, IptablesRuleset, Rule, Table } from '../netfilter/iptables/ast.ts'
import { compileHeader, printHeader } from '../netfilter/iptables/header.ts'
import type { Match } from '../netfilter/iptables/matches/index.ts'
import { matchModules, printMatch } from '../netfilter/iptables/matches/registry.ts'
import { actTarget, targetModules } from '../netfilter/iptables/targets/registry.ts'
import type { Hook, Scene } from '../netfilter/scene.ts'
import { type ChainIndex, indexChain, WORTH_AN_INDEX } from './chain-index.ts'
import type { BaseChain, CompiledChain, CompiledRule, NetfilterBackend, Op, RuleReference } from './program.ts'

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
  readonly #ruleset: IptablesRuleset
  readonly #table: Table
  readonly #compiled = new Map<string, IptablesChain>()

  constructor(ruleset: IptablesRuleset, table: Table) {
    this.#ruleset = ruleset
    this.#table = table
  }

  get(name: string): CompiledChain | undefined {
    const known = this.#compiled.get(name)
    if (known) return known
    const chain = this.#table.chains.get(name)
    if (!chain) return undefined
    const compiled = new IptablesChain(chain, this.#ruleset, this.#table.name, this)
    this.#compiled.set(name, compiled)
    return compiled
  }
}

class IptablesChain implements CompiledChain {
  readonly name: string
  readonly family: Family
  readonly table: string
  readonly length: number
  readonly complete = true
  readonly #file: string
  readonly #rules: readonly Rule[]
  readonly #compiled: (CompiledRule | undefined)[]
  readonly #chains: LazyChains
  /** null: not looked into yet. */
  #index: ChainIndex | undefined | null

  constructor(chain: Chain, ruleset: IptablesRuleset, table: string, chains: LazyChains) {
    this.name = chain.name
    this.family = ruleset.family
    this.table = table
    this.length = chain.rules.length
    this.#file = ruleset.file
    this.#rules = chain.rules
    this.#compiled = new Array(chain.rules.length)
    this.#chains = chains
    this.#index = chain.rules.length < WORTH_AN_INDEX ? undefined : null
  }

  rule(at: number): CompiledRule {
    let compiled = this.#compiled[at]
    if (!compiled) {
      compiled = compileRule(this.#rules[at] as Rule, this.family, this.table, this.#file)
      this.#compiled[at] = compiled
    }
    return compiled
  }

  next(from: number, scene: Scene): number {
    if (this.#index === null) this.#index = indexChain(this.#rules)
    return this.#index ? this.#index.next(from, scene) : from
  }

  chain(name: string): CompiledChain | undefined {
    return this.#chains.get(name)
  }
}

const HIDDEN: Readonly<Record<Hidden, string>> = {
  interfaces: 'the list does not show the interfaces of its rules (it takes -v)',
  matches: 'the list does not show all conditions of this rule',
  'target-options': 'the list does not show what the target does',
}

function compileRule(rule: Rule, family: Family, table: string, file: string): CompiledRule {
  const ops: Op[] = []
  const header = compileHeader(rule.header)
  if (header) ops.push(header)
  for (const match of rule.matches) if (match.kind !== 'comment') ops.push(decider(match))
  for (const why of doubtsOf(rule)) ops.push(() => unknown(why, 'iptables-save.txt'))
  ops.push(actor(rule))
  const { target } = rule
  return {
    ops,
    reference: new Reference(rule, family, table, file),
    linked: target?.kind === 'jump' || target?.kind === 'goto' ? { chain: undefined } : undefined,
  }
}

const SURE: readonly string[] = []

/** Why the rule cannot be decided for every packet, beside what its opaque nodes say themselves. */
function doubtsOf(rule: Rule): readonly string[] {
  if (!rule.opaque.length && !rule.hidden) return SURE
  const unread = rule.opaque.filter((text) => !isOpaqueNode(rule, text)).map((text) => `"${text}" is not understood`)
  return [...unread, ...(rule.hidden ?? []).map((hidden) => HIDDEN[hidden])]
}

/** A rule's place and text, read off the rule when a step is told. */
class Reference implements RuleReference {
  readonly #rule: Rule
  readonly #family: Family
  readonly table: string
  readonly file: string

  constructor(rule: Rule, family: Family, table: string, file: string) {
    this.#rule = rule
    this.#family = family
    this.table = table
    this.file = file
  }

  get family(): Family {
    return this.#family
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
  get line(): number {
    return this.#rule.line
  }
  get target(): string {
    return targetName(this.#rule)
  }

  /** In the order of the ops. */
  get conditions(): readonly string[] {
    const rule = this.#rule
    const matches = rule.matches
      .filter((match) => match.kind !== 'comment')
      .map((match) => `-m ${match.kind} ${printMatch(match, this.#family)}`)
    return [...(compileHeader(rule.header) ? [printHeader(rule.header)] : []), ...matches, ...doubtsOf(rule)]
  }
}

const isOpaqueNode = (rule: Rule, text: string): boolean =>
  rule.matches.some((match) => match.kind === 'opaque' && text.includes(match.name)) ||
  (rule.target?.kind === 'opaque' && text.includes(rule.target.name))

function decider(match: Match): Op {
  if (match.kind === 'opaque') return () => unknown(`what -m ${match.name} decides is not known`)
  const module = matchModules.get(match.kind)
  if (!module) throw new Error(`no module for match ${match.kind}`)
  return module.compile?.(match) ?? ((scene: Scene) => module.decide(match, scene))
}

/** Most targets do the same to every packet: what they do is made once. */
function actor({ target }: Rule): Op {
  if (!target || target.kind === 'jump' || target.kind === 'goto') {
    const action = target ?? CONTINUE
    return () => action
  }
  const module = target.kind === 'opaque' ? undefined : targetModules.get(target.kind)
  if (!module || module.act.length > 1) return (scene) => actTarget(target, scene)
  const action = actTarget(target, undefined as never)
  return () => action
}

function targetName(rule: Rule): string {
  const { target } = rule
  if (!target) return 'CONTINUE'
  if (target.kind === 'jump' || target.kind === 'goto') return target.kind.toUpperCase()
  return target.kind === 'opaque' ? target.name : target.kind
}
