import type { Expression } from '../expression.ts'
import { EXTENSION_HEADERS, HEADERS, TUNNELS } from '../headers.ts'
import { isObject, listOf, numberOf, objectOf, stringOf, tagOf } from '../json/json.ts'
import type { Cursor } from '../read/cursor.ts'
import { ctFromJson, printCt, readCt } from './ct.ts'
import { generatorFromJson, printGenerator, readHash, readNumgen } from './generator.ts'
import { META_WORDS, metaFromJson, printMeta, readMeta } from './meta.ts'
import { binaryFromJson, isBinaryOp, printBinary, readBinary } from './operator.ts'
import { optionFromJson, printOption, readExtensionHeader } from './options.ts'
import { payloadFromJson, printPayload, readPayload, readRawPayload } from './payload.ts'
import { fibFromJson, printFib, printRt, readFib, readRt, rtFromJson } from './routing.ts'
import { printSetLiteral, readSetLiteral, setFromJson } from './set.ts'
import { printSocket, readIpsec, readOsf, readSocket, readTunnel, socketFromJson } from './socket.ts'
import { boundFromJson, type Hint, hintOf, printValue, quoted, value, valueFromJson } from './value.ts'
import { isVerdictWord, printVerdict, readVerdict, verdictFromJson } from './verdict.ts'

type Reader = (cursor: Cursor, word: string) => Expression

/** The words that begin an expression; any other word is a value. */
const READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ...Object.keys(HEADERS).map((name): [string, Reader] => [name, readPayload]),
  ...Object.keys(EXTENSION_HEADERS).map((name): [string, Reader] => [name, readExtensionHeader]),
  ...META_WORDS.map((name): [string, Reader] => [name, readMeta]),
  ['meta', readMeta],
  ['exthdr', readExtensionHeader],
  ['ct', readCt],
  ['rt', (cursor, word) => (cursor.token.text in (EXTENSION_HEADERS.rt as object) ? readExtensionHeader(cursor, word) : readRt(cursor))],
  ['fib', readFib],
  ['socket', readSocket],
  ['osf', readOsf],
  ['ipsec', readIpsec],
  ['tunnel', readTunnel],
  ['numgen', readNumgen],
  ['jhash', (cursor) => readHash(cursor, 'jhash')],
  ['symhash', (cursor) => readHash(cursor, 'symhash')],
])

export const beginsExpression = (word: string): boolean => READERS.has(word)

/** An expression with its operators, ranges and prefixes, joined by ` . `, and a map look-up behind it. */
export function readExpression(cursor: Cursor): Expression {
  const key = readConcat(cursor)
  return cursor.accept('map') ? { kind: 'map', key, data: readPrimary(cursor) } : key
}

export function readConcat(cursor: Cursor): Expression {
  const first = readBinary(cursor)
  if (!cursor.is('.')) return first
  const parts = [first]
  while (cursor.accept('.')) parts.push(readBinary(cursor))
  return { kind: 'concat', parts }
}

/** What stands behind an operator or `set`: an expression, or flags joined by commas. */
export function readRight(cursor: Cursor): Expression {
  const first = readExpression(cursor)
  if (!cursor.is(',')) return first
  const items = [first]
  while (cursor.accept(',')) items.push(readExpression(cursor))
  return { kind: 'list', items }
}

export const readMapData = (cursor: Cursor): Expression =>
  cursor.token.kind === 'word' && isVerdictWord(cursor.token.text) ? readVerdict(cursor) : readConcat(cursor)

export function readPrimary(cursor: Cursor): Expression {
  const { token } = cursor
  if (token.kind === 'word') {
    const reader = READERS.get(token.text)
    if (reader && !isAlone(cursor)) {
      cursor.next()
      return reader(cursor, token.text)
    }
  }
  if (token.kind === 'punctuation') return readPunctuated(cursor)
  if (token.kind === 'newline' || token.kind === 'end') return cursor.fail('an expression')
  cursor.next()
  const first: Expression = token.kind === 'string' ? quoted(token.text) : value(token.text)
  return readTail(cursor, first)
}

/** Protocols are values as well: `meta protocol ip udp dport 67`. A header is one only with a field of it behind. */
function isAlone(cursor: Cursor): boolean {
  const word = cursor.token.text
  const header = HEADERS[word]
  const fields = header?.fields ?? EXTENSION_HEADERS[word]
  if (!fields) return false
  const { kind, text } = cursor.second()
  if (kind !== 'word') return text !== '@' || !TUNNELS.includes(word)
  if (text in fields || text === 'option' || text === 'chunk') return false
  if (word === 'rt') return !['classid', 'nexthop', 'mtu', 'ipsec', 'ip', 'ip6'].includes(text)
  if (word === 'arp') return text !== 'saddr' && text !== 'daddr'
  return !(TUNNELS.includes(word) && text in HEADERS)
}

/** `-LAST` and `/LENGTH` behind a value. */
function readTail(cursor: Cursor, first: Expression): Expression {
  let node = first
  if (cursor.is('/') && cursor.token.start === cursor.end && cursor.second().kind === 'number') {
    cursor.next()
    node = { kind: 'prefix', address: node, length: cursor.number() }
  }
  if (!cursor.accept('-')) return node
  const bracketed = cursor.accept('[')
  const { kind } = cursor.token
  const text = cursor.name()
  if (bracketed) cursor.expect(']')
  return { kind: 'range', first: node, last: kind === 'string' ? quoted(text) : value(text) }
}

function readPunctuated(cursor: Cursor): Expression {
  if (cursor.is('{')) return cursor.deeper(() => readSetLiteral(cursor))
  if (cursor.accept('(')) {
    const inner = cursor.deeper(() => readRight(cursor))
    cursor.expect(')')
    return inner
  }
  if (cursor.accept('[')) {
    const address = value(cursor.name())
    cursor.expect(']')
    return readTail(cursor, address)
  }
  if (cursor.accept('@')) {
    const { text } = cursor.token
    const raw = (text === 'll' || text === 'nh' || text === 'th' || text === 'ih') && cursor.second().text === ','
    return raw ? readRawPayload(cursor) : { kind: 'set-reference', name: cursor.name() }
  }
  if (cursor.accept('$')) {
    const name = cursor.name()
    return readTail(cursor, cursor.defines.get(name) ?? cursor.fail(`a define of $${name}`))
  }
  if (cursor.accept('*')) return value('*')
  return cursor.fail('an expression')
}

/** `hint`: the datatype of what it is compared with or stored in, which tells how an integer is printed. */
export function expressionFromJson(json: unknown, hint: Hint): Expression {
  if (typeof json === 'string') return json.startsWith('@') ? { kind: 'set-reference', name: json.slice(1) } : valueFromJson(json, hint)
  if (typeof json === 'number' || typeof json === 'boolean') return valueFromJson(json, hint)
  if (Array.isArray(json)) return { kind: 'list', items: json.map((item) => expressionFromJson(item, hint)) }
  const tagged = tagOf(json)
  const node = tagged && structureFromJson(tagged[0], tagged[1], hint)
  return node ?? { kind: 'opaque', text: JSON.stringify(json) ?? 'null' }
}

function structureFromJson(tag: string, body: unknown, hint: Hint): Expression | undefined {
  const json = objectOf(body)
  const inner = (item: unknown, of: Hint = hint) => expressionFromJson(item, of)
  switch (tag) {
    case 'concat': {
      const hints = Array.isArray(hint) ? (hint as readonly Hint[]) : []
      return { kind: 'concat', parts: listOf(body).map((part, i) => inner(part, hints[i])) }
    }
    case 'range': {
      const [first, last] = listOf(body).map((end) => boundFromJson(end, hint) ?? inner(end))
      return first && last && { kind: 'range', first, last }
    }
    case 'prefix':
      return { kind: 'prefix', address: inner(json.addr), length: numberOf(json.len) ?? 0 }
    case 'set':
      return typeof body === 'string' ? { kind: 'set-reference', name: body.replace(/^@/, '') } : setFromJson(body, hint, undefined)
    case 'map': {
      const key = inner(json.key, undefined)
      const data = objectOf(json.data)
      return { kind: 'map', key, data: isObject(json.data) && 'set' in data ? setFromJson(data.set, hintOf(key), hint) : inner(json.data) }
    }
    default:
      return leafFromJson(tag, body, hint)
  }
}

function leafFromJson(tag: string, body: unknown, hint: Hint): Expression | undefined {
  const json = objectOf(body)
  if (isBinaryOp(tag)) return binaryFromJson(tag, body, hint)
  if (isVerdictWord(tag)) return verdictFromJson(tag, body)
  switch (tag) {
    case 'payload':
      return payloadFromJson(json)
    case 'meta':
      return metaFromJson(json)
    case 'ct':
      return ctFromJson(json)
    case 'rt':
      return rtFromJson(json)
    case 'fib':
      return fibFromJson(json)
    case 'exthdr':
    case 'tcp option':
    case 'ip option':
    case 'sctp chunk':
    case 'dccp option':
      return optionFromJson(tag, json)
    case 'socket':
    case 'osf':
    case 'ipsec':
    case 'tunnel':
      return socketFromJson(tag, json)
    case 'numgen':
    case 'jhash':
    case 'symhash':
      return generatorFromJson(tag, json)
    case 'elem':
      return expressionFromJson(json.val, hint)
    default:
      return stringOf(body) === undefined ? undefined : value(`${tag} ${stringOf(body)}`)
  }
}

export function printExpression(node: Expression): string {
  switch (node.kind) {
    case 'value':
      return printValue(node)
    case 'list':
      return node.items.map(printExpression).join(',')
    case 'range':
      return `${printExpression(node.first)}-${printExpression(node.last)}`
    case 'prefix':
      return `${printExpression(node.address)}/${node.length}`
    case 'concat':
      return node.parts.map(printExpression).join(' . ')
    case 'binary':
      return printBinary(node)
    case 'set':
      return printSetLiteral(node)
    case 'set-reference':
      return `@${node.name}`
    case 'map':
      return `${printExpression(node.key)} map ${printExpression(node.data)}`
    case 'payload':
    case 'raw-payload':
      return printPayload(node)
    case 'exthdr':
    case 'tcp-option':
    case 'ip-option':
    case 'sctp-chunk':
    case 'dccp-option':
      return printOption(node)
    case 'meta':
      return printMeta(node)
    case 'ct':
      return printCt(node)
    case 'rt':
      return printRt(node)
    case 'fib':
      return printFib(node)
    case 'socket':
    case 'osf':
    case 'ipsec':
    case 'tunnel':
      return printSocket(node)
    case 'numgen':
    case 'jhash':
    case 'symhash':
      return printGenerator(node)
    case 'verdict':
      return printVerdict(node)
    case 'opaque':
      return node.text
  }
}
