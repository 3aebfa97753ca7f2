import type { Step } from '../../datapath/trace.ts'
import type { Document } from '../../intake/document.ts'
import type { OwnerBook } from '../../netfilter/owners/book.ts'
import { type OwnedRuleset, ownedRulesets } from './machine.ts'
import { whose } from './text.ts'

/**
 * Tells whose rule a step of a trace met: `Docker, for container web`. undefined for steps that met no rule, and for rules that
 * no known program makes. A ruleset is looked at when the first of its rules is asked for.
 */
export function createWhose(documents: readonly Document[], book: OwnerBook): (step: Step) => string | undefined {
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
    if (step.chain === undefined || step.table === undefined || step.rule === undefined) return undefined
    for (const { tables, owners } of rulesetsFor(step)) {
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
