import { formatMilliseconds } from '../duration.ts'
import { type JsonObject, numberOf, objectOf, stringOf } from '../json/json.ts'
import type { Cursor } from '../read/cursor.ts'
import type { CounterStatement, CtCountStatement, LastStatement, LimitStatement, QuotaStatement, Statement } from '../statement.ts'

/** What keeps a state of its own: counter, limit, quota, last, ct count. Each is read behind its first word. */
export function readCounter(cursor: Cursor): CounterStatement {
  let packets: number | undefined
  let bytes: number | undefined
  for (;;) {
    if (cursor.accept('packets')) packets = cursor.number()
    else if (cursor.accept('bytes')) bytes = cursor.number()
    else break
  }
  return { kind: 'counter', ...(packets !== undefined && { packets }), ...(bytes !== undefined && { bytes }) }
}

const UNITS = ['bytes', 'kbytes', 'mbytes'] as const

/** `rate over 1 mbytes/second burst 5 packets` */
export function readLimit(cursor: Cursor): LimitStatement {
  cursor.expect('rate')
  const over = cursor.accept('over')
  const rate = cursor.number()
  let unit = 'packets'
  let per: string
  if (cursor.accept('/')) per = cursor.name()
  else {
    const [first = '', second] = cursor.name().split('/')
    unit = first
    per = second ?? (cursor.accept('/') ? cursor.name() : cursor.fail('/second'))
  }
  if (!cursor.accept('burst')) return { kind: 'limit', over, rate, unit, per }
  const burst = cursor.number()
  const burstUnit = cursor.oneOf([...UNITS, 'packets'] as const)
  return { kind: 'limit', over, rate, unit, per, burst, ...(burstUnit && { burstUnit }) }
}

/** `over 1 kbytes used 0 bytes` */
export function readQuota(cursor: Cursor): QuotaStatement {
  const over = cursor.accept('over')
  if (!over) cursor.accept('until')
  const value = cursor.number()
  const unit = cursor.oneOf(UNITS) ?? cursor.fail('bytes')
  if (!cursor.accept('used')) return { kind: 'quota', over, value, unit }
  const used = cursor.number()
  return { kind: 'quota', over, value, unit, used, usedUnit: cursor.oneOf(UNITS) ?? cursor.fail('bytes') }
}

export const readLast = (cursor: Cursor): LastStatement =>
  cursor.accept('used') ? { kind: 'last', used: cursor.name() } : { kind: 'last' }

/** `over 20`, behind `ct count` */
export function readCtCount(cursor: Cursor): CtCountStatement {
  const over = cursor.accept('over')
  return { kind: 'ct-count', over, value: cursor.number() }
}

export function statefulFromJson(tag: string, body: unknown): Statement | undefined {
  const json = objectOf(body)
  switch (tag) {
    case 'counter': {
      const packets = numberOf(json.packets)
      const bytes = numberOf(json.bytes)
      return { kind: 'counter', ...(packets !== undefined && { packets }), ...(bytes !== undefined && { bytes }) }
    }
    case 'limit':
      return limitFromJson(json)
    case 'quota':
      return quotaFromJson(json)
    case 'last': {
      const used = numberOf(body) ?? numberOf(json.used)
      return { kind: 'last', used: used === undefined ? 'never' : formatMilliseconds(used) }
    }
    case 'ct count':
      return { kind: 'ct-count', over: json.inv === true, value: numberOf(json.val) ?? 0 }
    default:
      return undefined
  }
}

export function limitFromJson(json: JsonObject): LimitStatement {
  const unit = stringOf(json.rate_unit) ?? 'packets'
  const burst = numberOf(json.burst)
  const some = burst !== undefined && burst > 0
  const burstUnit = stringOf(json.burst_unit) ?? (unit === 'packets' ? 'packets' : 'bytes')
  return {
    kind: 'limit',
    over: json.inv === true,
    rate: numberOf(json.rate) ?? 0,
    unit,
    per: stringOf(json.per) ?? 'second',
    ...(some && { burst, burstUnit }),
  }
}

function quotaFromJson(json: JsonObject): QuotaStatement {
  const used = numberOf(json.used)
  return {
    kind: 'quota',
    over: json.inv === true,
    value: numberOf(json.val) ?? 0,
    unit: stringOf(json.val_unit) ?? 'bytes',
    ...(used !== undefined && used > 0 && { used, usedUnit: stringOf(json.used_unit) ?? 'bytes' }),
  }
}

export function printStateful(node: CounterStatement | LimitStatement | QuotaStatement | LastStatement | CtCountStatement): string {
  switch (node.kind) {
    case 'counter':
      return node.packets === undefined && node.bytes === undefined
        ? 'counter'
        : `counter packets ${node.packets ?? 0} bytes ${node.bytes ?? 0}`
    case 'limit':
      return `limit ${printRate(node)}`
    case 'quota':
      return `quota ${printQuota(node)}`
    case 'last':
      return node.used === undefined ? 'last' : `last used ${node.used}`
    case 'ct-count':
      return `ct count ${node.over ? 'over ' : ''}${node.value}`
  }
}

export function printRate({ over, rate, unit, per, burst, burstUnit }: LimitStatement): string {
  const head = `rate ${over ? 'over ' : ''}${rate}${unit === 'packets' ? '' : ` ${unit}`}/${per}`
  return burst === undefined ? head : `${head} burst ${burst} ${burstUnit ?? 'packets'}`
}

export function printQuota({ over, value, unit, used, usedUnit }: QuotaStatement): string {
  return `${over ? 'over ' : ''}${value} ${unit}${used === undefined ? '' : ` used ${used} ${usedUnit ?? 'bytes'}`}`
}
