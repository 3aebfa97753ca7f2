import type { Ownership } from '../../netfilter/owners/ownership.ts'
import { escapeAll } from '../escape.ts'
import { PLAIN, type Style } from '../style.ts'
import type { ChainExplanation, Explanation, RuleExplanation, RulesetExplanation, SetExplanation, TableExplanation } from './explanation.ts'

/** An explanation as lines to read on a terminal. */
export function explanationText(explanation: Explanation, style: Style = PLAIN): readonly string[] {
  return escapeAll(explanation).rulesets.flatMap((ruleset, i) => [...(i > 0 ? [''] : []), ...rulesetText(ruleset, style)])
}

function rulesetText(ruleset: RulesetExplanation, style: Style): readonly string[] {
  const place = [ruleset.host === undefined ? '' : `host ${ruleset.host}`, ruleset.netns === '' ? '' : `namespace ${ruleset.netns}`].filter(
    (part) => part !== '',
  )
  const title = style.strong(`${ruleset.file}${place.length > 0 ? ` (${place.join(', ')})` : ''}`)
  return [
    title,
    ...ruleset.tables.flatMap((table) => tableText(table, style)),
    ...setsText(ruleset.sets, style),
    ...changesText(ruleset, style),
  ]
}

/** Said once for each owner whose chains were shown: where to change what it would write over. */
function changesText(ruleset: RulesetExplanation, style: Style): readonly string[] {
  const changes = new Map<string, { owner: string; persists: string; change: string }>()
  for (const { rewritten, owner, change, persists } of ruleset.tables.flatMap(({ chains }) => chains)) {
    const known = changes.get(owner.id)
    if (rewritten && !known) changes.set(owner.id, { owner: owner.name, persists, change })
  }
  if (changes.size === 0) return []
  return [
    '',
    style.strong('Chains that their owners write again by themselves'),
    ...[...changes.values()].map(({ owner, persists, change }) => `  ${owner}: ${persists}. Change instead: ${change}.`),
  ]
}

function tableText(table: TableExplanation, style: Style): readonly string[] {
  const title = `${style.strong(`table ${table.family} ${table.name}`)}: ${table.owner.name}. ${table.purpose}`
  return ['', title, ...setsText(table.sets, style), ...table.chains.flatMap((chain) => chainText(chain, style))]
}

function setsText(sets: readonly SetExplanation[], style: Style): readonly string[] {
  return sets.map((set) => `  ${style.strong(`set ${set.name}`)}: ${whose(set)}. ${set.purpose}`)
}

function chainText(chain: ChainExplanation, style: Style): readonly string[] {
  const head = `  ${style.strong(`chain ${chain.name}`)}${chain.policy ? ` (policy ${chain.policy})` : ''}: ${whose(chain)}. ${chain.purpose}`
  const out = ['', head]
  const calls = calledFrom(chain)
  if (calls !== undefined) out.push(`    ${calls}`)
  for (const rule of chain.rules) out.push(...ruleText(rule, chain, style))
  return out
}

/** So many callers are named; a chain that every Service jumps to has thousands. */
const MAX_CALLERS = 4

function calledFrom({ calledFrom: callers, hook, rules }: ChainExplanation): string | undefined {
  if (callers.length === 0)
    return hook === undefined ? `Nothing jumps here${rules.length > 0 ? ': its rules are never reached' : ''}.` : undefined
  const shown = callers.slice(0, MAX_CALLERS).map((caller) => `${caller.chain} rule ${caller.rule}`)
  const more = callers.length - shown.length
  return `Reached from ${shown.join(', ')}${more > 0 ? ` and ${more} more rules` : ''}.`
}

function ruleText(rule: RuleExplanation, chain: ChainExplanation, style: Style): readonly string[] {
  const others = rule.owner.id !== chain.owner.id || rule.subject?.name !== chain.subject?.name
  const number = `${rule.rule}`.padStart(5)
  return [
    `${number}  ${rule.text}  ${style.dim(`${rule.source.file}:${rule.source.line}`)}`,
    `       ${rule.sentence}${others ? ` ${style.dim(`[${whose(rule)}]`)}` : ''}`,
  ]
}

/** `Docker, for container web`. */
export function whose({ owner, subject }: Pick<Ownership, 'owner' | 'subject'>): string {
  return subject ? `${owner.name}, for ${subject.kind === 'network' ? 'Docker network' : subject.kind} ${subject.name}` : owner.name
}
