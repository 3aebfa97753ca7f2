import type { Expression, ExtensionHeaderExpression, OptionExpression, TcpOptionExpression } from '../expression.ts'
import { EXTENSION_HEADERS } from '../headers.ts'
import { type JsonObject, numberOf, stringOf } from '../json/json.ts'
import type { Cursor } from '../read/cursor.ts'

const TCP_FIELDS = ['kind', 'length', 'size', 'count', 'left', 'right', 'tsval', 'tsecr', 'subtype'] as const
const IP_FIELDS = ['type', 'length', 'value', 'ptr', 'addr'] as const

/** `frag id`, `srh sid[1]`, `exthdr frag`; the first word is taken already. */
export function readExtensionHeader(cursor: Cursor, name: string): ExtensionHeaderExpression {
  if (name === 'exthdr') return { kind: 'exthdr', name: cursor.name() }
  const field = cursor.name()
  if (!cursor.accept('[')) return { kind: 'exthdr', name, field }
  const index = cursor.number()
  cursor.expect(']')
  return { kind: 'exthdr', name, field, index }
}

export function readTcpOption(cursor: Cursor): TcpOptionExpression {
  cursor.expect('option')
  if (cursor.accept('@')) {
    const base = cursor.number()
    cursor.expect(',')
    const offset = cursor.number()
    cursor.expect(',')
    return { kind: 'tcp-option', name: String(base), raw: { base, offset, length: cursor.number() } }
  }
  const name = cursor.name()
  const field = cursor.oneOf(TCP_FIELDS)
  return { kind: 'tcp-option', name, ...(field && { field }) }
}

export function readIpOption(cursor: Cursor): OptionExpression {
  cursor.expect('option')
  const name = cursor.name()
  const field = cursor.oneOf(IP_FIELDS)
  return { kind: 'ip-option', name, ...(field && { field }) }
}

export function readSctpChunk(cursor: Cursor): OptionExpression {
  cursor.expect('chunk')
  const name = cursor.name()
  const bare = cursor.is('exists') || cursor.is('missing') || cursor.token.kind !== 'word'
  return { kind: 'sctp-chunk', name, ...(!bare && { field: cursor.name() }) }
}

export function readDccpOption(cursor: Cursor): OptionExpression {
  cursor.expect('option')
  return { kind: 'dccp-option', name: cursor.name() }
}

export function optionFromJson(tag: string, json: JsonObject): Expression | undefined {
  const name = stringOf(json.name) ?? stringOf(json.type)
  const field = stringOf(json.field)
  const beside = field === undefined ? {} : { field }
  if (tag === 'tcp option') {
    const base = numberOf(json.base)
    const offset = numberOf(json.offset) ?? 0
    const length = numberOf(json.len) ?? 8
    // The kind's own byte stands for the option as a whole.
    if (base !== undefined && offset === 0 && (length === 8 || length === 0)) return { kind: 'tcp-option', name: String(base) }
    if (base !== undefined)
      return { kind: 'tcp-option', name: String(base), raw: { base, offset: numberOf(json.offset) ?? 0, length: numberOf(json.len) ?? 8 } }
  }
  if (name === undefined) return undefined
  switch (tag) {
    case 'tcp option':
      return { kind: 'tcp-option', name, ...beside }
    case 'ip option':
      return { kind: 'ip-option', name, ...beside }
    case 'sctp chunk':
      return { kind: 'sctp-chunk', name, ...beside }
    case 'dccp option':
      return { kind: 'dccp-option', name }
    default: {
      const index = numberOf(json.offset)
      const indexed = field !== undefined && (field === 'sid' || (field === 'addr' && name in EXTENSION_HEADERS))
      return { kind: 'exthdr', name, ...beside, ...(indexed && index !== undefined && { index }) }
    }
  }
}

export function printOption(node: TcpOptionExpression | OptionExpression | ExtensionHeaderExpression): string {
  if (node.kind === 'exthdr') {
    if (node.field === undefined) return `exthdr ${node.name}`
    return `${node.name} ${node.field}${node.index === undefined ? '' : `[${node.index}]`}`
  }
  if (node.kind === 'tcp-option' && node.raw) return `tcp option @${node.raw.base},${node.raw.offset},${node.raw.length}`
  return `${node.kind.replace('-', ' ')} ${node.name}${node.field === undefined ? '' : ` ${node.field}`}`
}
