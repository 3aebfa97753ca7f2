import { explainRuleset } from '@culprit/core/report/explain/explain'
import type { ExplainFilter } from '@culprit/core/report/explain/explanation'
import { explanationText } from '@culprit/core/report/explain/text'
import { isRuleset } from '@culprit/core/report/ruleset/json'
import type { Context, SharedFlags } from '../context.ts'
import { loadEvidence } from '../evidence.ts'
import { EXIT, type ExitCode, evidenceError, usageError } from '../exit.ts'
import { loadOwners } from '../knowledge.ts'

export interface ExplainFlags extends SharedFlags {
  readonly output?: 'text' | 'json'
  readonly table?: string
  readonly chain?: string
  readonly rule?: number
}

/** `culprit explain`: whose each chain and rule is, and what it does. */
export async function explain(evidence: readonly string[], flags: ExplainFlags, context: Context): Promise<ExitCode> {
  const { table, chain, rule } = flags
  if (rule !== undefined && chain === undefined)
    throw usageError('--rule needs --chain, the chain that the rule is in', 'for example: --table nat --chain DOCKER --rule 2')
  const documents = await loadEvidence(evidence, context)
  if (!documents.some(isRuleset))
    throw evidenceError('the evidence holds no ruleset to explain', 'give iptables-save, nft list ruleset or ipset save')
  const explanation = explainRuleset(documents, loadOwners(), { table, chain, rule })
  if (explanation.rulesets.length === 0)
    throw usageError(
      `no ruleset of the evidence has ${sought({ table, chain, rule })}`,
      'culprit explain without --table and --chain shows all there are',
    )
  if (flags.output === 'json') await context.out.write(`${JSON.stringify(explanation, null, 2)}\n`)
  else for (const line of explanationText(explanation, context.style)) await context.out.write(`${line}\n`)
  return EXIT.fine
}

function sought({ table, chain, rule }: ExplainFilter): string {
  const parts = [
    rule === undefined ? '' : `rule ${rule}`,
    chain === undefined ? '' : `chain ${chain}`,
    table === undefined ? '' : `table ${table}`,
  ]
  return parts.filter((part) => part !== '').join(' in ')
}
