import type { Expression, PayloadExpression, RawPayloadExpression } from '../expression.ts'
import { TUNNELS } from '../headers.ts'
import { type JsonObject, numberOf, stringOf } from '../json/json.ts'
import type { Cursor } from '../read/cursor.ts'
import { readDccpOption, readIpOption, readSctpChunk, readTcpOption } from './options.ts'

/** `ip saddr`, `arp saddr ether`, `vxlan ip saddr`; the header's name is taken already. */
export function readPayload(cursor: Cursor, protocol: string): Expression {
  if (protocol === 'tcp' && cursor.is('option')) return readTcpOption(cursor)
  if (protocol === 'ip' && cursor.is('option')) return readIpOption(cursor)
  if (protocol === 'sctp' && cursor.is('chunk')) return readSctpChunk(cursor)
  if (protocol === 'dccp' && cursor.is('option')) return readDccpOption(cursor)
  if (TUNNELS.includes(protocol) && cursor.token.kind === 'word' && INNER.has(cursor.token.text)) return readInner(cursor, protocol)
  let field = cursor.name()
  if (protocol === 'arp' && (field === 'saddr' || field === 'daddr'))
    field += ` ${cursor.oneOf(['ip', 'ether'] as const) ?? cursor.fail('ip or ether')}`
  return { kind: 'payload', protocol, field }
}

const INNER = new Set(['ether', 'vlan', 'arp', 'ip', 'ip6', 'icmp', 'icmpv6', 'tcp', 'udp', 'th', 'sctp', 'igmp'])

function readInner(cursor: Cursor, tunnel: string): Expression {
  const inner = readPayload(cursor, cursor.next().text)
  return inner.kind === 'payload' ? { ...inner, tunnel } : cursor.fail('a field of the inner header')
}

/** `@th,16,16`, behind the at sign. */
export function readRawPayload(cursor: Cursor): RawPayloadExpression {
  const base = cursor.name()
  cursor.expect(',')
  const offset = cursor.number()
  cursor.expect(',')
  return { kind: 'raw-payload', base, offset, length: cursor.number() }
}

export function payloadFromJson(json: JsonObject): Expression | undefined {
  const tunnel = stringOf(json.tunnel)
  const beside = tunnel === undefined ? {} : { tunnel }
  const protocol = stringOf(json.protocol)
  const field = stringOf(json.field)
  if (protocol !== undefined && field !== undefined) return { kind: 'payload', protocol, field, ...beside }
  const base = stringOf(json.base)
  const offset = numberOf(json.offset)
  const length = numberOf(json.len)
  return base === undefined || offset === undefined || length === undefined
    ? undefined
    : { kind: 'raw-payload', base, offset, length, ...beside }
}

export function printPayload(node: PayloadExpression | RawPayloadExpression): string {
  const outer = node.tunnel ? `${node.tunnel} ` : ''
  return node.kind === 'payload' ? `${outer}${node.protocol} ${node.field}` : `${outer}@${node.base},${node.offset},${node.length}`
}
