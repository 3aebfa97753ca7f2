import { parseAddress } from '../../../net/address.ts'
import { alterPacket } from '../../../net/packet.ts'
import { formatPrefix, maskOf, type Prefix, parsePrefix } from '../../../net/prefix.ts'
import { DROP } from '../../action.ts'
import { OptionReader } from '../matches/options.ts'
import type { TargetModule } from '../module.ts'

/** Stateless prefix translation (RFC 6296): SNPT rewrites the source, DNPT the destination. */
export interface NptTarget<K extends 'SNPT' | 'DNPT' = 'SNPT' | 'DNPT'> {
  readonly kind: K
  readonly from: Prefix
  readonly to: Prefix
}

const MAX_LENGTH = 64
const ALL = (1n << 128n) - 1n

/** ip6t_npt_checkentry(): no longer than 64 bits, and no bits beyond the length. */
function parseNetwork(text: string): Prefix | undefined {
  const prefix = text.includes('/') ? parsePrefix(text) : undefined
  if (typeof prefix?.address !== 'bigint' || prefix.length > MAX_LENGTH) return undefined
  return parseAddress(text.slice(0, text.indexOf('/'))) === prefix.address ? prefix : undefined
}

/** One's complement sum of 16-bit words, folded. */
function sum(words: readonly number[]): number {
  let total = words.reduce((a, b) => a + b, 0)
  while (total > 0xffff) total = (total & 0xffff) + (total >>> 16)
  return total
}

const wordOf = (address: bigint, index: number): number => Number((address >> BigInt(16 * (7 - index))) & 0xffffn)
const wordsOf = (address: bigint): number[] => Array.from({ length: 8 }, (_, index) => wordOf(address, index))

/** ip6t_npt_map_pfx(): the new prefix, and one word changed so that checksums stay right; undefined when no word can take it. */
function mapPrefix(address: bigint, from: bigint, to: bigint, length: number): bigint | undefined {
  const mask = maskOf(length, 0n) as bigint
  const moved = (address & ~mask & ALL) | (to & mask)
  const index = length <= 48 ? 3 : [4, 5, 6, 7].find((i) => wordOf(moved, i) !== 0xffff)
  if (index === undefined) return undefined
  const adjusted = sum([wordOf(moved, index), sum(wordsOf(from)), ~sum(wordsOf(to)) & 0xffff])
  const shift = BigInt(16 * (7 - index))
  return (moved & ~(0xffffn << shift) & ALL) | (BigInt(adjusted === 0xffff ? 0 : adjusted) << shift)
}

function nptModule<K extends 'SNPT' | 'DNPT'>(kind: K): TargetModule<NptTarget<K>> {
  const field = kind === 'SNPT' ? 'src' : 'dst'
  return {
    kind,
    options: { 'src-pfx': 1, 'dst-pfx': 1 },
    read(given) {
      const options = new OptionReader(given)
      const from = options.value(['src-pfx'], (text = '') => parseNetwork(text))
      const to = options.value(['dst-pfx'], (text = '') => parseNetwork(text))
      options.require(from !== undefined && to !== undefined, `${kind} needs --src-pfx and --dst-pfx`)
      const none: Prefix = { address: 0n, length: 0 }
      return options.finish({ kind, from: from ?? none, to: to ?? none })
    },
    print: ({ from, to }) => `--src-pfx ${formatPrefix(from)} --dst-pfx ${formatPrefix(to)}`,
    act({ from, to }, { packet }) {
      const mapped = mapPrefix(BigInt(packet[field]), BigInt(from.address), BigInt(to.address), Math.max(from.length, to.length))
      return mapped === undefined ? DROP : { kind: 'alter', packet: alterPacket(packet, { [field]: mapped }) }
    },
    explain: ({ from, to }) => `maps its ${field === 'src' ? 'source' : 'destination'} from ${formatPrefix(from)} to ${formatPrefix(to)}`,
  }
}

export const snpt = nptModule('SNPT')
export const dnpt = nptModule('DNPT')
