import type { Document } from '../../intake/document.ts'
import { type OwnedRuleset, ownedRulesets } from '../../model/owned-rulesets.ts'
import type { IptablesRuleset, Rule } from '../../netfilter/iptables/ast.ts'
import type { NftRule, NftRuleset } from '../../netfilter/nft/ast.ts'
import { printExpression } from '../../netfilter/nft/expressions/dispatch.ts'
import type { OwnerBook } from '../../netfilter/owners/book.ts'
import type { Named, Names } from '../../netfilter/owners/names.ts'
import type { ChainView, RuleView, TableView } from '../../netfilter/owners/view.ts'
import type {
  ChainExplanation,
  ExplainFilter,
  Explanation,
  RuleExplanation,
  RulesetExplanation,
  SetExplanation,
  TableExplanation,
} from './explanation.ts'
import { nftSentence } from './nft-sentence.ts'
import { ruleSentence } from './sentence.ts'

/** Explains the rulesets of the evidence, or what `filter` picks of them. Rulesets of which nothing is picked are left out. */
export function explainRuleset(documents: readonly Document[], book: OwnerBook, filter: ExplainFilter = {}): Explanation {
  const rulesets = ownedRulesets(documents, book).map((ruleset) => explainOne(ruleset, filter))
  return { schema: 'culprit.explain/v1', rulesets: rulesets.filter(({ tables, sets }) => tables.length > 0 || sets.length > 0) }
}

function explainOne(ruleset: OwnedRuleset, filter: ExplainFilter): RulesetExplanation {
  const { document, owners } = ruleset
  const { content } = document
  const whole = filter.table === undefined && filter.chain === undefined && filter.rule === undefined
  const sets: readonly SetExplanation[] =
    content.kind === 'ipset' && whole ? content.sets.map((set) => ({ ...owners.set(set.name), name: set.name, source: set.source })) : []
  const tables = ruleset.tables
    .filter(({ family, name }) => filter.table === undefined || filter.table === name || filter.table === `${family} ${name}`)
    .map((table) => explainTable(ruleset, table, filter, whole))
    .filter(({ chains }) => chains.length > 0 || filter.chain === undefined)
  const backend = content.kind === 'iptables' || content.kind === 'nft' ? content.kind : 'ipset'
  return { file: document.file, host: document.place.host, netns: document.place.netns, backend, tables, sets }
}

function explainTable(ruleset: OwnedRuleset, table: TableView, filter: ExplainFilter, whole: boolean): TableExplanation {
  const { owners } = ruleset
  const source = { file: table.file, line: table.line }
  const chains = [...table.chains.values()]
    .filter(({ name }) => filter.chain === undefined || filter.chain === name)
    .map((chain) => explainChain(ruleset, table, chain, filter))
    .filter(({ rules }) => filter.rule === undefined || rules.length > 0)
  const sets = whole ? table.sets.map(({ name, line }) => ({ ...owners.set(name, table), name, source: { file: table.file, line } })) : []
  return { ...owners.table(table), family: table.family, name: table.name, chains, sets, source }
}

function explainChain(ruleset: OwnedRuleset, table: TableView, chain: ChainView, filter: ExplainFilter): ChainExplanation {
  const { file } = table
  return {
    ...ruleset.owners.chain(table, chain),
    table: table.name,
    name: chain.name,
    hook: chain.hook,
    priority: chain.priority,
    policy: chain.policy,
    calledFrom: (table.callers.get(chain.name) ?? []).map((rule) => ({
      chain: rule.chain,
      rule: rule.number,
      text: rule.text,
      source: { file, line: rule.line },
    })),
    rules: chain.rules
      .filter(({ number }) => filter.rule === undefined || filter.rule === number)
      .map((rule) => explainRule(ruleset, table, chain, rule)),
    source: { file, line: chain.line },
  }
}

/** What one rule does, whose it is, and for which object. */
export function explainRule(ruleset: OwnedRuleset, table: TableView, chain: ChainView, rule: RuleView): RuleExplanation {
  const sentence = sentenceOf(ruleset.document, table, rule)
  const { owner, subject, rewritten, ...more } = ruleset.owners.rule(table, chain, rule)
  return {
    owner,
    ...(subject ? { subject } : {}),
    rewritten,
    ...(owner.id === ruleset.owners.chain(table, chain).owner.id ? {} : more),
    rule: rule.number,
    text: rule.text,
    sentence: withNames(sentence, ruleset.names),
    comment: rule.comment,
    source: { file: table.file, line: rule.line },
  }
}

function sentenceOf({ content }: Document, table: TableView, rule: RuleView): string {
  if (content.kind === 'iptables') {
    const found = iptablesRule(content.ruleset, table, rule)
    if (found) return ruleSentence(found)
  }
  if (content.kind === 'nft') {
    const found = nftRule(content.ruleset, table, rule)
    if (found) return nftSentence(found, printExpression)
  }
  return 'This rule is shown as it stands.'
}

const iptablesRule = (ruleset: IptablesRuleset, table: TableView, rule: RuleView): Rule | undefined =>
  ruleset.tables.find(({ name }) => name === table.name)?.chains.get(rule.chain)?.rules[rule.number - 1]

const nftRule = (ruleset: NftRuleset, table: TableView, rule: RuleView): NftRule | undefined =>
  ruleset.tables.find(({ name, family }) => name === table.name && family === table.family)?.chains.find(({ name }) => name === rule.chain)
    ?.rules[rule.number - 1]

const KINDS: Readonly<Record<Named['kind'], string>> = {
  container: 'container',
  pod: 'pod',
  service: 'Service',
  network: 'Docker network',
  host: 'host',
  node: 'node',
}

/** Puts behind each host address and interface what the evidence knows of it: `172.17.0.2 (container web)`. */
function withNames(sentence: string, names: Names): string {
  return sentence.replace(/[\w:.-]+(?:\/\d+)?/g, (word) => {
    if (word.includes('/')) return word
    const host = word.replace(/[:.]$/, '')
    const known = names.address(host) ?? names.address(host.replace(/:\d+$/, '')) ?? names.interface(host)
    return known ? `${host} (${KINDS[known.kind]} ${known.name})${word.slice(host.length)}` : word
  })
}
