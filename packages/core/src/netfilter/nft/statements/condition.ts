import { familyOf, parseAddress } from '../../../net/address.ts'
import { isBitmask, typeOf } from '../datatype.ts'
import type { Expression } from '../expression.ts'
import { expressionFromJson, printExpression, readConcat, readPrimary, readRight } from '../expressions/dispatch.ts'
import { binary } from '../expressions/operator.ts'
import { setFromJson } from '../expressions/set.ts'
import { hintOf, type JsonContext } from '../expressions/value.ts'
import { isObject, type JsonObject, stringOf } from '../json/json.ts'
import type { Cursor } from '../read/cursor.ts'
import type { MangleStatement, MatchStatement, Statement, VmapStatement } from '../statement.ts'

const OPERATORS: Readonly<Record<string, MatchStatement['op']>> = {
  '==': '==',
  '!=': '!=',
  '<': '<',
  '>': '>',
  '<=': '<=',
  '>=': '>=',
  '!': '!',
  eq: '==',
  ne: '!=',
  lt: '<',
  gt: '>',
  le: '<=',
  ge: '>=',
}

/** What begins with an expression: a condition, a verdict map, or a change (`… set …`). */
export function readCondition(cursor: Cursor): Statement {
  const left = cursor.token.kind === 'punctuation' && !cursor.is('@') && !cursor.is('(') ? cursor.fail('a statement') : readConcat(cursor)
  if (isLiteral(left)) cursor.fail('an operator between what is known')
  if (cursor.accept('vmap')) return { kind: 'vmap', key: left, data: readPrimary(cursor) }
  if (cursor.accept('set')) return change(left, readRight(cursor))
  const word = cursor.token.kind === 'string' ? '' : cursor.token.text
  const op = Object.hasOwn(OPERATORS, word) ? OPERATORS[word] : undefined
  if (op) cursor.next()
  const right = readRight(cursor)
  // `tcp flags syn / fin,syn,rst,ack`: these of those.
  const tested = cursor.accept('/') ? binary('&', left, readRight(cursor)) : left
  return { kind: 'match', left: tested, op: op ?? impliedOperator(tested, right), right }
}

/** A literal by itself asks nothing of a packet: it is a word that is not known. */
function isLiteral(node: Expression): boolean {
  switch (node.kind) {
    case 'value':
    case 'list':
    case 'range':
    case 'prefix':
    case 'set':
    case 'set-reference':
      return true
    case 'concat':
      return node.parts.every(isLiteral)
    case 'binary':
      return node.operands.every(isLiteral)
    default:
      return false
  }
}

/** OP_IMPLICIT of evaluate.c: flags without an operator ask for any of them. */
function impliedOperator(left: Expression, right: Expression): MatchStatement['op'] {
  const flags = left.kind !== 'binary' && left.kind !== 'concat' && isBitmask(typeOf(left))
  return flags && (right.kind === 'value' || right.kind === 'list' || right.kind === 'binary') ? 'in' : '=='
}

function change(target: Expression, value: Expression): Statement {
  const object = target.kind === 'meta' && target.key === 'secmark' && ((value.kind === 'value' && value.quoted) || value.kind === 'map')
  return object ? { kind: 'object', type: 'secmark', name: value } : { kind: 'mangle', target, value }
}

/** Constants within a key are told by the set that it is looked up in. */
const keyHint = (data: unknown, context: JsonContext) =>
  typeof data === 'string' && data.startsWith('@') ? context.hints(data.slice(1))?.key : undefined

/** Up to 1.0 JSON leaves out of which family the address in `ct original saddr` is; the text does not. */
function addressedCt(left: Expression, right: unknown): Expression {
  if (left.kind !== 'ct' || (left.key !== 'saddr' && left.key !== 'daddr') || typeof right !== 'string') return left
  const address = parseAddress(right)
  return address === undefined ? left : { ...left, key: `${familyOf(address)} ${left.key}` }
}

export function matchFromJson(json: JsonObject, context: JsonContext): Statement | undefined {
  const op = stringOf(json.op) ?? '=='
  const left = addressedCt(expressionFromJson(json.left, keyHint(json.right, context)), json.right)
  if (op !== 'in' && !Object.hasOwn(OPERATORS, op)) return undefined
  return {
    kind: 'match',
    left,
    op: op === 'in' ? 'in' : (OPERATORS[op] as MatchStatement['op']),
    right: expressionFromJson(json.right, hintOf(left)),
  }
}

export function vmapFromJson(json: JsonObject, context: JsonContext): VmapStatement {
  const key = expressionFromJson(json.key, keyHint(json.data, context))
  const literal = isObject(json.data) && 'set' in json.data
  return {
    kind: 'vmap',
    key,
    data: literal ? setFromJson((json.data as JsonObject).set, hintOf(key), undefined) : expressionFromJson(json.data, undefined),
  }
}

export function mangleFromJson(json: JsonObject): MangleStatement {
  const target = expressionFromJson(json.key, undefined)
  return { kind: 'mangle', target, value: expressionFromJson(json.value, hintOf(target)) }
}

export function printMatch({ left, op, right }: MatchStatement): string {
  const mask = left.kind === 'binary' && left.op === '&' ? left.operands.at(-1) : undefined
  if (left.kind === 'binary' && mask?.kind === 'list') {
    const [flags] = left.operands
    return `${flags ? printExpression(flags) : ''}${op === '==' || op === 'in' ? '' : ` ${op}`} ${printExpression(right)} / ${printExpression(mask)}`
  }
  // must_print_eq_op() of expression.c
  const plain = op === 'in' || (op === '==' && left.kind !== 'binary' && !(right.kind === 'value' && isBitmask(typeOf(left))))
  return `${printExpression(left)}${plain ? '' : ` ${op}`} ${printExpression(right)}`
}

export const printVmap = ({ key, data }: VmapStatement): string => `${printExpression(key)} vmap ${printExpression(data)}`
export const printMangle = ({ target, value }: MangleStatement): string => `${printExpression(target)} set ${printExpression(value)}`
