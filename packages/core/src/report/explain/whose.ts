import type { Step } from '../../datapath/trace.ts'
import type { Document } from '../../intake/document.ts'
import type { OwnerBook } from '../../netfilter/owners/book.ts'
import { type OwnedRuleset, ownedRulesets } from './machine.ts'
import { whose } from './text.ts'

/**
 * Tells whose rule a step of a trace met: `Docker, for container web`. undefined for steps that met no rule, and for rules that
 * no known program makes. Rulesets are looked at when the first rule is asked for.
 */
export function createWhose(documents: readonly Document[], book: OwnerBook): (step: Step) => string | undefined {
  let rulesets: readonly OwnedRuleset[] | undefined
  return (step) => {
    if (step.chain === undefined || step.table === undefined || step.rule === undefined) return undefined
    rulesets ??= ownedRulesets(documents, book)
    for (const { document, tables, owners } of rulesets) {
      if (step.evidence ? document.file !== step.evidence.file : (document.place.host ?? step.host) !== step.host) continue
      const table = tables.find(({ name, family }) => name === step.table && (step.family === undefined || family === step.family))
      const chain = table?.chains.get(step.chain)
      const rule = chain?.rules[step.rule - 1]
      if (!table || !chain || !rule) continue
      const found = owners.rule(table, chain, rule)
      return found.owner.id === book.administrator.id ? undefined : whose(found)
    }
    return undefined
  }
}
