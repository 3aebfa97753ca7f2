import { expressionFromJson, printExpression, readPrimary } from '../expressions/dispatch.ts'
import type { JsonContext } from '../expressions/value.ts'
import { type JsonObject, stringOf } from '../json/json.ts'
import type { Cursor } from '../read/cursor.ts'
import type { RejectStatement } from '../statement.ts'

/** `with icmpx admin-prohibited`, behind `reject`; older versions print `type` before the code. */
export function readReject(cursor: Cursor): RejectStatement {
  if (!cursor.accept('with')) return { kind: 'reject' }
  if (cursor.accept('tcp')) {
    cursor.expect('reset')
    return { kind: 'reject', type: 'tcp reset' }
  }
  const type = cursor.oneOf(['icmp', 'icmpv6', 'icmpx'] as const) ?? cursor.fail('icmp')
  cursor.accept('type')
  return { kind: 'reject', type, code: readPrimary(cursor) }
}

/** JSON names what nft leaves out: reject_stmt_print() is silent about a family's own port-unreachable. */
export function rejectFromJson(json: JsonObject, { family }: JsonContext): RejectStatement {
  const type = stringOf(json.type)
  if (type === 'tcp reset') return { kind: 'reject', type }
  if (type !== 'icmp' && type !== 'icmpv6' && type !== 'icmpx') return { kind: 'reject' }
  const own = type === 'icmpx' || (type === 'icmp' && family === 'ip') || (type === 'icmpv6' && family === 'ip6')
  if (own && json.expr === 'port-unreachable') return { kind: 'reject' }
  return { kind: 'reject', type, ...(json.expr !== undefined && { code: expressionFromJson(json.expr, undefined) }) }
}

export function printReject({ type, code }: RejectStatement): string {
  return type === undefined ? 'reject' : `reject with ${type}${code ? ` ${printExpression(code)}` : ''}`
}
