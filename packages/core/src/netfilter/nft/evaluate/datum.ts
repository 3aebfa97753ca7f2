import { type Unknown, unknown } from '../../decision.ts'

/**
 * What a register holds: an IPv6 address is a bigint, any other number a number as long as it fits, names and
 * interfaces are strings, a concatenation is an array.
 */
export type Datum = number | bigint | string | Span | readonly Datum[]
/** A range of addresses or ports that a NAT statement may choose from. `prefix`: written as one. */
export interface Span {
  readonly kind: 'span'
  readonly first: Datum
  readonly last: Datum
  readonly prefix: boolean
}

/** NFT_BREAK: the packet has no such thing, and the rule ends here without a match. */
export const BREAK = 'break'
export interface Broken {
  readonly kind: typeof BREAK
}
export const broken: Broken = { kind: BREAK }

/** A concatenation of which some parts are not known: those that are may still rule a set out. */
export interface Partial extends Unknown {
  readonly parts?: readonly (Datum | undefined)[]
}

export type Result = Datum | Broken | Partial

/** Without the parts: what a decision says. */
export const reason = ({ why, evidence }: Unknown): Unknown => unknown(why, evidence)

export const isBroken = (result: Result): result is Broken => typeof result === 'object' && 'kind' in result && result.kind === 'break'
export const isUnknown = (result: Result): result is Partial => typeof result === 'object' && 'kind' in result && result.kind === 'unknown'
export const isSpan = (datum: Datum): datum is Span => typeof datum === 'object' && 'kind' in datum && datum.kind === 'span'
export const isConcat = (datum: Datum): datum is readonly Datum[] => Array.isArray(datum)

/** Small numbers as numbers, so that they compare with `===`; IPv6 addresses stay as they are. */
export const small = (value: bigint): number | bigint => (value <= 0x1fffffffffffffn ? Number(value) : value)
