import { type JsonObject, numberOf, stringOf, wordsOf } from '../json/json.ts'
import type { Cursor } from '../read/cursor.ts'
import type { LogStatement } from '../statement.ts'

/** `prefix "x" group 2 level debug flags tcp sequence,options`, behind `log` */
export function readLog(cursor: Cursor): LogStatement {
  const log: { -readonly [K in keyof LogStatement]: LogStatement[K] } = { kind: 'log' }
  const flags: string[] = []
  for (;;) {
    if (cursor.accept('prefix')) log.prefix = cursor.name()
    else if (cursor.accept('group')) log.group = cursor.number()
    else if (cursor.accept('snaplen')) log.snaplen = cursor.number()
    else if (cursor.accept('queue-threshold')) log.queueThreshold = cursor.number()
    else if (cursor.accept('level')) log.level = cursor.name()
    else if (cursor.accept('flags')) flags.push(...readFlags(cursor))
    else break
  }
  if (flags.length > 0) log.flags = flags
  return log
}

function readFlags(cursor: Cursor): string[] {
  const layer = cursor.oneOf(['tcp', 'ip'] as const)
  if (layer === undefined) return [cursor.name()]
  const flags = [`${layer} ${cursor.name()}`]
  while (cursor.accept(',')) flags.push(`${layer} ${cursor.name()}`)
  return flags
}

export function logFromJson(json: JsonObject): LogStatement {
  const prefix = stringOf(json.prefix)
  const group = numberOf(json.group)
  const snaplen = numberOf(json.snaplen)
  const queueThreshold = numberOf(json['queue-threshold'])
  const level = stringOf(json.level)
  const flags = wordsOf(json.flags)
  return {
    kind: 'log',
    ...(prefix !== undefined && { prefix }),
    ...(group !== undefined && { group }),
    ...(snaplen !== undefined && { snaplen }),
    ...(queueThreshold !== undefined && { queueThreshold }),
    ...(level !== undefined && { level }),
    ...(flags.length > 0 && { flags }),
  }
}

/** log_stmt_print() of statement.c */
export function printLog({ prefix, group, snaplen, queueThreshold, level, flags = [] }: LogStatement): string {
  let text = 'log'
  if (prefix !== undefined) text += ` prefix "${prefix}"`
  if (group !== undefined) text += ` group ${group}`
  if (snaplen !== undefined) text += ` snaplen ${snaplen}`
  if (queueThreshold !== undefined) text += ` queue-threshold ${queueThreshold}`
  if (level !== undefined && level !== 'warn') text += ` level ${level}`
  const tcp = flags.filter((flag) => flag.startsWith('tcp ')).map((flag) => flag.slice(4))
  if (tcp.length > 0) text += ` flags tcp ${tcp.join(',')}`
  for (const flag of flags) if (!flag.startsWith('tcp ')) text += ` flags ${flag}`
  return text
}
