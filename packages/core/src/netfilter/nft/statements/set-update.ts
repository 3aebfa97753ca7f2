import { expressionFromJson } from '../expressions/dispatch.ts'
import { elementFromJson, printElement, readElement } from '../expressions/set.ts'
import type { JsonContext } from '../expressions/value.ts'
import { isObject, type JsonObject, listOf, numberOf, stringOf } from '../json/json.ts'
import type { Cursor } from '../read/cursor.ts'
import type { MeterStatement, SetUpdateStatement, Statement } from '../statement.ts'
import { statementFromJson } from './dispatch.ts'

/** `@s { ip saddr timeout 1h }`, behind add, update or delete */
export function readSetUpdate(cursor: Cursor, op: SetUpdateStatement['op']): SetUpdateStatement {
  cursor.expect('@')
  const set = cursor.name()
  return { kind: 'set-update', op, set, element: readBraced(cursor) }
}

/** `name size N { KEY STATEMENT }`, behind meter */
export function readMeter(cursor: Cursor): MeterStatement {
  const name = cursor.name()
  const size = cursor.accept('size') ? cursor.number() : undefined
  return { kind: 'meter', name, ...(size !== undefined && { size }), element: readBraced(cursor) }
}

function readBraced(cursor: Cursor) {
  cursor.expect('{')
  cursor.skipNewlines()
  const element = readElement(cursor)
  cursor.skipNewlines()
  cursor.expect('}')
  return element
}

export function setUpdateFromJson(json: JsonObject, context: JsonContext): Statement | undefined {
  const op = stringOf(json.op)
  const set = stringOf(json.set) ?? stringOf(json.map)
  if (set === undefined || (op !== 'add' && op !== 'update' && op !== 'delete')) return undefined
  const hints = context.hints(set.replace(/^@/, ''))
  const element = carry(elementFromJson(json.elem, hints?.key, undefined), json.stmt)
  const data = json.data === undefined ? {} : { data: expressionFromJson(json.data, hints?.data) }
  return { kind: 'set-update', op, set: set.replace(/^@/, ''), element: { ...element, ...data } }
}

export function meterFromJson(json: JsonObject): MeterStatement {
  const size = numberOf(json.size)
  const key =
    isObject(json.key) && 'elem' in json.key
      ? elementFromJson(json.key, undefined, undefined)
      : { key: expressionFromJson(json.key, undefined) }
  return { kind: 'meter', name: stringOf(json.name) ?? '', ...(size !== undefined && { size }), element: carry(key, json.stmt) }
}

function carry(element: ReturnType<typeof elementFromJson>, json: unknown) {
  const statements = listOf(json).map((statement) => statementFromJson(statement))
  return statements.length === 0 ? element : { ...element, statements: [...(element.statements ?? []), ...statements] }
}

export const printSetUpdate = ({ op, set, element }: SetUpdateStatement): string => `${op} @${set} { ${printElement(element, 'updated')} }`

export function printMeter({ name, size, element }: MeterStatement): string {
  return `meter ${name}${size === undefined ? '' : ` size ${size}`} { ${printElement(element, 'updated')} }`
}
