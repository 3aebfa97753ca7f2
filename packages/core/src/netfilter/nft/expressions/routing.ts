import type { FibExpression, RtExpression } from '../expression.ts'
import { type JsonObject, stringOf, wordsOf } from '../json/json.ts'
import type { Cursor } from '../read/cursor.ts'

/** `fib saddr . iif oif`, behind `fib`. */
export function readFib(cursor: Cursor): FibExpression {
  const flags = [cursor.name()]
  while (cursor.accept('.')) flags.push(cursor.name())
  return { kind: 'fib', flags, result: cursor.name() }
}

export function fibFromJson(json: JsonObject): FibExpression | undefined {
  const result = stringOf(json.result)
  return result === undefined ? undefined : { kind: 'fib', flags: wordsOf(json.flags), result }
}

export const printFib = ({ flags, result }: FibExpression): string => `fib ${flags.join(' . ')} ${result}`

/** `rt classid`, `rt ip nexthop`, behind `rt`. */
export function readRt(cursor: Cursor): RtExpression {
  const family = cursor.oneOf(['ip', 'ip6'] as const)
  return { kind: 'rt', key: cursor.name(), ...(family && { family }) }
}

export function rtFromJson(json: JsonObject): RtExpression | undefined {
  const key = stringOf(json.key)
  const family = stringOf(json.family)
  return key === undefined ? undefined : { kind: 'rt', key, ...(family && { family }) }
}

export const printRt = ({ key, family }: RtExpression): string => `rt ${family ? `${family} ` : ''}${key}`
