import { expressionFromJson, printExpression, readExpression } from '../expressions/dispatch.ts'
import { type JsonObject, stringOf } from '../json/json.ts'
import type { Cursor } from '../read/cursor.ts'
import type { ObjectReferenceStatement, XtStatement } from '../statement.ts'

/** `name "x"` or `set "x"` is taken already: which object, by name or by a map. */
export const readObjectReference = (cursor: Cursor, type: ObjectReferenceStatement['type']): ObjectReferenceStatement => ({
  kind: 'object',
  type,
  name: readExpression(cursor),
})

export const objectFromJson = (type: ObjectReferenceStatement['type'], body: unknown): ObjectReferenceStatement => ({
  kind: 'object',
  type,
  name: expressionFromJson(body, 'string'),
})

export function printObjectReference({ type, name }: ObjectReferenceStatement): string {
  const verb = type === 'secmark' ? 'meta secmark set' : type.startsWith('ct ') ? `${type} set` : `${type} name`
  return `${verb} ${printExpression(name)}`
}

/** `match "comment"`, `target "MARK"`, behind xt: iptables-nft's extensions, opaque to nft as well. */
export function readXt(cursor: Cursor): XtStatement {
  const type = cursor.name()
  const name = cursor.name()
  return { kind: 'xt', type, name, text: `xt ${type} "${name}"` }
}

export function xtFromJson(json: JsonObject): XtStatement {
  const type = stringOf(json.type) ?? ''
  const name = stringOf(json.name) ?? ''
  return { kind: 'xt', type, name, text: type ? `xt ${type} "${name}"` : 'xt' }
}
