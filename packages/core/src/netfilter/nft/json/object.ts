import type { NftFlowtable, NftObject } from '../ast.ts'
import { formatDuration, formatMilliseconds } from '../duration.ts'
import { formatPriority } from '../priority.ts'
import { limitFromJson, printRate } from '../statements/stateful.ts'
import { type JsonObject, numberOf, objectOf, stringOf, wordsOf } from './json.ts'

const TYPES: readonly string[] = [
  'counter',
  'quota',
  'limit',
  'ct helper',
  'ct timeout',
  'ct expectation',
  'secmark',
  'synproxy',
  'tunnel',
] satisfies NftObject['type'][]
export const isObjectType = (tag: string): tag is NftObject['type'] => TYPES.includes(tag)

export function objectOfJson(type: NftObject['type'], json: JsonObject, line: number): NftObject {
  const handle = numberOf(json.handle)
  const comment = stringOf(json.comment)
  return {
    kind: 'object',
    type,
    name: stringOf(json.name) ?? '',
    body: bodyOf(type, json),
    line,
    ...(handle !== undefined && { handle }),
    ...(comment !== undefined && { comment }),
  }
}

/** obj_print_data() of nftables' rule.c */
function bodyOf(type: NftObject['type'], json: JsonObject): readonly string[] {
  const text = (key: string) => stringOf(json[key])
  const line = (key: string) => (text(key) === undefined ? [] : [`${key} ${text(key)}`])
  switch (type) {
    case 'counter':
      return numberOf(json.packets) === undefined ? [] : [`packets ${numberOf(json.packets)} bytes ${numberOf(json.bytes) ?? 0}`]
    case 'quota': {
      const used = numberOf(json.used) ?? 0
      return [`${json.inv === true ? 'over ' : ''}${bytes(numberOf(json.bytes) ?? 0)}${used > 0 ? ` used ${bytes(used)}` : ''}`]
    }
    case 'limit': {
      const limit = limitFromJson(json)
      const usual = limit.unit === 'packets' && limit.burst === 5
      return [printRate(usual ? { ...limit, burst: undefined as never } : limit)]
    }
    case 'ct helper':
      return [`type "${text('type')}" protocol ${text('protocol')}`, ...line('l3proto')]
    case 'ct timeout': {
      const policy = Object.entries(objectOf(json.policy)).map(([state, seconds]) => `${state} : ${formatDuration(numberOf(seconds) ?? 0)}`)
      return [...line('protocol'), ...line('l3proto'), `policy = { ${policy.join(', ')} }`]
    }
    case 'ct expectation':
      return [
        ...line('protocol'),
        ...line('dport'),
        `timeout ${formatMilliseconds(numberOf(json.timeout) ?? 0)}`,
        ...line('size'),
        ...line('l3proto'),
      ]
    case 'secmark':
      return [`"${text('context')}"`]
    case 'synproxy':
      return [...line('mss'), ...line('wscale'), ...(wordsOf(json.flags).length > 0 ? [wordsOf(json.flags).join(' ')] : [])]
    case 'tunnel':
      return Object.keys(json).flatMap((key) =>
        key === 'family' || key === 'table' || key === 'name' || key === 'handle' ? [] : line(key),
      )
  }
}

/** get_rate() of datatype.c: the largest unit without a rest. */
function bytes(count: number): string {
  const units = ['bytes', 'kbytes', 'mbytes'] as const
  let value = count
  let unit = 0
  while (unit < 2 && value > 0 && value % 1024 === 0) {
    value /= 1024
    unit++
  }
  return `${value} ${units[unit]}`
}

export function flowtableOfJson(json: JsonObject, family: string, line: number): NftFlowtable {
  const hook = stringOf(json.hook) ?? 'ingress'
  const priority = numberOf(json.prio) ?? 0
  const handle = numberOf(json.handle)
  return {
    name: stringOf(json.name) ?? '',
    hook,
    priority,
    priorityText: formatPriority(priority, family === 'bridge' ? 'inet' : family, hook),
    devices: wordsOf(json.dev),
    flags: wordsOf(json.flags),
    counter: json.counter !== undefined,
    line,
    ...(handle !== undefined && { handle }),
  }
}
