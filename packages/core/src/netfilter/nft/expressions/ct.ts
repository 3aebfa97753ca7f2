import type { CtExpression } from '../expression.ts'
import { type JsonObject, stringOf } from '../json/json.ts'
import type { Cursor } from '../read/cursor.ts'

/** `ct state`, `ct original ip saddr`; `ct` is taken already. */
export function readCt(cursor: Cursor): CtExpression {
  const direction = cursor.oneOf(['original', 'reply'] as const)
  let key = cursor.name()
  if (key === 'ip' || key === 'ip6') key += ` ${cursor.name()}`
  return { kind: 'ct', key, ...(direction && { direction }) }
}

export function ctFromJson(json: JsonObject): CtExpression | undefined {
  const key = stringOf(json.key)
  const family = stringOf(json.family)
  const direction = stringOf(json.dir)
  if (key === undefined) return undefined
  return { kind: 'ct', key: family ? `${family} ${key}` : key, ...((direction === 'original' || direction === 'reply') && { direction }) }
}

export const printCt = ({ key, direction }: CtExpression): string => `ct ${direction ? `${direction} ` : ''}${key}`
