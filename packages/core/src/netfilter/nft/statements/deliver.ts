import { expressionFromJson, printExpression, readExpression, readRight } from '../expressions/dispatch.ts'
import { value } from '../expressions/value.ts'
import { type JsonObject, numberOf, stringOf, wordsOf } from '../json/json.ts'
import type { Cursor } from '../read/cursor.ts'
import type { DupStatement, FwdStatement, QueueStatement, SynproxyStatement } from '../statement.ts'

/** Statements that hand the packet or a copy of it to someone: queue, dup, fwd, synproxy. Each is read behind its word. */
const QUEUE_FLAGS = ['bypass', 'fanout'] as const

export function readQueue(cursor: Cursor): QueueStatement {
  const flags: string[] = []
  const readFlags = () => {
    for (let flag = cursor.oneOf(QUEUE_FLAGS); flag; flag = cursor.oneOf(QUEUE_FLAGS)) {
      flags.push(flag)
      cursor.accept(',')
    }
  }
  if (cursor.accept('flags')) readFlags()
  const number = cursor.accept('to') || cursor.accept('num') ? readExpression(cursor) : undefined
  if (cursor.accept('options')) readFlags()
  readFlags()
  return { kind: 'queue', ...(number && { number }), flags }
}

export function readDup(cursor: Cursor): DupStatement {
  cursor.expect('to')
  const to = readExpression(cursor)
  return { kind: 'dup', to, ...(cursor.accept('device') && { device: readRight(cursor) }) }
}

export function readFwd(cursor: Cursor): FwdStatement {
  const family = cursor.oneOf(['ip', 'ip6'] as const)
  cursor.expect('to')
  const to = readExpression(cursor)
  return { kind: 'fwd', to, ...(family && { family }), ...(cursor.accept('device') && { device: readRight(cursor) }) }
}

export function readSynproxy(cursor: Cursor): SynproxyStatement {
  let mss: number | undefined
  let wscale: number | undefined
  const flags: string[] = []
  for (;;) {
    if (cursor.accept('mss')) mss = cursor.number()
    else if (cursor.accept('wscale')) wscale = cursor.number()
    else {
      const flag = cursor.oneOf(['timestamp', 'sack-perm'] as const)
      if (!flag) break
      flags.push(flag)
    }
  }
  return { kind: 'synproxy', ...(mss !== undefined && { mss }), ...(wscale !== undefined && { wscale }), flags }
}

export const queueFromJson = (json: JsonObject): QueueStatement => ({
  kind: 'queue',
  ...(json.num !== undefined && { number: expressionFromJson(json.num, 'integer') }),
  flags: wordsOf(json.flags),
})

export const dupFromJson = (json: JsonObject): DupStatement => ({
  kind: 'dup',
  to: expressionFromJson(json.addr, 'address_or_ifname'),
  ...(json.dev !== undefined && { device: expressionFromJson(json.dev, 'ifname') }),
})

export function fwdFromJson(json: JsonObject): FwdStatement {
  const family = stringOf(json.family)
  const device = expressionFromJson(json.dev, 'ifname')
  if (json.addr === undefined) return { kind: 'fwd', to: device }
  return { kind: 'fwd', to: expressionFromJson(json.addr, undefined), ...((family === 'ip' || family === 'ip6') && { family }), device }
}

export function synproxyFromJson(json: JsonObject): SynproxyStatement {
  const mss = numberOf(json.mss)
  const wscale = numberOf(json.wscale)
  return { kind: 'synproxy', ...(mss !== undefined && { mss }), ...(wscale !== undefined && { wscale }), flags: wordsOf(json.flags) }
}

export function printQueue({ number, flags }: QueueStatement): string {
  return `queue${flags.length > 0 ? ` flags ${flags.join(',')}` : ''} to ${printExpression(number ?? value('0'))}`
}

export const printDup = ({ to, device }: DupStatement): string =>
  `dup to ${printExpression(to)}${device ? ` device ${printExpression(device)}` : ''}`

export function printFwd({ to, family, device }: FwdStatement): string {
  return `fwd${family ? ` ${family}` : ''} to ${printExpression(to)}${device ? ` device ${printExpression(device)}` : ''}`
}

export function printSynproxy({ mss, wscale, flags }: SynproxyStatement): string {
  return ['synproxy', ...(mss === undefined ? [] : [`mss ${mss}`]), ...(wscale === undefined ? [] : [`wscale ${wscale}`]), ...flags].join(
    ' ',
  )
}
