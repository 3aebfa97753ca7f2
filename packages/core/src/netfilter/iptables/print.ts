import type { Family } from '../../net/address.ts'
import type { Chain, IptablesRuleset, Rule, Table } from './ast.ts'
import { printHeader } from './header.ts'
import { printMatch } from './matches/registry.ts'
import { printTarget } from './targets/registry.ts'
import { cutWords } from './tokens.ts'

/** The rule as iptables-save of version 1.8 prints it, from its nodes alone; its counters and its text are not looked at. */
export function printRule(rule: Rule, family: Family): string {
  let text = `-A ${rule.chain}${printHeader(rule.header)}`
  for (const match of rule.matches) text += ` ${printMatch(match, family)}`
  return rule.target ? `${text} ${printTarget(rule.target, family)}` : text
}

/** A whole ruleset as iptables-save prints it: a rule that was read prints as it was read. */
export function printRuleset(ruleset: IptablesRuleset): string {
  return ruleset.tables.map(printTable).join('')
}

function printTable(table: Table): string {
  const chains = [...table.chains.values()]
  const rules = chains.flatMap((chain) => chain.rules)
  // a file may hold its rules in another order than its chains (iptables-restore input): lines keep that order
  if (rules.every((rule) => rule.line > 0)) rules.sort((a, b) => a.line - b.line)
  return `*${table.name}\n${chains.map(printChain).join('')}${rules.map(printCountedRule).join('')}COMMIT\n`
}

function printChain({ name, policy, counters }: Chain): string {
  return `:${name} ${policy ?? '-'}${counters ? ` [${counters.packets}:${counters.bytes}]` : ''}\n`
}

function printCountedRule({ counters, text }: Rule): string {
  return counters && !countsInside(text) ? `[${counters.packets}:${counters.bytes}] ${text}\n` : `${text}\n`
}

/** `-c PACKETS BYTES` stands among the options, as iptables -S -v prints it. */
const countsInside = (text: string): boolean => text.includes(' -c ') && cutWords(text).words.includes('-c')
