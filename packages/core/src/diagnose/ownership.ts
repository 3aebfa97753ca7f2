import type { Step } from '../datapath/trace.ts'
import type { Document } from '../intake/document.ts'
import { type OwnedRuleset, ownedRulesets } from '../model/owned-rulesets.ts'
import type { OwnerBook } from '../netfilter/owners/book.ts'
import type { Ownership } from '../netfilter/owners/ownership.ts'
import type { ChainView, RuleView } from '../netfilter/owners/view.ts'

/** Whose the rule or chain is that a step met. */
export type OwnershipOf = (step: Step) => Ownership | undefined

/** Whose rule or chain a step met. undefined for steps that met none. A ruleset is looked at when the first of its rules is asked for. */
export function createOwnership(documents: readonly Document[], book: OwnerBook): OwnershipOf {
  const known = new Map<string, readonly OwnedRuleset[]>()
  const rulesetsFor = ({ evidence, host }: Step): readonly OwnedRuleset[] => {
    const key = evidence ? `file ${evidence.file}` : `host ${host}`
    let rulesets = known.get(key)
    if (!rulesets) {
      rulesets = ownedRulesets(documents, book, ({ file, place }) => (evidence ? file === evidence.file : (place.host ?? host) === host))
      known.set(key, rulesets)
    }
    return rulesets
  }
  return (step) => {
    if (step.chain === undefined || step.table === undefined) return undefined
    for (const { tables, owners } of rulesetsFor(step)) {
      const table = tables.find(({ name, family }) => name === step.table && (step.family === undefined || family === step.family))
      const chain = table?.chains.get(step.chain)
      if (!table || !chain) continue
      const rule = step.rule === undefined ? undefined : ruleAt(chain.rules, step.rule)
      return rule ? owners.rule(table, chain, rule) : owners.chain(table, chain)
    }
    return undefined
  }
}

/** A chain's rules are numbered in their order, but for those of a pasted part. */
const ruleAt = (rules: ChainView['rules'], number: number): RuleView | undefined => {
  const rule = rules[number - 1]
  return rule?.number === number ? rule : rules.find((other) => other.number === number)
}
