import { type Address, addressBits, familyOf } from '../../../net/address.ts'
import { network, rangeOf } from '../../../net/prefix.ts'
import type { Expression } from '../expression.ts'
import type { Hint } from '../expressions/value.ts'
import { constant, flagsOf } from './constant.ts'
import type { Datum } from './datum.ts'

/** What a value must be: of one dimension, or of each part of a concatenation. */
export type Pattern =
  | { readonly kind: 'exact'; readonly datum: number | bigint | string }
  | { readonly kind: 'range'; readonly first: number | bigint; readonly last: number | bigint; readonly prefixLength: number | undefined }
  /** `"eth*"` */
  | { readonly kind: 'starts'; readonly text: string }
  | { readonly kind: 'any' }
  | { readonly kind: 'parts'; readonly parts: readonly Pattern[] }

/** undefined: the literal's value is not known. */
export function patternOf(node: Expression, hint: Hint): Pattern | undefined {
  switch (node.kind) {
    case 'value':
      return valuePattern(node, hint)
    case 'list':
    case 'binary': {
      const flags = flagsOf(node, hint)
      return flags === undefined ? undefined : { kind: 'exact', datum: flags }
    }
    case 'range': {
      const first = bound(node.first, hint)
      const last = bound(node.last, hint)
      return first === undefined || last === undefined ? undefined : { kind: 'range', first, last, prefixLength: undefined }
    }
    case 'prefix':
      return prefixPattern(bound(node.address, hint), node.length, hint)
    case 'concat': {
      const parts = node.parts.map((part, i) => patternOf(part, Array.isArray(hint) ? (hint as readonly Hint[])[i] : undefined))
      return parts.includes(undefined) ? undefined : { kind: 'parts', parts: parts as Pattern[] }
    }
    default:
      return undefined
  }
}

function valuePattern(node: Extract<Expression, { kind: 'value' }>, hint: Hint): Pattern | undefined {
  if (node.text === '*' && !node.quoted) return { kind: 'any' }
  const name = hint === 'ifname' || (hint === undefined && node.quoted)
  if (name && node.text.endsWith('*') && !node.text.endsWith('\\*')) return { kind: 'starts', text: node.text.slice(0, -1) }
  const datum = constant(node, hint)
  return typeof datum === 'number' || typeof datum === 'bigint' || typeof datum === 'string' ? { kind: 'exact', datum } : undefined
}

function bound(node: Expression, hint: Hint): number | bigint | undefined {
  const datum = node.kind === 'value' ? constant(node, hint) : undefined
  return typeof datum === 'number' || typeof datum === 'bigint' ? datum : undefined
}

const BITS: Readonly<Record<string, number>> = { ether_addr: 48, mark: 32, inet_service: 16, inet_proto: 8, dscp: 6 }

function prefixPattern(address: number | bigint | undefined, length: number, hint: Hint): Pattern | undefined {
  if (address === undefined) return undefined
  const bits = typeof hint === 'string' ? BITS[hint] : undefined
  if (bits !== undefined && typeof address === 'number') {
    const size = 2 ** (bits - length)
    const first = Math.floor(address / size) * size
    return { kind: 'range', first, last: first + size - 1, prefixLength: undefined }
  }
  const full = addressBits(familyOf(address as Address))
  if (length > full) return undefined
  return { kind: 'range', ...rangeOf(network(address as Address, length)), prefixLength: length }
}

/** Does the value fit? */
export function fits(pattern: Pattern, datum: Datum): boolean {
  switch (pattern.kind) {
    case 'any':
      return true
    case 'exact':
      return pattern.datum === datum
    case 'range':
      return (typeof datum === 'number' || typeof datum === 'bigint') && datum >= pattern.first && datum <= pattern.last
    case 'starts':
      return typeof datum === 'string' && datum.startsWith(pattern.text)
    case 'parts':
      return Array.isArray(datum) && pattern.parts.every((part, i) => fits(part, (datum as readonly Datum[])[i] as Datum))
  }
}
