import { expressionFromJson, printExpression, readExpression } from '../expressions/dispatch.ts'
import { type JsonContext, NO_CONTEXT } from '../expressions/value.ts'
import { isVerdictWord, readVerdict, verdictFromJson } from '../expressions/verdict.ts'
import { isObject, objectOf, stringOf, tagOf } from '../json/json.ts'
import { Cursor, ReadProblem } from '../read/cursor.ts'
import type { ObjectReferenceStatement, Statement } from '../statement.ts'
import { mangleFromJson, matchFromJson, printMangle, printMatch, printVmap, readCondition, vmapFromJson } from './condition.ts'
import {
  dupFromJson,
  fwdFromJson,
  printDup,
  printFwd,
  printQueue,
  printSynproxy,
  queueFromJson,
  readDup,
  readFwd,
  readQueue,
  readSynproxy,
  synproxyFromJson,
} from './deliver.ts'
import { logFromJson, printLog, readLog } from './log.ts'
import { natFromJson, printNat, printTproxy, readNat, readTproxy, tproxyFromJson } from './nat.ts'
import { objectFromJson, printObjectReference, readObjectReference, readXt, xtFromJson } from './object.ts'
import { printReject, readReject, rejectFromJson } from './reject.ts'
import { meterFromJson, printMeter, printSetUpdate, readMeter, readSetUpdate, setUpdateFromJson } from './set-update.ts'
import { printStateful, readCounter, readCtCount, readLast, readLimit, readQuota, statefulFromJson } from './stateful.ts'

type Reader = (cursor: Cursor) => Statement

const orNamed =
  (type: ObjectReferenceStatement['type'], read: Reader): Reader =>
  (cursor) =>
    cursor.accept('name') ? readObjectReference(cursor, type) : read(cursor)

/** Statements by their first word, which is taken before the reader runs. All others begin with an expression. */
const READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['counter', orNamed('counter', readCounter)],
  ['limit', orNamed('limit', readLimit)],
  ['quota', orNamed('quota', readQuota)],
  ['synproxy', orNamed('synproxy', readSynproxy)],
  ['last', readLast],
  ['snat', (cursor) => readNat(cursor, 'snat')],
  ['dnat', (cursor) => readNat(cursor, 'dnat')],
  ['masquerade', (cursor) => readNat(cursor, 'masquerade')],
  ['redirect', (cursor) => readNat(cursor, 'redirect')],
  ['tproxy', readTproxy],
  ['reject', readReject],
  ['log', readLog],
  ['queue', readQueue],
  ['dup', readDup],
  ['fwd', readFwd],
  ['notrack', () => ({ kind: 'notrack' })],
  ['add', (cursor) => readSetUpdate(cursor, 'add')],
  ['update', (cursor) => readSetUpdate(cursor, 'update')],
  ['delete', (cursor) => readSetUpdate(cursor, 'delete')],
  ['meter', readMeter],
  ['flow', readFlow],
  ['reset', (cursor) => ({ kind: 'reset', option: readExpression(cursor) })],
  ['xt', readXt],
])

const CT_OBJECTS = ['helper', 'timeout', 'expectation'] as const

export function readStatement(cursor: Cursor): Statement {
  const { kind, text } = cursor.token
  if (kind === 'word') {
    if (isVerdictWord(text) && text !== 'queue') return readVerdict(cursor)
    const reader = READERS.get(text)
    if (reader) {
      cursor.next()
      return reader(cursor)
    }
    if (text === 'ct') return readCtStatement(cursor) ?? readCondition(cursor)
    if (text === 'tunnel' && cursor.second().text === 'name') {
      cursor.next()
      cursor.next()
      return readObjectReference(cursor, 'tunnel')
    }
  }
  return readCondition(cursor)
}

/** `ct count over 3`, `ct helper set "ftp"`; undefined: an expression, and nothing is taken. */
function readCtStatement(cursor: Cursor): Statement | undefined {
  const start = cursor.place()
  cursor.next()
  if (cursor.accept('count')) return readCtCount(cursor)
  const object = cursor.oneOf(CT_OBJECTS)
  if (object && cursor.accept('set')) return readObjectReference(cursor, `ct ${object}`)
  cursor.reset(start)
  return undefined
}

function readFlow(cursor: Cursor): Statement {
  if (!cursor.accept('add')) cursor.expect('offload')
  cursor.expect('@')
  return { kind: 'flow', flowtable: cursor.name() }
}

/** What an element of a set may carry. */
const CARRIED = new Set(['counter', 'limit', 'quota', 'last'])
export const isElementStatement = (cursor: Cursor): boolean =>
  cursor.token.kind === 'word' && (CARRIED.has(cursor.token.text) || (cursor.token.text === 'ct' && cursor.second().text === 'count'))
export const readElementStatement = readStatement

export function statementFromJson(json: unknown, context: JsonContext = NO_CONTEXT): Statement {
  const tagged = tagOf(json)
  const statement = tagged ? taggedFromJson(tagged[0], tagged[1], context) : typeof json === 'string' ? statementFromText(json) : undefined
  return statement ?? { kind: 'opaque', text: JSON.stringify(json) ?? 'null' }
}

/** Where older versions have no JSON for a statement they give its text. */
function statementFromText(text: string): Statement | undefined {
  const cursor = new Cursor(text)
  try {
    const statement = readStatement(cursor)
    return cursor.atEnd() ? statement : undefined
  } catch (error) {
    if (error instanceof ReadProblem) return undefined
    throw error
  }
}

/** Before 1.0.7 the usual burst of a limit was not printed. */
function unusual(statement: Statement | undefined, { version }: JsonContext): Statement | undefined {
  if (version >= 10007 || statement?.kind !== 'limit' || statement.unit !== 'packets' || statement.burst !== 5) return statement
  const { burst: _, burstUnit: __, ...rest } = statement
  return rest
}

function taggedFromJson(tag: string, body: unknown, context: JsonContext): Statement | undefined {
  const json = objectOf(body)
  if (tag === 'queue') return queueFromJson(json)
  if (isVerdictWord(tag)) return verdictFromJson(tag, body)
  const named = objectTag(tag, body)
  if (named) return objectFromJson(named, body)
  switch (tag) {
    case 'match':
      return matchFromJson(json, context)
    case 'vmap':
      return vmapFromJson(json, context)
    case 'mangle':
      return mangleFromJson(json)
    case 'snat':
    case 'dnat':
    case 'masquerade':
    case 'redirect':
      return natFromJson(tag, json)
    case 'tproxy':
      return tproxyFromJson(json)
    case 'reject':
      return rejectFromJson(json, context)
    case 'log':
      return logFromJson(json)
    case 'dup':
      return dupFromJson(json)
    case 'fwd':
      return fwdFromJson(json)
    case 'synproxy':
      return synproxyFromJson(json)
    case 'notrack':
      return { kind: 'notrack' }
    case 'set':
    case 'map':
      return setUpdateFromJson(json, context)
    case 'meter':
      return meterFromJson(json)
    case 'flow':
      return { kind: 'flow', flowtable: (stringOf(json.flowtable) ?? '').replace(/^@/, '') }
    case 'reset':
      return { kind: 'reset', option: expressionFromJson(body, undefined) }
    case 'xt':
      return xtFromJson(json)
    default:
      return unusual(statefulFromJson(tag, body), context)
  }
}

/** `{"counter": "name"}` and `{"counter": {"map": …}}` name an object; `{"counter": {"packets": …}}` is one. */
function objectTag(tag: string, body: unknown): ObjectReferenceStatement['type'] | undefined {
  const byName = typeof body === 'string' || (isObject(body) && 'map' in body)
  switch (tag) {
    case 'counter':
    case 'quota':
    case 'limit':
    case 'synproxy':
    case 'tunnel':
      return byName ? tag : undefined
    case 'ct helper':
    case 'ct timeout':
    case 'ct expectation':
    case 'secmark':
      return tag
    default:
      return undefined
  }
}

export function printStatement(node: Statement): string {
  switch (node.kind) {
    case 'match':
      return printMatch(node)
    case 'vmap':
      return printVmap(node)
    case 'verdict':
      return printExpression(node)
    case 'mangle':
      return printMangle(node)
    case 'counter':
    case 'limit':
    case 'quota':
    case 'last':
    case 'ct-count':
      return printStateful(node)
    case 'snat':
    case 'dnat':
    case 'masquerade':
    case 'redirect':
      return printNat(node)
    case 'tproxy':
      return printTproxy(node)
    case 'reject':
      return printReject(node)
    case 'log':
      return printLog(node)
    case 'notrack':
      return 'notrack'
    case 'object':
      return printObjectReference(node)
    case 'dup':
      return printDup(node)
    case 'fwd':
      return printFwd(node)
    case 'queue':
      return printQueue(node)
    case 'synproxy':
      return printSynproxy(node)
    case 'set-update':
      return printSetUpdate(node)
    case 'meter':
      return printMeter(node)
    case 'flow':
      return `flow add @${node.flowtable}`
    case 'reset':
      return `reset ${printExpression(node.option)}`
    case 'xt':
    case 'opaque':
      return node.text
  }
}
