import type { Chain, IptablesRuleset, Rule, Table } from '../../netfilter/iptables/ast.ts'
import { readRuleLine } from '../../netfilter/iptables/read-rule.ts'
import type { NftChain, NftRule, NftRuleset } from '../../netfilter/nft/ast.ts'
import { readNftText } from '../../netfilter/nft/read/text.ts'
import type { ChainSpot, Change } from './change.ts'
import type { Editor } from './editor.ts'
import { PatchedMap } from './patched-map.ts'

type RulesChange = Extract<
  Change,
  { kind: 'rule-removed' | 'rule-added' | 'rule-replaced' | 'policy' | 'ruleset-removed' | 'table-removed' }
>

/** Changes of iptables rulesets and native tables. A rule keeps its number and line: what points at the evidence still does. */
export function changeRules(editor: Editor, change: RulesChange): Editor {
  const file = change.at && 'file' in change.at ? change.at.file : change.kind === 'ruleset-removed' ? change.file : undefined
  editor.editOne('iptables', change.at, (content, document) => {
    if (file !== undefined && file !== document.file) return content
    const ruleset = ofIptables(content.ruleset, change)
    return ruleset === content.ruleset ? content : { ...content, ruleset }
  })
  if (editor.changed) return editor
  return editor.editOne('nft', change.at, (content, document) => {
    if (file !== undefined && file !== document.file) return content
    const ruleset = ofNft(content.ruleset, change)
    return ruleset === content.ruleset ? content : { ...content, ruleset }
  })
}

function ofIptables(ruleset: IptablesRuleset, change: RulesChange): IptablesRuleset {
  if (change.kind === 'ruleset-removed') return ruleset.family === change.family ? { ...ruleset, tables: [] } : ruleset
  const { at } = change
  if (at.family !== ruleset.family && at.family !== 'inet') return ruleset
  const table = ruleset.tables.find(({ name }) => name === at.table)
  if (!table) return ruleset
  if (change.kind === 'table-removed') return { ...ruleset, tables: ruleset.tables.filter((other) => other !== table) }
  const chain = table.chains.get(change.at.chain)
  const next = chain && chainOfIptables(chain, change, table.name, ruleset)
  return next && next !== chain ? withTable(ruleset, table, next) : ruleset
}

function chainOfIptables(
  chain: Chain,
  change: Exclude<RulesChange, { kind: 'ruleset-removed' | 'table-removed' }>,
  table: string,
  { family }: IptablesRuleset,
): Chain {
  const read = (text: string, number: number): Rule => ({ ...readRuleLine(text, table, family, { number, line: 0 }), chain: chain.name })
  switch (change.kind) {
    case 'policy':
      return chain.policy === change.policy ? chain : withRules(chain, chain.rules, change.policy)
    case 'rule-added':
      return withRules(
        chain,
        inserted(chain.rules, change.position, (number) => read(change.text, number)),
      )
    case 'rule-removed':
    case 'rule-replaced': {
      const at = chain.rules.findIndex(({ number }) => number === change.at.rule)
      if (at < 0) return chain
      return withRules(chain, chain.rules.toSpliced(at, 1, ...(change.kind === 'rule-removed' ? [] : [read(change.text, change.at.rule)])))
    }
  }
}

/** A chain as data: what is read may be a class whose rules are made when they are asked for. */
const withRules = ({ name, policy, counters, line, references }: Chain, rules: readonly Rule[], policy_ = policy): Chain => ({
  name,
  policy: policy_,
  counters,
  line,
  references,
  rules,
})

function inserted<R>(rules: readonly R[], position: number | undefined, make: (number: number) => R): readonly R[] {
  const at = Math.min(Math.max(1, position ?? rules.length + 1), rules.length + 1)
  return rules.toSpliced(at - 1, 0, make(at))
}

function withTable(ruleset: IptablesRuleset, table: Table, chain: Chain): IptablesRuleset {
  const next: Table = { ...table, chains: new PatchedMap(table.chains, chain.name, chain) }
  return { ...ruleset, tables: ruleset.tables.map((other) => (other === table ? next : other)) }
}

function ofNft(ruleset: NftRuleset, change: RulesChange): NftRuleset {
  if (change.kind === 'ruleset-removed') return { ...ruleset, tables: [] }
  const { at } = change
  const table = ruleset.tables.find(({ name, family }) => name === at.table && family === at.family)
  if (!table) return ruleset
  if (change.kind === 'table-removed') return { ...ruleset, tables: ruleset.tables.filter((other) => other !== table) }
  const chain = table.chains.find(({ name }) => name === change.at.chain)
  const next = chain && chainOfNft(chain, change)
  if (!chain || !next || next === chain) return ruleset
  const changed = { ...table, chains: table.chains.map((other) => (other === chain ? next : other)) }
  return { ...ruleset, tables: ruleset.tables.map((other) => (other === table ? changed : other)) }
}

function chainOfNft(chain: NftChain, change: Exclude<RulesChange, { kind: 'ruleset-removed' | 'table-removed' }>): NftChain {
  switch (change.kind) {
    case 'policy': {
      const policy = change.policy === 'DROP' ? 'drop' : 'accept'
      return chain.base && chain.base.policy !== policy ? { ...chain, base: { ...chain.base, policy } } : chain
    }
    case 'rule-added': {
      const rule = readNftRule(change.text, change.at)
      return rule ? { ...chain, rules: inserted(chain.rules, change.position, (number) => ({ ...rule, number })) } : chain
    }
    case 'rule-removed':
    case 'rule-replaced': {
      const at = chain.rules.findIndex(({ number }) => number === change.at.rule)
      const rule = change.kind === 'rule-replaced' ? readNftRule(change.text, change.at) : undefined
      if (at < 0 || (change.kind === 'rule-replaced' && !rule)) return chain
      return { ...chain, rules: chain.rules.toSpliced(at, 1, ...(rule ? [{ ...rule, number: change.at.rule }] : [])) }
    }
  }
}

/** undefined: it is no rule. */
function readNftRule(text: string, at: ChainSpot): NftRule | undefined {
  const { tables } = readNftText(`table ${at.family} t {\nchain c {\n${text}\n}\n}\n`, '')
  const rule = tables[0]?.chains[0]?.rules[0]
  return rule && { ...rule, line: 0 }
}
