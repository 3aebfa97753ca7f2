import type { NftFamily, NftRuleset } from '../ast.ts'
import { readRight } from '../expressions/dispatch.ts'
import { withImplicitChains } from './chain.ts'
import { Cursor, ReadProblem } from './cursor.ts'
import { addRule, chainOf, isFamily, RulesetDraft, setOf, type TableDraft } from './draft.ts'
import { readRule } from './rule.ts'
import { readElements } from './set.ts'
import { skipStatement } from './skip.ts'
import { readObject, readTableBody } from './table.ts'

/**
 * Reads `nft list ruleset`, and files for `nft -f` as far as they can be read without running them. Never throws on
 * bad text: what is not understood becomes a note with its line, and reading goes on behind it.
 */
export function readNftText(text: string, file: string): NftRuleset {
  const cursor = new Cursor(text)
  const ruleset = new RulesetDraft(file)
  for (cursor.skipLines(); !cursor.atEnd(); cursor.skipLines()) {
    const start = cursor.place()
    try {
      readCommand(cursor, ruleset)
    } catch (error) {
      if (!(error instanceof ReadProblem)) throw error
      cursor.reset(start)
      ruleset.note('not-understood', error.message, error.line, skipStatement(cursor))
      if (cursor.place().pos === start.pos) cursor.next()
    }
  }
  return ruleset.done()
}

function readCommand(cursor: Cursor, ruleset: RulesetDraft): void {
  if (cursor.accept('define') || cursor.accept('redefine')) readDefine(cursor)
  else if (cursor.accept('undefine')) cursor.defines.delete(cursor.name())
  else if (cursor.is('flush') || cursor.is('delete') || cursor.is('destroy')) readRemoval(cursor, ruleset)
  else {
    const where = cursor.accept('insert') ? 'start' : 'end'
    if (where === 'end' && !cursor.accept('add')) cursor.accept('create')
    readAddition(cursor, ruleset, where)
  }
}

function readDefine(cursor: Cursor): void {
  const name = cursor.name()
  cursor.expect('=')
  cursor.defines.set(name, readRight(cursor))
}

/** `flush ruleset`, `delete table ip t`: what stands before them in the file is gone. */
function readRemoval(cursor: Cursor, ruleset: RulesetDraft): void {
  const { line } = cursor
  const verb = cursor.next().text
  if (verb === 'flush' && cursor.accept('ruleset')) {
    const family = cursor.token.kind === 'word' ? cursor.name() : undefined
    for (const [key, table] of ruleset.tables) if (family === undefined || table.family === family) ruleset.tables.delete(key)
  } else if (verb !== 'flush' && cursor.accept('table')) {
    const family = readFamily(cursor)
    ruleset.tables.delete(`${family} ${cursor.name()}`)
  } else ruleset.note('not-understood', `${verb} is not followed`, line, `${verb} ${skipStatement(cursor)}`)
}

function readFamily(cursor: Cursor): NftFamily {
  const { text } = cursor.token
  if (!isFamily(text) || cursor.second().kind !== 'word') return 'ip'
  cursor.next()
  return text
}

function readTableName(cursor: Cursor, ruleset: RulesetDraft): TableDraft {
  const { line } = cursor
  const family = readFamily(cursor)
  return ruleset.table(family, cursor.name(), line)
}

function readAddition(cursor: Cursor, ruleset: RulesetDraft, where: 'start' | 'end'): void {
  if (cursor.accept('table')) {
    const table = readTableName(cursor, ruleset)
    if (cursor.is('{')) readTableBody(cursor, ruleset, table)
    return
  }
  if (cursor.accept('rule')) {
    readRuleCommand(cursor, ruleset, where)
    return
  }
  if (cursor.accept('element')) {
    const { line } = cursor
    const table = readTableName(cursor, ruleset)
    readElements(cursor, setOf(table, 'set', cursor.name(), line))
    return
  }
  let table: TableDraft | undefined
  const named = readObject(
    cursor,
    ruleset,
    undefined,
    (inner) => {
      table = readTableName(inner, ruleset)
      return inner.name()
    },
    () => table ?? cursor.fail('a table'),
  )
  if (!named) cursor.fail('a table or a command')
}

function readRuleCommand(cursor: Cursor, ruleset: RulesetDraft, where: 'start' | 'end'): void {
  const { line } = cursor
  const table = readTableName(cursor, ruleset)
  const chain = chainOf(table, cursor.name(), line)
  if (cursor.oneOf(['handle', 'position', 'index'] as const)) cursor.number()
  withImplicitChains(cursor, ruleset, table)
  addRule(
    chain,
    readRule(cursor, (text, at, raw) => ruleset.note('not-understood', text, at, raw)),
    where,
  )
}
