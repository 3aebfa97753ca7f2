import type { Address } from '../net/address.ts'
import { jhash2 } from '../net/jhash.ts'
import { PROTOCOL } from '../net/packet.ts'
import type { NatRequest } from '../netfilter/action.ts'
import type { Tuple } from '../netfilter/scene.ts'
import { isIcmp } from './connection.ts'

export type Range = Extract<NatRequest, { readonly kind: 'range' }>

/** What get_unique_tuple() makes of a tuple, and whether a port in it was drawn at random. */
export interface Mapped {
  readonly tuple: Tuple
  readonly randomPort: boolean
}

/**
 * get_unique_tuple() of nf_nat_core.c. Ports in use by other connections are not known from a snapshot: a port that may stay, stays.
 */
export function mapTuple(current: Tuple, range: Range): Mapped {
  const source = range.manip === 'source'
  if (source && !range.random && inRange(current, range)) return { tuple: current, randomPort: false }
  const moved = range.addresses ? withAddress(current, source, pickAddress(current, range)) : current
  return mapPort(moved, range)
}

function inRange(tuple: Tuple, range: Range): boolean {
  if (range.addresses && (tuple.src < range.addresses.first || tuple.src > range.addresses.last)) return false
  return portInRange(tuple, range)
}

/** l4proto_in_range(): ICMP's id is its port; protocols without ports are always in range. */
function portInRange(tuple: Tuple, range: Range): boolean {
  if (!range.ports || !hasPorts(tuple.protocol)) return true
  const port = range.manip === 'source' || isIcmp(tuple.protocol) ? tuple.sport : tuple.dport
  return port >= range.ports.first && port <= range.ports.last
}

const hasPorts = (protocol: number): boolean =>
  isIcmp(protocol) ||
  protocol === PROTOCOL.tcp ||
  protocol === PROTOCOL.udp ||
  protocol === PROTOCOL.sctp ||
  protocol === PROTOCOL.dccp ||
  protocol === PROTOCOL.udplite

const withAddress = (tuple: Tuple, source: boolean, address: Address): Tuple =>
  source ? { ...tuple, src: address } : { ...tuple, dst: address }

function mapPort(tuple: Tuple, range: Range): Mapped {
  const { ports } = range
  const source = range.manip === 'source'
  if (!hasPorts(tuple.protocol)) return { tuple, randomPort: false }
  const keyIsSource = source || isIcmp(tuple.protocol)
  if (!range.random) {
    if (!ports) return { tuple, randomPort: false }
    if (range.portBase === undefined && portInRange(tuple, range)) return { tuple, randomPort: false }
  }
  if (!ports) return { tuple, randomPort: keyIsSource }
  const size = ports.last - ports.first + 1
  const old = keyIsSource ? tuple.sport : tuple.dport
  const offset = range.portBase === undefined ? 0 : old - range.portBase
  const port = ports.first + (((offset % size) + size) % size)
  const randomPort = size > 1 && range.portBase === undefined && (range.random === true || source)
  return { tuple: keyIsSource ? { ...tuple, sport: port } : { ...tuple, dport: port }, randomPort }
}

/** find_best_ips_proto(): one address, NETMAP's host bits, or the one that the hash of the addresses picks. */
function pickAddress(tuple: Tuple, range: Range): Address {
  const { first, last } = range.addresses as NonNullable<Range['addresses']>
  const own = range.manip === 'source' ? tuple.src : tuple.dst
  if (range.netmap)
    return typeof first === 'number'
      ? netmap4(own as number, first, last as number)
      : (((own as bigint) & (first ^ (last as bigint))) | (first & ~(first ^ (last as bigint)))) & ((1n << 128n) - 1n)
  if (first === last) return first
  return typeof first === 'number'
    ? spread(tuple, range, [first], [last as number])
    : spread(tuple, range, hostWords(first), hostWords(last as bigint))
}

function netmap4(own: number, first: number, last: number): number {
  const hostBits = (first ^ last) >>> 0
  return ((own & hostBits) | (first & ~hostBits)) >>> 0
}

const hostWords = (address: bigint): number[] => [96n, 64n, 32n, 0n].map((shift) => Number((address >> shift) & 0xffffffffn))
/** A word of an address as a little-endian machine holds it in memory. */
const swapped = (word: number): number => (((word & 0xff) << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24)) >>> 0

function spread(tuple: Tuple, range: Range, first: readonly number[], last: readonly number[]): Address {
  const words = (address: Address) => (typeof address === 'number' ? [address, 0, 0, 0] : hostWords(address))
  const destination = words(tuple.dst).map(swapped)
  const most = first.length - 1
  let hash = jhash2(words(tuple.src).map(swapped), range.persistent ? 0 : (destination[most] as number))
  let full = false
  const out: number[] = []
  for (let i = 0; i <= most; i++) {
    const low = full ? 0 : (first[i] as number)
    const distance = full ? 0xffffffff : ((last[i] as number) - low + 1) >>> 0
    const word = (low + Number((BigInt(hash) * BigInt(distance)) >> 32n)) >>> 0
    out.push(word)
    if (word !== last[i]) full = true
    if (!range.persistent) hash = (hash ^ (destination[i] as number)) >>> 0
  }
  return out.length === 1 ? (out[0] as number) : out.reduce((sum, word) => (sum << 32n) | BigInt(word), 0n)
}
