/**
 * IP addresses as plain values: an IPv4 address is a `number` (uint32), an IPv6 address a `bigint` (128 bit).
 * The two families tell themselves apart by `typeof`, compare with `===`, and are Map keys as they stand.
 */
export type IPv4Address = number
export type IPv6Address = bigint
export type Address = IPv4Address | IPv6Address
export type Family = 'ip' | 'ip6'

export const familyOf = (address: Address): Family => (typeof address === 'number' ? 'ip' : 'ip6')
export const addressBits = (family: Family): 32 | 128 => (family === 'ip' ? 32 : 128)

/** Reads dotted-quad or RFC 4291 text; undefined when it is neither. No octal, no short forms, no zone. */
export function parseAddress(text: string): Address | undefined {
  return text.includes(':') ? parseIPv6(text) : parseIPv4(text)
}

export function parseIPv4(text: string): IPv4Address | undefined {
  let value = 0
  let octet = -1
  let dots = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === 46) {
      if (octet < 0 || ++dots > 3) return undefined
      value = value * 256 + octet
      octet = -1
    } else if (code >= 48 && code <= 57) {
      if (octet === 0) return undefined
      octet = (octet < 0 ? 0 : octet * 10) + code - 48
      if (octet > 255) return undefined
    } else return undefined
  }
  return dots === 3 && octet >= 0 ? value * 256 + octet : undefined
}

export function parseIPv6(text: string): IPv6Address | undefined {
  const gap = text.indexOf('::')
  if (gap !== text.lastIndexOf('::')) return undefined
  const head = groups(gap < 0 ? text : text.slice(0, gap))
  const tail = gap < 0 ? [] : groups(text.slice(gap + 2))
  if (!head || !tail) return undefined
  const missing = 8 - head.length - tail.length
  if (gap < 0 ? missing !== 0 : missing < 1) return undefined
  let value = 0n
  for (const group of [...head, ...new Array<number>(missing).fill(0), ...tail]) value = (value << 16n) | BigInt(group)
  return value
}

function groups(text: string): number[] | undefined {
  if (text === '') return []
  const out: number[] = []
  const parts = text.split(':')
  for (const [i, part] of parts.entries()) {
    if (part.includes('.')) {
      const quad = i === parts.length - 1 ? parseIPv4(part) : undefined
      if (quad === undefined) return undefined
      out.push(quad >>> 16, quad & 0xffff)
    } else {
      if (!/^[0-9a-fA-F]{1,4}$/.test(part)) return undefined
      out.push(Number.parseInt(part, 16))
    }
  }
  return out
}

export function formatAddress(address: Address): string {
  return typeof address === 'number' ? formatIPv4(address) : formatIPv6(address)
}

function formatIPv4(a: IPv4Address): string {
  return `${a >>> 24}.${(a >>> 16) & 255}.${(a >>> 8) & 255}.${a & 255}`
}

/** As inet_ntop(3) prints it: the longest run of two or more zero groups shortened, mapped addresses in dotted form. */
function formatIPv6(a: IPv6Address): string {
  const parts: number[] = []
  for (let shift = 112n; shift >= 0n; shift -= 16n) parts.push(Number((a >> shift) & 0xffffn))
  const mapped = a >> 32n === 0xffffn
  const compatible = a >> 32n === 0n && a > 0xffffn
  if (mapped || compatible) return `${mapped ? '::ffff:' : '::'}${formatIPv4(Number(a & 0xffffffffn))}`
  let best = -1
  let bestLength = 1
  for (let i = 0; i < 8; i++) {
    let n = 0
    while (i + n < 8 && parts[i + n] === 0) n++
    if (n > bestLength) {
      best = i
      bestLength = n
    }
    i += n
  }
  const hex = (list: number[]) => list.map((n) => n.toString(16)).join(':')
  return best < 0 ? hex(parts) : `${hex(parts.slice(0, best))}::${hex(parts.slice(best + bestLength))}`
}
