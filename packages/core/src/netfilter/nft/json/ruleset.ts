import type { NftBaseChain, NftRuleset } from '../ast.ts'
import type { JsonContext } from '../expressions/value.ts'
import { formatPriority } from '../priority.ts'
import { addRule, chainOf, isFamily, RulesetDraft, setOf, type TableDraft } from '../read/draft.ts'
import { ruleOf } from '../read/rule.ts'
import type { Statement } from '../statement.ts'
import { statementFromJson } from '../statements/dispatch.ts'
import { itemsOf, type JsonItem } from './items.ts'
import { isObject, type JsonObject, listOf, numberOf, objectOf, stringOf, tagOf, wordsOf } from './json.ts'
import { flowtableOfJson, isObjectType, objectOfJson } from './object.ts'
import { fillElements, fillSet, hintOfType } from './set.ts'

/** Reads `nft -j list ruleset` into the tree that the text makes. Never throws: what it cannot read becomes a note. */
export function readNftJson(text: string, file: string): NftRuleset {
  const ruleset = new RulesetDraft(file)
  const { items, broken } = itemsOf(text)
  const version = versionOf(items)
  for (const item of items) readItem(ruleset, unwrap(item.json), item.line, version)
  for (const { line, raw } of broken) ruleset.note('broken', 'this is not whole JSON', line, raw)
  return ruleset.done()
}

/** `{"add": {"rule": …}}` of a command file. */
function unwrap(json: JsonObject): JsonObject {
  const inner = json.add ?? json.create ?? json.insert
  return isObject(inner) ? inner : json
}

/** What the tool that printed it is, as a number to compare: 1.0.6 is 10006. Infinity where it is not told. */
function versionOf(items: readonly JsonItem[]): number {
  const found = /^(\d+)\.(\d+)\.(\d+)/.exec(stringOf(objectOf(items[0]?.json.metainfo).version) ?? '')
  return found ? Number(found[1]) * 10000 + Number(found[2]) * 100 + Number(found[3]) : Number.POSITIVE_INFINITY
}

function readItem(ruleset: RulesetDraft, item: JsonObject, line: number, version: number): void {
  const tagged = tagOf(item)
  if (!tagged || tagged[0] === 'metainfo') return
  const [tag, body] = tagged
  const json = objectOf(body)
  const family = stringOf(json.family)
  const name = stringOf(tag === 'table' ? json.name : json.table)
  if (!isFamily(family) || name === undefined) {
    ruleset.note('not-understood', `${tag} without family and table`, line, JSON.stringify(item))
    return
  }
  const table = ruleset.table(family, name, line)
  const own = stringOf(json.name) ?? ''
  switch (tag) {
    case 'table':
      table.flags = wordsOf(json.flags)
      table.handle = numberOf(json.handle)
      table.comment = stringOf(json.comment)
      return
    case 'chain': {
      const chain = chainOf(table, own, line)
      chain.handle = numberOf(json.handle)
      chain.comment = stringOf(json.comment)
      chain.flags = wordsOf(json.flags)
      const base = baseOf(json, family)
      if (base) chain.base = base
      return
    }
    case 'rule':
      readRuleItem(ruleset, table, json, line, version)
      return
    case 'set':
    case 'map':
    case 'meter': {
      const set = setOf(table, tag === 'map' ? 'map' : 'set', own, line)
      fillSet(set, json)
      // `# count N` came with 1.1.3
      if (version >= 10103 && set.size !== undefined && set.elements.length > 0) set.count = set.elements.length
      return
    }
    case 'element':
      fillElements(setOf(table, 'set', own, line), json.elem)
      return
    case 'flowtable':
      table.flowtables.push(flowtableOfJson(json, family, line))
      return
    default:
      if (isObjectType(tag)) table.objects.push(objectOfJson(tag, json, line))
      else ruleset.note('not-understood', `“${tag}” is not known`, line, JSON.stringify(item))
  }
}

function baseOf(json: JsonObject, family: string): NftBaseChain | undefined {
  const type = stringOf(json.type)
  const hook = stringOf(json.hook)
  if (type === undefined || hook === undefined) return undefined
  const priority = numberOf(json.prio) ?? 0
  const policy = stringOf(json.policy)
  return {
    type,
    hook,
    priority,
    priorityText: formatPriority(priority, family, hook),
    devices: wordsOf(json.dev),
    ...((policy === 'accept' || policy === 'drop') && { policy }),
  }
}

function readRuleItem(ruleset: RulesetDraft, table: TableDraft, json: JsonObject, line: number, version: number): void {
  const context: JsonContext = {
    family: table.family,
    version,
    hints(name) {
      const set = table.sets.get(name)
      return set && { key: hintOfType(set.type), data: set.data && hintOfType(set.data) }
    },
  }
  const statements: Statement[] = listOf(json.expr).map((statement) => statementFromJson(statement, context))
  const opaque = statements.flatMap((statement) => (statement.kind === 'opaque' ? [statement.text] : []))
  for (const raw of opaque) ruleset.note('not-understood', 'a statement that is not known', line, raw)
  const rule = ruleOf(statements, { line, opaque, comment: stringOf(json.comment), handle: numberOf(json.handle) })
  addRule(chainOf(table, stringOf(json.chain) ?? '', line), rule)
}
