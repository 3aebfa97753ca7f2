import type { NftType } from '../ast.ts'
import { readConcat } from '../expressions/dispatch.ts'
import { readSetLiteral } from '../expressions/set.ts'
import type { Statement } from '../statement.ts'
import { isElementStatement, readElementStatement } from '../statements/dispatch.ts'
import { type Cursor, ReadProblem } from './cursor.ts'
import { addElements, type RulesetDraft, type SetDraft } from './draft.ts'
import { skipStatement } from './skip.ts'

/** The body of `set NAME { … }` or `map NAME { … }`, up to its closing brace. */
export function readSetBody(cursor: Cursor, ruleset: RulesetDraft, set: SetDraft): void {
  set.handle = cursor.remark('handle') ?? set.handle
  for (cursor.skipLines(); !cursor.is('}') && !cursor.atEnd(); cursor.skipLines()) {
    const start = cursor.place()
    try {
      readSetLine(cursor, set)
    } catch (error) {
      if (!(error instanceof ReadProblem)) throw error
      cursor.reset(start)
      // Elements that were not read: absence from this set proves nothing any more.
      if (cursor.is('elements')) set.complete = false
      ruleset.note('not-understood', `in ${set.kind} ${set.name}: ${error.message}`, error.line, skipStatement(cursor))
    }
  }
}

function readSetLine(cursor: Cursor, set: SetDraft): void {
  if (cursor.accept('type')) readTypes(cursor, set, readTypeNames)
  else if (cursor.accept('typeof')) readTypes(cursor, set, (inner) => ({ kind: 'typeof', expression: readConcat(inner) }))
  else if (cursor.accept('flags')) set.flags = readFlags(cursor)
  else if (cursor.accept('size')) {
    set.size = cursor.number()
    set.count = cursor.remark('count')
  } else if (cursor.accept('timeout')) set.timeout = cursor.name()
  else if (cursor.accept('gc-interval')) set.gcInterval = cursor.name()
  else if (cursor.accept('policy')) set.policy = cursor.name()
  else if (cursor.accept('auto-merge')) set.autoMerge = true
  else if (cursor.accept('comment')) set.comment = cursor.name()
  else if (cursor.accept('elements')) {
    cursor.expect('=')
    const literal = readConcat(cursor)
    if (literal.kind === 'set') addElements(set, literal.elements)
    else addElements(set, [{ key: literal }])
  } else readSetStatements(cursor, set)
}

function readSetStatements(cursor: Cursor, set: SetDraft): void {
  const statements: Statement[] = []
  while (isElementStatement(cursor)) statements.push(readElementStatement(cursor))
  if (statements.length === 0) cursor.fail('a property of a set')
  set.statements = [...set.statements, ...statements]
}

function readTypes(cursor: Cursor, set: SetDraft, read: (cursor: Cursor) => NftType): void {
  set.type = read(cursor)
  if (!cursor.accept(':')) return
  if (cursor.accept('interval')) set.dataInterval = true
  set.data = read(cursor)
}

/** `ipv4_addr . inet_service`; a name may have two words (`ct helper`). */
function readTypeNames(cursor: Cursor): NftType {
  const names: string[] = []
  do {
    let name = cursor.name()
    while (cursor.token.kind === 'word') name += ` ${cursor.name()}`
    names.push(name)
  } while (cursor.accept('.'))
  return { kind: 'type', names }
}

export function readFlags(cursor: Cursor): readonly string[] {
  const flags = [cursor.name()]
  while (cursor.accept(',')) flags.push(cursor.name())
  return flags
}

/** `{ … }` of `add element`. */
export const readElements = (cursor: Cursor, set: SetDraft): void => addElements(set, readSetLiteral(cursor).elements)
