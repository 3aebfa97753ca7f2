import type { Address, Family } from '../../net/address.ts'
import { maskOf } from '../../net/prefix.ts'
import type { Unknown } from '../decision.ts'
import { overlay } from './element.ts'
import type { SetKey } from './key.ts'

/** `nomatch`: the element that was found is an exception (-ENOTEMPTY in the kernel). */
export type Found = 'yes' | 'nomatch' | 'no' | Unknown

/** A value as the kernel hashes it. */
export type Hashed = Address | string

/**
 * A set as nested tables, one level a dimension. Networks have a table for each prefix length, longest first, as
 * `struct net_prefixes` has; with the other dimensions exact, walking them nested visits what mtype_test_cidrs() visits, in its order.
 */
export type Level =
  | { readonly kind: 'leaf'; readonly nomatch: boolean }
  | {
      readonly kind: 'exact'
      readonly by: 'ip' | 'port' | 'any-port' | 'mac' | 'mark'
      readonly dimension: number
      readonly table: Map<Hashed, Level>
    }
  | { readonly kind: 'nets'; readonly dimension: number; readonly family: Family; readonly lengths: NetTable[] }
  | { readonly kind: 'interfaces'; readonly dimension: number; readonly elements: InterfaceElement[] }

export interface NetTable {
  readonly length: number
  readonly mask: Address
  readonly table: Map<Address, Level>
}

export interface InterfaceElement {
  readonly name: string
  readonly wildcard: boolean
  readonly physical: boolean
  readonly nomatch: boolean
}

export function netTable(level: Extract<Level, { kind: 'nets' }>, length: number): NetTable {
  const known = level.lengths.find((candidate) => candidate.length === length)
  if (known) return known
  const made: NetTable = { length, mask: maskOf(length, level.family === 'ip' ? 0 : 0n), table: new Map() }
  level.lengths.push(made)
  level.lengths.sort((a, b) => b.length - a.length)
  return made
}

/** `netmask` or `bitmask`, and `markmask`, of `create`. */
export interface Masks {
  readonly address: Address | undefined
  readonly mark: number | undefined
}

/** Looks a packet up below `level`. */
export function find(level: Level, key: SetKey, masks: Masks): Found {
  switch (level.kind) {
    case 'leaf':
      return level.nomatch ? 'nomatch' : 'yes'
    case 'exact':
      return findExact(level, key, masks)
    case 'nets':
      return findNet(level, key, masks)
    case 'interfaces':
      return findInterface(level.elements, key.iface(level.dimension), key.physical === true)
  }
}

function findExact(level: Extract<Level, { kind: 'exact' }>, key: SetKey, masks: Masks): Found {
  const value = exactValue(level, key, masks)
  if (value === undefined) return 'no'
  if (typeof value === 'object') return level.table.size === 0 ? 'no' : value
  const next = level.table.get(value) ?? (level.by === 'mac' ? level.table.get(ANY_MAC) : undefined)
  return next ? find(next, key, masks) : 'no'
}

/** Key of a bitmap:ip,mac element without a MAC: the kernel takes it and fills the MAC in (-EAGAIN in bitmap_ipmac_do_test). */
export const ANY_MAC = ''

function exactValue(level: Extract<Level, { kind: 'exact' }>, key: SetKey, masks: Masks): Hashed | undefined | Unknown {
  switch (level.by) {
    case 'ip':
      return overlay(key.address(level.dimension), masks.address)
    case 'port':
      return key.port(level.dimension)
    case 'any-port': {
      // bitmap:port takes TCP and UDP only (ip_set_get_ip_port).
      const port = key.port(level.dimension)
      const protocol = (port ?? 0) >>> 16
      return protocol === 6 || protocol === 17 ? (port as number) & 0xffff : undefined
    }
    case 'mac':
      return key.mac(level.dimension)
    case 'mark':
      return masks.mark === undefined ? key.mark : (key.mark & masks.mark) >>> 0
  }
}

function findNet(level: Extract<Level, { kind: 'nets' }>, key: SetKey, masks: Masks): Found {
  const address = overlay(key.address(level.dimension), masks.address)
  const only = key.length?.(level.dimension)
  for (const { length, mask: netmask, table } of level.lengths) {
    if (only !== undefined && length !== only) continue
    const next = table.get(overlay(address, netmask))
    if (!next) continue
    const found = find(next, key, masks)
    if (found !== 'no' || endsSearch(next, key)) return found
  }
  return 'no'
}

/**
 * hash:net,iface: once a network is there, shorter ones are not tried, whatever its interfaces (`multi` in mtype_test_cidrs). The
 * hash covers the physdev flag (struct hash_netiface4_elem_hashed), so that elements of the other kind are not seen.
 */
const endsSearch = (level: Level, key: SetKey): boolean =>
  level.kind === 'interfaces' && level.elements.some((element) => element.physical === (key.physical === true))

/** The element's own kind only (hash_netiface4_data_equal). */
function findInterface(elements: readonly InterfaceElement[], name: string | undefined, physical: boolean): Found {
  if (name === undefined) return 'no'
  for (const element of elements) {
    if (element.physical !== physical) continue
    if (element.wildcard ? name.startsWith(element.name) : name === element.name) return element.nomatch ? 'nomatch' : 'yes'
  }
  return 'no'
}
