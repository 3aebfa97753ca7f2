import type { Family } from '../net/address.ts'
import { CONTINUE } from '../netfilter/action.ts'
import type { NftChain, NftRuleset, NftTable } from '../netfilter/nft/ast.ts'
import { compileNftRule } from '../netfilter/nft/evaluate/rule.ts'
import type { Hook } from '../netfilter/scene.ts'
import type { BaseChain, CompiledChain, CompiledRule } from './program.ts'

const HOOKS: ReadonlySet<string> = new Set(['prerouting', 'input', 'forward', 'output', 'postrouting'])

/** The base chains of native tables that see packets of a family: its own tables and those of family inet. `covered` tables are told by iptables-save. */
export function compileNft(
  ruleset: NftRuleset,
  family: Family,
  covered: (table: NftTable) => boolean,
): { readonly hook: Hook; readonly base: BaseChain }[] {
  return ruleset.tables.flatMap((table, tableNumber) => {
    if ((table.family !== family && table.family !== 'inet') || table.flags.includes('dormant') || covered(table)) return []
    const chains = new LazyNftChains(ruleset, table)
    return table.chains.flatMap((chain, chainNumber) => {
      const { base } = chain
      const compiled = chains.get(chain.name)
      if (!base || !compiled || !HOOKS.has(base.hook)) return []
      return [
        {
          hook: base.hook as Hook,
          base: {
            backend: 'nft' as const,
            chain: compiled,
            type: base.type === 'nat' || base.type === 'route' ? base.type : ('filter' as const),
            priority: base.priority,
            policy: base.policy ?? ('accept' as const),
            order: tableNumber * 1000 + chainNumber,
            file: ruleset.file,
            line: chain.line,
          },
        },
      ]
    })
  })
}

/** Chains of a table, compiled rule by rule when a packet first comes to them. */
class LazyNftChains {
  readonly #ruleset: NftRuleset
  readonly #table: NftTable
  readonly #chains: ReadonlyMap<string, NftChain>
  readonly #compiled = new Map<string, CompiledChain>()

  constructor(ruleset: NftRuleset, table: NftTable) {
    this.#ruleset = ruleset
    this.#table = table
    this.#chains = new Map(table.chains.map((chain) => [chain.name, chain]))
  }

  get(name: string): CompiledChain | undefined {
    const known = this.#compiled.get(name)
    if (known) return known
    const chain = this.#chains.get(name)
    if (!chain) return undefined
    const compiled = this.#compile(chain)
    this.#compiled.set(name, compiled)
    return compiled
  }

  #compile(chain: NftChain): CompiledChain {
    const rules: (CompiledRule | undefined)[] = new Array(chain.rules.length)
    return {
      name: chain.name,
      family: this.#table.family,
      table: this.#table.name,
      length: chain.rules.length,
      complete: true,
      rule: (at) => {
        rules[at] ??= this.#compileRule(chain, at)
        return rules[at] as CompiledRule
      },
      next: (from) => from,
      chain: (name) => this.get(name),
    }
  }

  #compileRule(chain: NftChain, at: number): CompiledRule {
    const rule = chain.rules[at] as NftChain['rules'][number]
    const { family, name: table } = this.#table
    const ops = compileNftRule(rule, this.#table)
    return {
      ops,
      rest: ops,
      does: CONTINUE,
      reference: {
        family,
        table,
        chain: chain.name,
        number: rule.number,
        text: rule.text,
        file: this.#ruleset.file,
        line: rule.line,
        target: 'CONTINUE',
      },
    }
  }
}
