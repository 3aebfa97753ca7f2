import { type Address, addressBits, familyOf, formatAddress, parseAddress } from './address.ts'

/** A network: `address` has no bits set beyond `length` unless a function says that it keeps host bits. */
export interface Prefix {
  readonly address: Address
  readonly length: number
}

/** Bits of a mask of `length` leading ones, in the family of `like`. */
export function maskOf(length: number, like: Address): Address {
  if (typeof like === 'number') return length === 0 ? 0 : (0xffffffff << (32 - length)) >>> 0
  return length === 0 ? 0n : ((1n << BigInt(length)) - 1n) << BigInt(128 - length)
}

export function and(a: Address, b: Address): Address {
  if (typeof a === 'number' && typeof b === 'number') return (a & b) >>> 0
  return typeof a === 'bigint' && typeof b === 'bigint' ? a & b : 0
}

export function contains(prefix: Prefix, address: Address): boolean {
  if (typeof prefix.address === 'number' && typeof address === 'number')
    return prefix.length === 0 || (address ^ prefix.address) >>> (32 - prefix.length) === 0
  if (typeof prefix.address !== typeof address) return false
  return and(address, maskOf(prefix.length, address)) === prefix.address
}

/** The prefix with its host bits cleared. */
export function network(address: Address, length: number): Prefix {
  return { address: and(address, maskOf(length, address)), length }
}

/** Reads `10.0.0.0/8`, `fd00::/8` or a bare address (then of full length). Host bits are cleared. */
export function parsePrefix(text: string): Prefix | undefined {
  const slash = text.indexOf('/')
  const address = parseAddress(slash < 0 ? text : text.slice(0, slash))
  if (address === undefined) return undefined
  const bits = addressBits(familyOf(address))
  const rest = slash < 0 ? `${bits}` : text.slice(slash + 1)
  if (!/^\d{1,3}$/.test(rest) || Number(rest) > bits) return undefined
  return network(address, Number(rest))
}

export function formatPrefix(prefix: Prefix): string {
  return `${formatAddress(prefix.address)}/${prefix.length}`
}

/** First and last address of the network. */
export function rangeOf(prefix: Prefix): { readonly first: Address; readonly last: Address } {
  const { address, length } = prefix
  if (typeof address === 'number') return { first: address, last: (address | (~(maskOf(length, address) as number) >>> 0)) >>> 0 }
  return { first: address, last: address | ((1n << BigInt(128 - length)) - 1n) }
}
