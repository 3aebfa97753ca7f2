import { type Address, addressBits, familyOf } from '../../net/address.ts'
import type { Decision } from '../decision.ts'
import type { Ipset } from './ast.ts'
import { type Part, readElement } from './element.ts'
import type { SetKey } from './key.ts'
import type { Ipsets } from './oracle.ts'
import { setType } from './types.ts'

/**
 * What `ipset test SET ELEMENT` says: is this element in the set? For a list, is this set a member of it?
 * undefined: no such set, or not an element of its type.
 */
export function testElement(set: Ipset, element: string, sets: Ipsets): Decision | undefined {
  if (set.type === 'list:set') return set.entries.some((entry) => entry.element === element)
  const type = setType(set.type)
  const parts = type && readElement(element.split(','), type)
  return parts && sets.lookup(set.name, elementKey(parts, type.dimensions.length))
}

function elementKey(parts: readonly Part[], dimensions: number): SetKey {
  const pick = <D extends Part['dimension']>(i: number, ...of: readonly D[]): Extract<Part, { dimension: D }> | undefined => {
    const part = parts[i]
    return part && (of as readonly string[]).includes(part.dimension) ? (part as Extract<Part, { dimension: D }>) : undefined
  }
  const address = (i: number): Address => pick(i, 'ip')?.range.first ?? pick(i, 'net')?.prefixes[0]?.address ?? 0
  const length = (i: number): number => pick(i, 'net')?.prefixes[0]?.length ?? 0
  const first = parts.findIndex((part) => part.dimension === 'ip' || part.dimension === 'net')
  const family = first < 0 ? 'ip' : familyOf(address(first))
  const asksNetwork = parts.some((part, i) => part.dimension === 'net' && length(i) !== addressBits(family))
  return {
    family,
    dimensions,
    mark: parts.map((_, i) => pick(i, 'mark')?.mark).find((mark) => mark !== undefined) ?? 0,
    address,
    port: (i) => {
      const part = pick(i, 'port', 'any-port')
      return part?.dimension === 'any-port' ? (6 << 16) | part.first : part?.first
    },
    mac: (i) => pick(i, 'mac')?.mac,
    iface: (i) => pick(i, 'iface')?.name,
    physical: parts.some((_, i) => pick(i, 'iface')?.physical === true),
    ...(asksNetwork ? { length } : {}),
  }
}
