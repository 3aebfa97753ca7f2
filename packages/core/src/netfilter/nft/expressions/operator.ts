import { typeOf } from '../datatype.ts'
import type { BinaryExpression, Expression } from '../expression.ts'
import { listOf } from '../json/json.ts'
import type { Cursor } from '../read/cursor.ts'
import { expressionFromJson, printExpression, readPrimary } from './dispatch.ts'
import type { Hint } from './value.ts'

type Op = BinaryExpression['op']

/** expr_binop_precedence[] of expression.c: the lower binds tighter. */
const PRECEDENCE: Readonly<Record<Op, number>> = { '<<': 1, '>>': 1, '&': 2, '^': 3, '|': 4 }
const WORDS: Readonly<Record<string, Op>> = {
  '&': '&',
  '|': '|',
  '^': '^',
  '<<': '<<',
  '>>': '>>',
  and: '&',
  or: '|',
  xor: '^',
  lshift: '<<',
  rshift: '>>',
}

export function readBinary(cursor: Cursor, loosest = 4): Expression {
  let left = cursor.deeper(() => readPrimary(cursor))
  for (;;) {
    const op = cursor.token.kind === 'string' ? undefined : Object.hasOwn(WORDS, cursor.token.text) ? WORDS[cursor.token.text] : undefined
    if (op === undefined || PRECEDENCE[op] > loosest) return left
    cursor.next()
    left = binary(op, left, readBinary(cursor, PRECEDENCE[op] - 1))
  }
}

/** `a | b | c` is one node, as libnftables-json has it. */
export function binary(op: Op, left: Expression, right: Expression): BinaryExpression {
  const first = left.kind === 'binary' && left.op === op ? left.operands : [left]
  return { kind: 'binary', op, operands: [...first, right] }
}

export function binaryFromJson(op: Op, json: unknown, hint: Hint): Expression {
  const [first, ...rest] = listOf(json)
  let left = expressionFromJson(first, hint)
  for (const item of rest) {
    const shift = op === '<<' || op === '>>'
    left = binary(op, left, expressionFromJson(item, shift ? 'integer' : (typeOf(left) ?? hint)))
  }
  return left
}

export const isBinaryOp = (tag: string): tag is Op => Object.hasOwn(PRECEDENCE, tag)

export function printBinary({ op, operands }: BinaryExpression): string {
  return operands
    .map((operand) => {
      const text = printExpression(operand)
      return operand.kind === 'binary' && PRECEDENCE[op] < PRECEDENCE[operand.op] ? `(${text})` : text
    })
    .join(` ${op} `)
}
