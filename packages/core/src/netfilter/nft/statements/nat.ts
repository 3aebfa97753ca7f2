import type { Expression } from '../expression.ts'
import { expressionFromJson, printExpression, readExpression } from '../expressions/dispatch.ts'
import { type JsonObject, stringOf, wordsOf } from '../json/json.ts'
import type { Cursor } from '../read/cursor.ts'
import type { NatStatement, TproxyStatement } from '../statement.ts'

const FLAGS = ['random', 'fully-random', 'persistent'] as const

/** snat, dnat, masquerade, redirect; the word is taken already. */
export function readNat(cursor: Cursor, kind: NatStatement['kind']): NatStatement {
  const family = cursor.oneOf(['ip', 'ip6'] as const)
  const typeFlags: string[] = []
  for (;;) {
    if (cursor.accept('prefix')) typeFlags.push('prefix')
    else if (cursor.accept('interval')) typeFlags.push('interval')
    else if (cursor.accept('addr')) {
      cursor.expect('.')
      cursor.expect('port')
      typeFlags.push('addr . port')
    } else break
  }
  const target = cursor.accept('to') ? readTarget(cursor) : {}
  const flags: string[] = []
  for (let flag = cursor.oneOf(FLAGS); flag; flag = cursor.oneOf(FLAGS)) {
    flags.push(flag)
    cursor.accept(',')
  }
  return { kind, ...(family && { family }), ...target, flags, ...(typeFlags.length > 0 && { typeFlags }) }
}

/** `10.0.0.1:80`, `[::1]:80`, `:80-90` */
function readTarget(cursor: Cursor): { address?: Expression; port?: Expression } {
  if (cursor.accept(':')) return { port: readExpression(cursor) }
  const address = readExpression(cursor)
  return cursor.accept(':') ? { address, port: readExpression(cursor) } : { address }
}

export function readTproxy(cursor: Cursor): TproxyStatement {
  const family = cursor.oneOf(['ip', 'ip6'] as const)
  cursor.expect('to')
  return { kind: 'tproxy', ...(family && { family }), ...readTarget(cursor) }
}

const familyOf = (json: JsonObject): 'ip' | 'ip6' | undefined => {
  const family = stringOf(json.family)
  return family === 'ip' || family === 'ip6' ? family : undefined
}
const targetOf = (json: JsonObject) => ({
  ...(json.addr !== undefined && { address: expressionFromJson(json.addr, undefined) }),
  ...(json.port !== undefined && { port: expressionFromJson(json.port, 'inet_service') }),
})

export function natFromJson(kind: NatStatement['kind'], json: JsonObject): NatStatement {
  const family = familyOf(json)
  const typeFlags = wordsOf(json.type_flags).filter((flag) => flag === 'prefix')
  return {
    kind,
    ...(family && { family }),
    ...targetOf(json),
    flags: wordsOf(json.flags).filter((flag) => flag !== 'netmap'),
    ...(typeFlags.length > 0 && { typeFlags }),
  }
}

export function tproxyFromJson(json: JsonObject): TproxyStatement {
  const family = familyOf(json)
  return { kind: 'tproxy', ...(family && { family }), ...targetOf(json) }
}

export function printNat(node: NatStatement): string {
  const { kind, family, address, port, flags, typeFlags } = node
  const somewhere = address || port
  const to = somewhere
    ? `${family ? ` ${family}` : ''}${typeFlags ? ` ${typeFlags.join(' ')}` : ''} to ${printTarget(address, port, false)}`
    : ''
  return `${kind}${to}${flags.length > 0 ? ` ${flags.join(',')}` : ''}`
}

export const printTproxy = ({ family, address, port }: TproxyStatement): string =>
  `tproxy${family ? ` ${family}` : ''} to ${printTarget(address, port, true)}`

function printTarget(address: Expression | undefined, port: Expression | undefined, bracketed: boolean): string {
  const beside = port ? `:${printExpression(port)}` : ''
  if (!address) return beside
  const bracket = (text: string) => ((port || bracketed) && /^[0-9a-f.]*:[0-9a-f:.]*$/i.test(text) ? `[${text}]` : text)
  if (address.kind === 'value') return bracket(printExpression(address)) + beside
  if (address.kind === 'range') return `${bracket(printExpression(address.first))}-${bracket(printExpression(address.last))}${beside}`
  return printExpression(address) + beside
}
