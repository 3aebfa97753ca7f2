import type { RoutingRule } from '../../facts/network.ts'
import type { Family } from '../../net/address.ts'
import { readJson } from '../json.ts'
import { looksLikeJson, objectsOf } from '../json-fields.ts'
import { append, isCommand, readLines, words } from '../lines.ts'
import { type Notes, notesOn } from '../notes.ts'
import type { Parsed } from '../parsed.ts'
import { familyOfName } from './route.ts'
import { ruleOfJson } from './rule-json.ts'
import { ruleOfWords } from './rule-text.ts'
import { familyOfRule, finishRule, type RuleWords } from './rule-words.ts'

/**
 * `ip rule`, as JSON or text. Without `family` it follows from addresses, the file's name, and the rules that every namespace has:
 * IPv4 looks up local, main and default, IPv6 local and main (fib_default_rules_init). A list that begins anew is the other family's.
 */
export function readIpRule(text: string, file: string, family?: Family): Parsed<RoutingRule> {
  const notes = notesOn(file)
  const json = looksLikeJson(text) ? readJson(text, file) : undefined
  const read = json ? objectsOf(json).map(({ value, line }) => ruleOfJson(value, line)) : readText(text, notes)
  const facts: RoutingRule[] = []
  let previous: Family | undefined
  for (const list of listsOf(read)) {
    const settled = family ?? familyOfList(list, file, previous, notes)
    previous = settled
    for (const words of list) addRule(words, settled, file, facts, notes)
  }
  return { facts, notes: [...(json?.notes ?? []), ...notes.list()] }
}

function addRule(words: RuleWords, family: Family, file: string, facts: RoutingRule[], notes: Notes): void {
  const rule = finishRule(words, family, { file, line: words.line })
  if (rule) facts.push(rule)
  else notes.add('not-understood', 'not a rule', words.line, words.text)
  if (words.unknown.length > 0) notes.add('not-understood', `of a rule: ${words.unknown.join(' ')}`, words.line, words.text)
}

function readText(text: string, notes: Notes): RuleWords[] {
  const out: { line: number; list: string[] }[] = []
  for (const line of readLines(text)) {
    if (isCommand(line.text)) continue
    const found = /^\s*(\d+):\s*(.*)$/.exec(line.text)
    const last = out.at(-1)
    if (found) out.push({ line: line.number, list: [`${found[1]}:`, ...words(found[2] ?? '')] })
    else if (last && /^\s*(?:not|from|to|lookup|iif|oif|fwmark|tos|goto|uidrange|ipproto|sport|dport|suppress_\w+|proto)\s/.test(line.text))
      append(last.list, words(line.text))
    else notes.add('not-understood', 'not a line of ip rule', line.number, line.text)
  }
  return out.map(({ line, list }) => ruleOfWords(list, line))
}

/** Rules come in the order of their priority. */
function listsOf(rules: readonly RuleWords[]): RuleWords[][] {
  const out: RuleWords[][] = []
  for (const rule of rules) {
    const last = out.at(-1)
    const previous = last?.at(-1)
    if (last && previous && (rule.priority ?? 0) >= (previous.priority ?? 0)) last.push(rule)
    else out.push([rule])
  }
  return out
}

function familyOfList(list: readonly RuleWords[], file: string, previous: Family | undefined, notes: Notes): Family {
  const own = list.map(familyOfRule).find((family) => family !== undefined)
  if (own !== undefined) return own
  const looksUp = (table: string) => list.some((rule) => rule.table === table)
  if (looksUp('default')) return 'ip'
  const named = familyOfName(file)
  if (named !== undefined) return named
  const line = list[0]?.line ?? 1
  if (previous === 'ip' && (list[0]?.priority ?? 1) === 0) {
    notes.add('assumed', 'a second list of rules: those of IPv6', line)
    return 'ip6'
  }
  if (looksUp('local') && looksUp('main')) {
    notes.add('assumed', 'rules of IPv6: there is no rule for the table default, which IPv4 has', line)
    return 'ip6'
  }
  return 'ip'
}
