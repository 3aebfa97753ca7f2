import type { Expression, IpsecExpression, OsfExpression, SocketExpression, TunnelExpression } from '../expression.ts'
import { type JsonObject, numberOf, stringOf } from '../json/json.ts'
import type { Cursor } from '../read/cursor.ts'

/** `socket transparent`, `socket cgroupv2 level 2` */
export function readSocket(cursor: Cursor): SocketExpression {
  const key = cursor.name()
  return { kind: 'socket', key, ...(cursor.accept('level') && { level: cursor.number() }) }
}

/** `osf ttl loose name` */
export function readOsf(cursor: Cursor): OsfExpression {
  const ttl = cursor.accept('ttl') ? cursor.name() : undefined
  return { kind: 'osf', key: cursor.name(), ...(ttl && { ttl }) }
}

/** `ipsec in spnum 1 ip saddr` */
export function readIpsec(cursor: Cursor): IpsecExpression {
  const direction = cursor.name()
  const spnum = cursor.accept('spnum') ? cursor.number() : 0
  const family = cursor.oneOf(['ip', 'ip6'] as const)
  return { kind: 'ipsec', direction, spnum, ...(family && { family }), key: cursor.name() }
}

export const readTunnel = (cursor: Cursor): TunnelExpression => ({ kind: 'tunnel', key: cursor.name() })

export function socketFromJson(tag: string, json: JsonObject): Expression | undefined {
  const key = stringOf(json.key)
  if (key === undefined) return undefined
  const family = stringOf(json.family)
  const level = numberOf(json.level)
  const ttl = stringOf(json.ttl)
  switch (tag) {
    case 'socket':
      return { kind: 'socket', key, ...(level !== undefined && { level }) }
    case 'osf':
      return { kind: 'osf', key, ...(ttl && { ttl }) }
    case 'ipsec':
      return { kind: 'ipsec', direction: stringOf(json.dir) ?? 'in', spnum: numberOf(json.spnum) ?? 0, ...(family && { family }), key }
    default:
      return { kind: 'tunnel', key }
  }
}

export function printSocket(node: SocketExpression | OsfExpression | IpsecExpression | TunnelExpression): string {
  switch (node.kind) {
    case 'socket':
      return `socket ${node.key}${node.level === undefined ? '' : ` level ${node.level}`}`
    case 'osf':
      return `osf ${node.ttl ? `ttl ${node.ttl} ` : ''}${node.key}`
    case 'ipsec':
      return `ipsec ${node.direction} ${node.spnum ? `spnum ${node.spnum} ` : ''}${node.family ? `${node.family} ` : ''}${node.key}`
    case 'tunnel':
      return `tunnel ${node.key}`
  }
}
