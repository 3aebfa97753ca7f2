import type { Source } from '../../../facts/source.ts'
import type { Namespace } from '../../../model/namespace.ts'
import type { IptablesRuleset, Rule, Table } from '../../../netfilter/iptables/ast.ts'
import { type Because, because } from '../check.ts'

/** A rule of iptables with where it stands. */
export interface PlacedRule {
  readonly rule: Rule
  readonly table: Table
  readonly ruleset: IptablesRuleset
}

/** Every rule of a family's tables of this name, in all back ends. */
export function* rulesOf(root: Namespace, table: string, family: 'ip' | 'ip6' = 'ip'): Generator<PlacedRule> {
  for (const ruleset of root.iptables)
    if (ruleset.family === family)
      for (const one of ruleset.tables)
        if (one.name === table) for (const chain of one.chains.values()) for (const rule of chain.rules) yield { rule, table: one, ruleset }
}

export function chainNames(root: Namespace, table: string): ReadonlySet<string> {
  const names = new Set<string>()
  for (const { tables, family } of root.iptables)
    if (family === 'ip') for (const one of tables) if (one.name === table) for (const name of one.chains.keys()) names.add(name)
  for (const { tables } of root.nft)
    for (const one of tables) if (one.family === 'ip' && one.name === table) for (const { name } of one.chains) names.add(name)
  return names
}

export const sourceOf = ({ rule, ruleset }: PlacedRule): Source => ({ file: ruleset.file, line: rule.line })
export const ruleBecause = (placed: PlacedRule): Because => because(placed.rule.text, sourceOf(placed))

/** The chain that a rule jumps or goes to. */
export const jumpsTo = ({ target }: Rule): string | undefined =>
  target && 'chain' in target && typeof target.chain === 'string' ? target.chain : undefined

/** Was a whole `iptables-save` of IPv4 captured, or a list of the whole table, so that what is absent is absent? */
export const isWhole = (root: Namespace, table: string): boolean =>
  root.iptables.some(
    ({ family, complete, tables }) => family === 'ip' && tables.some((one) => one.name === table && (complete || isListedWhole(one))),
  )

const BUILT_IN: Readonly<Record<string, readonly string[]>> = {
  nat: ['PREROUTING', 'OUTPUT', 'POSTROUTING'],
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
}

/** `iptables -L` without a chain shows all of the table: its built-in chains, and every chain that a rule jumps to. */
function isListedWhole({ name, chains }: Table): boolean {
  const builtIn = BUILT_IN[name]
  if (!builtIn?.every((chain) => chains.has(chain))) return false
  return [...chains.values()].every(({ rules }) =>
    rules.every((rule) => {
      const next = jumpsTo(rule)
      return rule.target !== undefined && rule.opaque.length === 0 && (next === undefined || chains.has(next))
    }),
  )
}

/** Where the rules of a host would stand, for a finding about one that is not there. */
export function rulesFile(root: Namespace): Source | undefined {
  const ruleset = root.iptables.find(({ family }) => family === 'ip')
  const file = ruleset?.file ?? root.nft[0]?.file
  return file === undefined ? undefined : { file, line: ruleset?.tables[0]?.line ?? 1 }
}
