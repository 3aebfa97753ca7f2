import { type Address, addressBits, type Family, parseAddress } from '../../net/address.ts'
import { maskOf } from '../../net/prefix.ts'
import type { Ipset, IpsetEntry } from './ast.ts'
import { MAX_KEYS, overlay, type Part, readElement } from './element.ts'
import type { SetKey } from './key.ts'
import { ANY_MAC, type Found, find, type Hashed, type Level, type Masks, netTable } from './lookup.ts'
import { type SetType, setType } from './types.ts'

/** A set made ready for look-ups. `list:set` is resolved by the oracle, which knows the other sets. */
export interface IpsetIndex {
  readonly set: Ipset
  /** undefined: a type that culprit does not know. */
  readonly type: SetType | undefined
  /** Elements that could not be read: where the packet is not found, it may be in one of these. */
  readonly unread: readonly string[]
  /** Looks up a packet whose family and number of directions fit. */
  find(key: SetKey): Found
}

const NO: Found = 'no'

export function compileIpset(set: Ipset): IpsetIndex {
  const type = setType(set.type)
  if (!type) return { set, type, unread: [], find: () => NO }
  const family: Family = set.family === 'inet6' ? 'ip6' : 'ip'
  const masks = masksOf(set, family)
  const root = levelOf(type, 0, family)
  const unread: string[] = []
  for (const entry of set.entries) {
    const parts = readElement(entry.parts, type)
    if (!parts || !fits(parts, family) || !insert(root, parts, { entry, type, family, masks })) unread.push(entry.element)
  }
  // hash_ip4_kadt() and, where it has a mask, hash_ipport4_kadt() refuse address 0.
  const refusesZero = set.type === 'hash:ip' || (set.type === 'hash:ip,port' && masks.address !== undefined)
  const refuses = (key: SetKey): boolean => refusesZero && isZero(overlay(key.address(0), masks.address))
  return { set, type, unread, find: (key) => (refuses(key) ? NO : find(root, key, masks)) }
}

const isZero = (address: Address): boolean => address === 0 || address === 0n

/** `netmask 24`, `bitmask 255.255.0.255`, `markmask 0xff`. */
function masksOf(set: Ipset, family: Family): Masks {
  const value = (name: string): string | undefined => set.options.find(([option]) => option === name)?.[1]
  const markmask = Number(value('markmask'))
  const bitmask = value('bitmask')
  const netmask = Number(value('netmask'))
  const fromNetmask = netmask >= 0 && netmask <= addressBits(family) ? maskOf(netmask, family === 'ip' ? 0 : 0n) : undefined
  return {
    address: bitmask === undefined ? fromNetmask : parseAddress(bitmask),
    mark: markmask >= 0 ? markmask >>> 0 : undefined,
  }
}

/** Addresses of the other family are not of this set. */
function fits(parts: readonly Part[], family: Family): boolean {
  const sort = family === 'ip' ? 'number' : 'bigint'
  return parts.every((part) => {
    if (part.dimension === 'ip') return typeof part.range.first === sort
    return part.dimension !== 'net' || part.prefixes.every((prefix) => typeof prefix.address === sort)
  })
}

function levelOf(type: SetType, dimension: number, family: Family): Level {
  const by = type.dimensions[dimension]
  if (by === undefined) return { kind: 'leaf', nomatch: false }
  if (by === 'net') return { kind: 'nets', dimension, family, lengths: [] }
  if (by === 'iface') return { kind: 'interfaces', dimension, elements: [] }
  return { kind: 'exact', by, dimension, table: new Map() }
}

interface Insertion {
  readonly entry: IpsetEntry
  readonly type: SetType
  readonly family: Family
  readonly masks: Masks
}

const YES_LEAF: Level = { kind: 'leaf', nomatch: false }
const NOMATCH_LEAF: Level = { kind: 'leaf', nomatch: true }

/** Puts one element in; false when it stands for more keys than an `add` may. */
function insert(root: Level, parts: readonly Part[], how: Insertion): boolean {
  let levels: Level[] = [root]
  let keys = 1
  for (const [i, part] of parts.entries()) {
    const last = i === how.type.dimensions.length - 1
    keys *= countOf(part)
    if (keys > MAX_KEYS) return false
    const next = (): Level => (last ? (how.entry.nomatch ? NOMATCH_LEAF : YES_LEAF) : levelOf(how.type, i + 1, how.family))
    levels = levels.flatMap((level) => place(level, part, how, next, last))
  }
  if (parts.length < how.type.dimensions.length) for (const level of levels) if (level.kind === 'exact') level.table.set(ANY_MAC, YES_LEAF)
  return true
}

function countOf(part: Part): number {
  switch (part.dimension) {
    case 'ip':
      return Number(BigInt(part.range.last) - BigInt(part.range.first)) + 1
    case 'net':
      return part.prefixes.length
    case 'port':
    case 'any-port':
      return part.last - part.first + 1
    default:
      return 1
  }
}

/** Enters one dimension's keys into a level and gives the levels below them. */
function place(level: Level, part: Part, how: Insertion, next: () => Level, last: boolean): Level[] {
  if (level.kind === 'nets' && part.dimension === 'net') {
    // A mask over both networks is an option of hash:net,net only.
    return part.prefixes.map((prefix) =>
      child(netTable(level, prefix.length).table, overlay(prefix.address, how.masks.address), next, last),
    )
  }
  if (level.kind === 'interfaces' && part.dimension === 'iface') {
    level.elements.push({ name: part.name, wildcard: how.entry.wildcard === true, physical: part.physical, nomatch: how.entry.nomatch })
    return []
  }
  return level.kind === 'exact' ? keysOf(part, how.masks).map((key) => child(level.table, key, next, last)) : []
}

/** An element that is added again replaces the first one (`nomatch` may have changed). */
function child<K>(table: Map<K, Level>, key: K, next: () => Level, last: boolean): Level {
  const known = last ? undefined : table.get(key)
  if (known) return known
  const made = next()
  table.set(key, made)
  return made
}

function keysOf(part: Part, masks: Masks): readonly Hashed[] {
  switch (part.dimension) {
    case 'ip': {
      const { first, last } = part.range
      if (first === last) return [overlay(first, masks.address)]
      if (typeof first === 'number')
        return Array.from({ length: (last as number) - first + 1 }, (_, i) => overlay(first + i, masks.address))
      return Array.from({ length: Number((last as bigint) - first) + 1 }, (_, i) => overlay(first + BigInt(i), masks.address))
    }
    case 'port':
    case 'any-port':
      return Array.from({ length: part.last - part.first + 1 }, (_, i) => part.first + i)
    case 'mac':
      return [part.mac]
    case 'mark':
      return [masks.mark === undefined ? part.mark : (part.mark & masks.mark) >>> 0]
    default:
      return []
  }
}
