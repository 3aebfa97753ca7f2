import { parseAddress } from '../../../net/address.ts'
import { formatInteger, isQuoted, typeOf } from '../datatype.ts'
import type { Expression, Value } from '../expression.ts'
import { SYMBOLS } from '../symbols.ts'

/** What datatype a value will have: of one expression, or of each part of a concatenation. */
export type Hint = string | undefined | readonly Hint[]

/** What the JSON of a rule leaves to its table: the family, and the datatypes of the sets and maps it names. */
export interface JsonContext {
  readonly family: string
  /** Of the tool that printed it, 1.0.6 as 10006. */
  readonly version: number
  hints(set: string): { readonly key: Hint; readonly data: Hint } | undefined
}
export const NO_CONTEXT: JsonContext = { family: '', version: Number.POSITIVE_INFINITY, hints: () => undefined }

export const value = (text: string): Value => ({ kind: 'value', text })
export const quoted = (text: string): Value => ({ kind: 'value', text, quoted: true })

export function hintOf(expression: Expression): Hint {
  if (expression.kind === 'concat') return expression.parts.map(hintOf)
  if (expression.kind === 'map') return undefined
  return typeOf(expression)
}

/** A scalar of `nft -j` as nft prints it beside an expression of this datatype. */
export function valueFromJson(json: string | number | boolean, hint: Hint): Value {
  const type = typeof hint === 'string' ? hint : undefined
  if (typeof json === 'boolean') return value(json ? 'exists' : 'missing')
  if (typeof json === 'number') return value(formatInteger(type, json))
  if (json === '*') return value('*')
  if (type === 'address_or_ifname') return parseAddress(json) === undefined ? quoted(json) : value(json)
  if (isQuoted(type) && !(type === 'iface_index' && /^\d+$/.test(json))) return quoted(json)
  if (json.startsWith('0x') && type !== 'hex' && type !== undefined && /^0x[0-9a-f]+$/i.test(json))
    return value(formatInteger(type, BigInt(json)))
  return value(json)
}

/** The end of a range: nft prints it in numbers, and a time in seconds (range_expr_print). */
export function boundFromJson(json: unknown, hint: Hint): Value | undefined {
  const type = typeof hint === 'string' ? hint : undefined
  if (type === 'seconds' && typeof json === 'number') return value(`${json}s`)
  const symbols = type === undefined ? undefined : SYMBOLS[type]
  return typeof json === 'string' && symbols && Object.hasOwn(symbols, json)
    ? value(formatInteger(type, symbols[json] as number))
    : undefined
}

export const printValue = (node: Value): string => (node.quoted ? `"${node.text}"` : node.text)
