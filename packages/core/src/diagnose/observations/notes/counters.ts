import type { Document } from '../../../intake/document.ts'
import type { Chain, IptablesRuleset, Rule } from '../../../netfilter/iptables/ast.ts'
import type { Counted } from '../observation.ts'

/** So many of one ruleset are told; the largest. */
const MOST = 24
const BASE = new Set(['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'])
const ENDS = new Set(['drop', 'reject'])

/**
 * Counters that say something: rules and policies that dropped or refused packets, translations that were used; and, of a list that
 * somebody pasted, how many packets each jump of a base chain took. That a chain was passed is no sign that it dropped anything.
 */
export function countersOf(documents: readonly Document[], pastedIn: ReadonlySet<string>): readonly Counted[] {
  return documents.flatMap(({ content, file }) =>
    content.kind === 'iptables' ? told(content.ruleset, file, pastedIn.has(file) && !content.ruleset.complete) : [],
  )
}

function told(ruleset: IptablesRuleset, file: string, list: boolean): readonly Counted[] {
  const out: Counted[] = []
  for (const { name, chains } of ruleset.tables)
    for (const chain of chains.values()) {
      const policy = policyCount(name, chain, file)
      if (policy) out.push(policy)
      for (const rule of chain.rules) {
        const counted = ruleCount(name, rule, file, list)
        if (counted) out.push(counted)
      }
    }
  return out.sort((a, b) => b.packets - a.packets).slice(0, MOST)
}

function policyCount(table: string, chain: Chain, file: string): Counted | undefined {
  const packets = chain.counters?.packets ?? 0
  if (chain.policy !== 'DROP' || packets === 0) return undefined
  const text = `The policy of chain ${chain.name} (table ${table}) dropped ${packets} packets`
  return { kind: 'counter', packets, text, source: { file, line: chain.line } }
}

function ruleCount(table: string, { chain, number, target, counters, text, line }: Rule, file: string, list: boolean): Counted | undefined {
  const packets = counters?.packets ?? 0
  if (packets === 0 || target === undefined) return undefined
  const kind = (target.kind === 'opaque' ? target.name : target.kind).toLowerCase()
  const what = ENDS.has(kind)
    ? kind === 'drop'
      ? 'dropped'
      : 'refused'
    : list && (kind === 'dnat' || kind === 'redirect')
      ? 'translated'
      : undefined
  const jump = list && target.kind === 'jump' && BASE.has(chain) ? target.chain : undefined
  if (what === undefined && jump === undefined) return undefined
  const sentence =
    jump === undefined
      ? `Rule ${number} of chain ${chain} (table ${table}) ${what} ${packets} packets: ${text}`
      : `${packets} packets went from chain ${chain} (table ${table}) into ${jump}, by rule ${number}`
  return { kind: 'counter', packets, rule: { table, chain, rule: number }, text: sentence, source: { file, line } }
}
