import { type Address, addressBits, familyOf, parseAddress } from './address.ts'
import { type Prefix, parsePrefix, rangeOf } from './prefix.ts'

/** Addresses from `first` to `last`, both included, of one family. */
export interface AddressRange {
  readonly first: Address
  readonly last: Address
}

/** Reads `10.0.0.1`, `10.0.0.0/24` or `10.0.0.1-10.0.0.9`; undefined when it is none of them or runs backwards. */
export function parseAddressRange(text: string): AddressRange | undefined {
  const dash = text.indexOf('-')
  if (dash < 0) {
    const prefix = parsePrefix(text)
    return prefix && rangeOf(prefix)
  }
  const first = parseAddress(text.slice(0, dash))
  const last = parseAddress(text.slice(dash + 1))
  if (first === undefined || last === undefined || typeof first !== typeof last || last < first) return undefined
  return { first, last }
}

/** How many addresses the range has. */
export const rangeSize = (range: AddressRange): number => Number(BigInt(range.last) - BigInt(range.first)) + 1

/** The fewest prefixes that together are the range, in ascending order. */
export function prefixesOf({ first, last }: AddressRange): readonly Prefix[] {
  const bits = addressBits(familyOf(first))
  const like = (value: bigint): Address => (typeof first === 'number' ? Number(value) : value)
  const end = BigInt(last)
  const out: Prefix[] = []
  let at = BigInt(first)
  while (at <= end) {
    let host = 0
    while (host < bits && (at & (1n << BigInt(host))) === 0n && at + (1n << BigInt(host + 1)) - 1n <= end) host++
    out.push({ address: like(at), length: bits - host })
    at += 1n << BigInt(host)
  }
  return out
}
