import type { NftChain, NftRule, NftRuleset, NftSet, NftTable } from '../../netfilter/nft/ast.ts'
import type { TablePieces } from './pieces.ts'

export function* nftTables(ruleset: NftRuleset): Generator<TablePieces> {
  for (const table of ruleset.tables) yield { head: tableHead(table), chains: table.chains.map(chainJson) }
}

function tableHead(table: NftTable): Readonly<Record<string, unknown>> {
  const { family, name, flags, comment, objects, flowtables } = table
  return { family, name, flags, comment, sets: table.sets.map(setJson), objects, flowtables }
}

const setJson = ({ kind, name, flags, complete, elements }: NftSet): unknown => ({ kind, name, flags, complete, elements: elements.length })

function chainJson({ name, base, comment, rules }: NftChain): unknown {
  return {
    name,
    type: base?.type,
    hook: base?.hook,
    priority: base?.priority,
    policy: base?.policy,
    devices: base?.devices,
    comment,
    rules: rules.map(ruleJson),
  }
}

/** What in a rule selects packets; its other statements are what it does with them. */
function ruleJson(rule: NftRule): unknown {
  const conditions = rule.statements.filter((s) => s.kind === 'match')
  const actions = rule.statements.filter((s) => s.kind !== 'match')
  return {
    text: rule.text,
    matches: conditions,
    target: actions.at(-1),
    statements: actions,
    opaque: rule.opaque,
    handle: rule.handle,
    comment: rule.comment,
    line: rule.line,
  }
}
