import { parseAddress, parseIPv4, parseIPv6 } from '../../../net/address.ts'
import { parseProtocol } from '../../../net/protocol.ts'
import { parseDuration } from '../duration.ts'
import type { Expression, Value } from '../expression.ts'
import type { Hint } from '../expressions/value.ts'
import { SYMBOLS } from '../symbols.ts'
import { type Datum, small } from './datum.ts'

/** The value that a literal stands for, of this datatype. undefined: not known (a name from a table on the host). */
export function constant(node: Value, hint: Hint): Datum | undefined {
  const type = typeof hint === 'string' ? hint : undefined
  const { text } = node
  switch (type) {
    case 'ipv4_addr':
      return parseIPv4(text)
    case 'ipv6_addr':
      return parseIPv6(text)
    case 'ether_addr':
      return parseMac(text)
    case 'ifname':
    case 'string':
    case 'ifkind':
    case 'iface_type':
    case 'cgroupsv2':
      return text.replace(/\\\*$/, '*')
    case 'iface_index':
      return text === '0' ? '' : /^\d+$/.test(text) ? undefined : text
    case 'classid':
      return parseClassid(text)
    case 'inet_proto':
      return SYMBOLS.inet_proto?.[text] ?? parseProtocol(text)
    case 'seconds':
      return parseSeconds(text)
    case undefined:
      return node.quoted ? text : (parseAddress(text) ?? parseMac(text) ?? number(text))
    default: {
      const symbols = SYMBOLS[type]
      return symbols && Object.hasOwn(symbols, text) ? symbols[text] : number(text)
    }
  }
}

/** Flags joined by `,` or `|`, as one number. */
export function flagsOf(node: Expression, hint: Hint): number | undefined {
  const items = node.kind === 'list' ? node.items : node.kind === 'binary' && node.op === '|' ? node.operands : [node]
  let flags = 0
  for (const item of items) {
    const flag =
      item.kind === 'value' ? constant(item, hint) : item.kind === 'list' || item.kind === 'binary' ? flagsOf(item, hint) : undefined
    if (typeof flag !== 'number') return undefined
    flags = (flags | flag) >>> 0
  }
  return flags
}

function number(text: string): number | bigint | undefined {
  if (!/^(?:0[xX][0-9a-fA-F]+|\d+)$/.test(text)) return undefined
  return small(BigInt(text))
}

function parseMac(text: string): number | undefined {
  if (!/^[0-9a-fA-F]{1,2}(?::[0-9a-fA-F]{1,2}){5}$/.test(text)) return undefined
  return text.split(':').reduce((sum, byte) => sum * 256 + Number.parseInt(byte, 16), 0)
}
export const macOf = (text: string | undefined): number | undefined => (text === undefined ? undefined : parseMac(text))
export const formatMac = (mac: number): string =>
  [5, 4, 3, 2, 1, 0].map((i) => (Math.floor(mac / 256 ** i) % 256).toString(16).padStart(2, '0')).join(':')

/** tc's `major:minor`, both in hexadecimal. */
function parseClassid(text: string): number | undefined {
  const found = /^([0-9a-fA-F]{0,4}):([0-9a-fA-F]{0,4})$/.exec(text)
  if (found) return Number.parseInt(found[1] || '0', 16) * 0x10000 + Number.parseInt(found[2] || '0', 16)
  return SYMBOLS.classid?.[text] ?? (number(text) as number | undefined)
}

function parseSeconds(text: string): number | undefined {
  const milliseconds = parseDuration(text)
  return milliseconds === undefined ? undefined : milliseconds / 1000
}
