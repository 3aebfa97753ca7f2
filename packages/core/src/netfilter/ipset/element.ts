import type { Address } from '../../net/address.ts'
import { type Prefix, parsePrefix } from '../../net/prefix.ts'
import { parsePort, parseProtocol } from '../../net/protocol.ts'
import { type AddressRange, parseAddressRange, prefixesOf, rangeSize } from '../../net/range.ts'
import { parseIcmp } from './icmp.ts'
import type { Dimension, SetType } from './types.ts'

/** One dimension's part of an element, as the kernel keys it. A port is protocol << 16 | port (ICMP: type << 8 | code). */
export type Part =
  | { readonly dimension: 'ip'; readonly range: AddressRange }
  | { readonly dimension: 'net'; readonly prefixes: readonly Prefix[] }
  | { readonly dimension: 'port' | 'any-port'; readonly first: number; readonly last: number }
  | { readonly dimension: 'mac'; readonly mac: string }
  | { readonly dimension: 'mark'; readonly mark: number }
  | { readonly dimension: 'iface'; readonly name: string; readonly physical: boolean }

/** An element may name at most so many keys (IPSET_MAX_RANGE is 1 << 20 for one `add`). */
export const MAX_KEYS = 1 << 20

/** Reads an element's dimensions; undefined when one of them is not what the type takes. A bitmap:ip,mac element may lack its MAC. */
export function readElement(parts: readonly string[], type: SetType): readonly Part[] | undefined {
  const optionalMac = type.family === 'inet' && type.dimensions[1] === 'mac'
  if (parts.length > type.dimensions.length || parts.length < type.dimensions.length - (optionalMac ? 1 : 0)) return undefined
  const out: Part[] = []
  for (const [i, text] of parts.entries()) {
    const part = readPart(text, type.dimensions[i] as Dimension)
    if (!part) return undefined
    out.push(part)
  }
  return out
}

function readPart(text: string, dimension: Dimension): Part | undefined {
  switch (dimension) {
    case 'ip': {
      const range = parseAddressRange(text)
      return range && rangeSize(range) <= MAX_KEYS ? { dimension, range } : undefined
    }
    case 'net': {
      const prefixes = readNets(text)
      return prefixes && { dimension, prefixes }
    }
    case 'port':
    case 'any-port':
      return readPorts(text, dimension)
    case 'mac':
      return /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(text) ? { dimension, mac: text.toLowerCase() } : undefined
    case 'mark':
      return /^(0x[0-9a-f]{1,8}|\d{1,10})$/i.test(text) && Number(text) <= 0xffffffff ? { dimension, mark: Number(text) } : undefined
    case 'iface': {
      const physical = text.startsWith('physdev:')
      const name = physical ? text.slice('physdev:'.length) : text
      return name ? { dimension, name, physical } : undefined
    }
  }
}

function readNets(text: string): readonly Prefix[] | undefined {
  if (!text.includes('-')) {
    const prefix = parsePrefix(text)
    return prefix && [prefix]
  }
  const range = parseAddressRange(text)
  return range && prefixesOf(range)
}

/** `[proto:]port[-port]`, `icmp:NAME`, `proto:0`; the protocol is tcp when left out. */
function readPorts(text: string, dimension: 'port' | 'any-port'): Part | undefined {
  const colon = text.indexOf(':')
  const protocol = colon < 0 ? 6 : parseProtocol(text.slice(0, colon))
  const value = text.slice(colon + 1)
  if (protocol === undefined) return undefined
  const base = dimension === 'any-port' ? 0 : protocol << 16
  if (protocol === 1 || protocol === 58) {
    const icmp = parseIcmp(value, protocol === 1 ? 4 : 6)
    return icmp === undefined ? undefined : { dimension, first: base | icmp, last: base | icmp }
  }
  const whole = parsePort(value)
  if (whole !== undefined) return { dimension, first: base | whole, last: base | whole }
  const dash = value.indexOf('-')
  const [first, last] = [parsePort(value.slice(0, dash)), parsePort(value.slice(dash + 1))]
  if (dash < 0 || first === undefined || last === undefined || last < first) return undefined
  return { dimension, first: base | first, last: base | last }
}

/** An address under a mask of its family. */
export function overlay(address: Address, mask: Address | undefined): Address {
  if (mask === undefined) return address
  if (typeof address === 'number') return typeof mask === 'number' ? (address & mask) >>> 0 : address
  return typeof mask === 'bigint' ? address & mask : address
}
