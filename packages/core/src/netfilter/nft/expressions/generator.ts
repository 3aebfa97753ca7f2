import type { Expression, HashExpression, NumgenExpression } from '../expression.ts'
import { type JsonObject, numberOf } from '../json/json.ts'
import type { Cursor } from '../read/cursor.ts'
import { expressionFromJson, printExpression, readConcat } from './dispatch.ts'

/** `numgen inc mod 2 offset 3`, behind `numgen`. */
export function readNumgen(cursor: Cursor): NumgenExpression {
  const mode = cursor.oneOf(['inc', 'random'] as const) ?? cursor.fail('inc or random')
  cursor.expect('mod')
  const mod = cursor.number()
  return { kind: 'numgen', mode, mod, offset: cursor.accept('offset') ? cursor.number() : 0 }
}

/** `jhash KEY mod N seed S offset O`, `symhash mod N offset O` */
export function readHash(cursor: Cursor, kind: 'jhash' | 'symhash'): HashExpression {
  const expression = kind === 'jhash' ? readConcat(cursor) : undefined
  cursor.expect('mod')
  const mod = cursor.number()
  const seed = cursor.accept('seed') ? cursor.number() : undefined
  const offset = cursor.accept('offset') ? cursor.number() : 0
  return { kind, ...(expression && { expression }), mod, ...(seed !== undefined && { seed }), offset }
}

export function generatorFromJson(tag: 'numgen' | 'jhash' | 'symhash', json: JsonObject): Expression {
  const mod = numberOf(json.mod) ?? 0
  const offset = numberOf(json.offset) ?? 0
  if (tag === 'numgen') return { kind: 'numgen', mode: json.mode === 'random' ? 'random' : 'inc', mod, offset }
  const seed = numberOf(json.seed)
  return {
    kind: tag,
    ...(json.expr !== undefined && { expression: expressionFromJson(json.expr, undefined) }),
    mod,
    ...(seed !== undefined && { seed }),
    offset,
  }
}

export function printGenerator(node: NumgenExpression | HashExpression): string {
  const offset = node.offset === 0 ? '' : ` offset ${node.offset}`
  if (node.kind === 'numgen') return `numgen ${node.mode} mod ${node.mod}${offset}`
  const of = node.expression ? ` ${printExpression(node.expression)}` : ''
  return `${node.kind}${of} mod ${node.mod}${node.seed === undefined ? '' : ` seed 0x${node.seed.toString(16)}`}${offset}`
}
