import type { NftObject } from '../ast.ts'
import { readBase, readChainBody } from './chain.ts'
import { type Cursor, ReadProblem } from './cursor.ts'
import { chainOf, type RulesetDraft, setOf, type TableDraft } from './draft.ts'
import { readFlowtableBody, readObjectBody } from './object.ts'
import { readFlags, readSetBody } from './set.ts'
import { skipBlock, skipStatement } from './skip.ts'

const OBJECTS = ['counter', 'quota', 'limit', 'secmark', 'synproxy', 'tunnel'] as const
const CT_OBJECTS = ['helper', 'timeout', 'expectation'] as const

/** `{ … }` of a table, from the opening brace. */
export function readTableBody(cursor: Cursor, ruleset: RulesetDraft, table: TableDraft): void {
  cursor.expect('{')
  table.handle = cursor.remark('handle') ?? table.handle
  for (cursor.skipLines(); !cursor.atEnd() && !cursor.accept('}'); cursor.skipLines()) {
    const start = cursor.place()
    try {
      if (!readDeclaration(cursor, ruleset, table)) cursor.fail('chain, set or map')
    } catch (error) {
      if (!(error instanceof ReadProblem)) throw error
      cursor.reset(start)
      ruleset.note('not-understood', `in table ${table.family} ${table.name}: ${error.message}`, error.line, skipStatement(cursor))
      if (cursor.place().pos === start.pos) cursor.next()
    }
  }
}

function readDeclaration(cursor: Cursor, ruleset: RulesetDraft, table: TableDraft): boolean {
  if (cursor.accept('flags')) table.flags = readFlags(cursor)
  else if (cursor.accept('comment')) table.comment = cursor.name()
  else return readObject(cursor, ruleset, table, (inner) => inner.name())
  return true
}

/** A chain, set, map, flowtable or object, from its word; `name` reads its name (behind family and table in a command). */
export function readObject(
  cursor: Cursor,
  ruleset: RulesetDraft,
  into: TableDraft | undefined,
  name: (cursor: Cursor) => string,
  tableOf?: () => TableDraft,
): boolean {
  const { line } = cursor
  const word = cursor.oneOf(['chain', 'set', 'map', 'meter', 'flowtable', ...OBJECTS, 'ct'] as const)
  if (word === undefined) return false
  const object = word === 'ct' ? (cursor.oneOf(CT_OBJECTS) ?? cursor.fail('helper, timeout or expectation')) : undefined
  const own = name(cursor)
  const table = into ?? tableOf?.() ?? cursor.fail('a table')
  if (!cursor.is('{')) {
    // `add chain ip t c`, `add counter ip t c`: nothing said of it
    if (word === 'chain') chainOf(table, own, line)
    else skipStatement(cursor)
    return true
  }
  cursor.next()
  switch (word) {
    case 'chain':
      readChainBody(cursor, ruleset, table, chainOf(table, own, line))
      if (cursor.is('chain')) return true
      break
    case 'set':
    case 'map':
    case 'meter':
      readSetBody(cursor, ruleset, setOf(table, word === 'map' ? 'map' : 'set', own, line))
      break
    case 'flowtable':
      table.flowtables.push(readFlowtableBody(cursor, own, table.family, line))
      break
    default:
      table.objects.push(readObjectBody(cursor, object ? (`ct ${object}` as NftObject['type']) : (word as NftObject['type']), own, line))
  }
  if (!cursor.is('}')) skipBlock(cursor)
  if (!cursor.accept('}')) ruleset.note('broken', `${word} ${own} is not closed`, line)
  return true
}

export { readBase }
