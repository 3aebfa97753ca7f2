import type { Checksum } from '../../facts/captured-packet.ts'
import type { Address } from '../../net/address.ts'
import { u8, u16 } from './bytes.ts'

/** One's complement sum of 16-bit words (RFC 1071), not yet complemented. */
export function sumOf(bytes: Uint8Array, from: number, to: number, start = 0): number {
  let sum = start
  let at = from
  for (; at + 1 < to; at += 2) sum += u16(bytes, at)
  if (at < to) sum += u8(bytes, at) << 8
  return fold(sum)
}

function fold(sum: number): number {
  let folded = sum
  while (folded > 0xffff) folded = (folded % 0x10000) + Math.floor(folded / 0x10000)
  return folded
}

/** Sum of the pseudo header of TCP, UDP and ICMPv6. */
export function pseudoSum(src: Address, dst: Address, protocol: number, length: number): number {
  return fold(addressSum(src) + addressSum(dst) + protocol + (length >>> 16) + (length & 0xffff))
}

function addressSum(address: Address): number {
  if (typeof address === 'number') return (address >>> 16) + (address & 0xffff)
  let sum = 0
  for (let rest = address; rest > 0n; rest >>= 16n) sum += Number(rest & 0xffffn)
  return sum
}

/**
 * Judges the checksum of a transport that was captured whole. Linux leaves the pseudo header's sum where the card is to complete it
 * (CHECKSUM_PARTIAL; without the length where the card also cuts segments).
 */
export function transportChecksum(shown: number, sum: number, pseudo: number, pseudoWithoutLength: number): Checksum {
  if (sum === 0xffff) return 'good'
  return shown === pseudo || shown === pseudoWithoutLength ? 'partial' : 'bad'
}
