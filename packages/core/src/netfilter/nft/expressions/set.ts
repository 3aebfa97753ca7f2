import { formatMilliseconds } from '../duration.ts'
import type { SetElement, SetLiteral } from '../expression.ts'
import { isObject, type JsonObject, listOf, numberOf, objectOf, stringOf } from '../json/json.ts'
import type { Cursor } from '../read/cursor.ts'
import type { Statement } from '../statement.ts'
import { isElementStatement, printStatement, readElementStatement, statementFromJson } from '../statements/dispatch.ts'
import { expressionFromJson, printExpression, readConcat, readMapData } from './dispatch.ts'
import { type Hint, value } from './value.ts'

/** `{ … }`: of a rule, or the elements of a named set. A define that stands for a set is spread out. */
export function readSetLiteral(cursor: Cursor): SetLiteral {
  cursor.expect('{')
  const elements: SetElement[] = []
  cursor.skipNewlines()
  while (!cursor.is('}')) {
    const element = readElement(cursor)
    if (element.key.kind === 'set' && element.data === undefined) for (const inner of element.key.elements) elements.push(inner)
    else elements.push(element)
    cursor.skipNewlines()
    if (!cursor.accept(',')) break
    cursor.skipNewlines()
  }
  cursor.expect('}')
  return { kind: 'set', elements }
}

type Draft = { -readonly [K in keyof SetElement]: SetElement[K] }

/** One element: key, what it carries, its data. */
export function readElement(cursor: Cursor): SetElement {
  const key = cursor.accept('*') ? value('*') : readConcat(cursor)
  const element: Draft = { key }
  readAttributes(cursor, element)
  const glued = /^(\d+):(\d+)$/.exec(key.kind === 'value' && !key.quoted ? key.text : '')
  if (glued && !cursor.is(':')) return { key: value(glued[1] as string), data: value(glued[2] as string) }
  if (cursor.accept(':')) {
    element.data = readMapData(cursor)
    readAttributes(cursor, element)
  }
  return element
}

function readAttributes(cursor: Cursor, element: Draft): void {
  for (;;) {
    if (cursor.accept('timeout')) element.timeout = cursor.name()
    else if (cursor.accept('expires')) element.expires = cursor.name()
    else if (cursor.accept('comment')) element.comment = cursor.name()
    else if (isElementStatement(cursor)) element.statements = [...(element.statements ?? []), readElementStatement(cursor)]
    else return
  }
}

export function setFromJson(json: unknown, hint: Hint, dataHint: Hint): SetLiteral {
  return { kind: 'set', elements: listOf(json).map((item) => elementFromJson(item, hint, dataHint)) }
}

/** `VALUE`, `{"elem": {…}}`, and in a map `[KEY, DATA]`. */
export function elementFromJson(json: unknown, hint: Hint, dataHint: Hint): SetElement {
  if (Array.isArray(json)) return { ...elementFromJson(json[0], hint, undefined), data: expressionFromJson(json[1], dataHint) }
  if (!isObject(json) || !isObject(json.elem)) return { key: expressionFromJson(json, hint) }
  const { elem } = json
  const statements = elementStatements(elem)
  const timeout = numberOf(elem.timeout)
  const expires = numberOf(elem.expires)
  const comment = stringOf(elem.comment)
  return {
    key: expressionFromJson(elem.val, hint),
    ...(timeout !== undefined && { timeout: formatMilliseconds(timeout * 1000) }),
    ...(expires !== undefined && { expires: formatMilliseconds(expires * 1000) }),
    ...(comment !== undefined && { comment }),
    ...(statements.length > 0 && { statements }),
  }
}

const elementStatements = (elem: JsonObject): readonly Statement[] =>
  Object.keys(objectOf(elem))
    .filter((key) => key === 'counter' || key === 'limit' || key === 'quota' || key === 'last' || key === 'ct count')
    .map((key) => statementFromJson({ [key]: elem[key] }))

export const printSetLiteral = ({ elements }: SetLiteral): string =>
  elements.length === 0 ? '{ }' : `{ ${elements.map((element) => printElement(element)).join(', ')} }`

/** `update` prints what the element carries behind its timeout (set_stmt_print), a list before it (set_elem_expr_print). */
export function printElement(element: SetElement, order: 'listed' | 'updated' = 'listed'): string {
  const carried = element.statements ? printStatements(element.statements) : ''
  let text = printExpression(element.key)
  if (order === 'listed') text += carried
  if (element.timeout !== undefined) text += ` timeout ${element.timeout}`
  if (element.expires !== undefined) text += ` expires ${element.expires}`
  if (element.comment !== undefined) text += ` comment "${element.comment}"`
  if (order === 'updated') text += carried
  return element.data === undefined ? text : `${text} : ${printExpression(element.data)}`
}

const printStatements = (statements: readonly Statement[]): string =>
  statements.map((statement) => ` ${printStatement(statement)}`).join('')
