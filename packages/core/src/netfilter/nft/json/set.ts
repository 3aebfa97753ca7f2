import type { NftType } from '../ast.ts'
import { formatDuration } from '../duration.ts'
import type { Expression } from '../expression.ts'
import { expressionFromJson } from '../expressions/dispatch.ts'
import { elementFromJson } from '../expressions/set.ts'
import { type Hint, hintOf, value } from '../expressions/value.ts'
import { addElements, type SetDraft } from '../read/draft.ts'
import type { Statement } from '../statement.ts'
import { statementFromJson } from '../statements/dispatch.ts'
import { isObject, type JsonObject, listOf, numberOf, stringOf, wordsOf } from './json.ts'

/** Set flags in the order that nft prints them. */
const FLAG_ORDER = ['constant', 'dynamic', 'interval', 'timeout']

export function fillSet(set: SetDraft, json: JsonObject): void {
  set.type = typeOfJson(json.type)
  if (json.map !== undefined) set.data = dataType(typeOfJson(json.map), set.type)
  set.flags = wordsOf(json.flags).sort((a, b) => FLAG_ORDER.indexOf(a) - FLAG_ORDER.indexOf(b))
  set.handle = numberOf(json.handle)
  set.comment = stringOf(json.comment)
  set.policy = stringOf(json.policy)
  set.size = numberOf(json.size)
  const timeout = numberOf(json.timeout)
  // A default timeout says so already (set_print_declaration).
  if (timeout !== undefined && set.flags.join() === 'timeout') set.flags = []
  set.timeout = timeout === undefined ? undefined : formatDuration(timeout)
  const collect = numberOf(json['gc-interval'])
  set.gcInterval = collect === undefined ? undefined : formatDuration(collect)
  if (json['auto-merge'] === true) set.autoMerge = true
  set.statements = listOf(json.stmt).map((statement) => declared(statementFromJson(statement)))
  fillElements(set, json.elem)
}

const declared = (statement: Statement): Statement => (statement.kind === 'last' ? { kind: 'last' } : statement)

/** Elements of a set whose types are known already. */
export function fillElements(set: SetDraft, json: unknown): void {
  const hint = hintOfType(set.type)
  const dataHint = set.data && hintOfType(set.data)
  addElements(
    set,
    listOf(json).map((element) => elementFromJson(element, hint, dataHint)),
  )
  const intervals = (node: Expression | undefined): boolean =>
    node?.kind === 'range' || node?.kind === 'prefix' || (node?.kind === 'concat' && node.parts.some(intervals))
  if (set.elements.some((element) => intervals(element.data))) set.dataInterval = true
}

/** A name, a list of names, names joined by dots, or `{"typeof": EXPRESSION}`. */
function typeOfJson(json: unknown): NftType {
  if (isObject(json) && 'typeof' in json) return { kind: 'typeof', expression: expressionFromJson(json.typeof, undefined) }
  return { kind: 'type', names: wordsOf(json).flatMap((name) => name.split(' . ')) }
}

/** JSON tells a map's data by datatype even where its key is by `typeof`: an expression of that datatype stands for it. */
function dataType(data: NftType, key: NftType): NftType {
  if (data.kind === 'typeof' || key.kind === 'type') return data
  const parts = data.names.map((name): Expression => SAMPLES[name] ?? value(name))
  return { kind: 'typeof', expression: parts.length === 1 ? (parts[0] as Expression) : { kind: 'concat', parts } }
}

const SAMPLES: Readonly<Record<string, Expression>> = {
  ipv4_addr: { kind: 'payload', protocol: 'ip', field: 'daddr' },
  ipv6_addr: { kind: 'payload', protocol: 'ip6', field: 'daddr' },
  ether_addr: { kind: 'payload', protocol: 'ether', field: 'daddr' },
  inet_service: { kind: 'payload', protocol: 'tcp', field: 'dport' },
  inet_proto: { kind: 'meta', key: 'l4proto' },
  mark: { kind: 'meta', key: 'mark' },
  classid: { kind: 'meta', key: 'priority' },
  ifname: { kind: 'meta', key: 'oifname' },
  iface_index: { kind: 'meta', key: 'oif' },
}

/** Named objects are given by name, in quotes. */
const OBJECTS = new Set(['counter', 'quota', 'limit', 'ct helper', 'ct timeout', 'ct expectation', 'secmark', 'synproxy', 'tunnel'])

export function hintOfType(type: NftType): Hint {
  if (type.kind === 'typeof') {
    const { expression } = type
    return expression.kind === 'value' || (expression.kind === 'ct' && OBJECTS.has(`ct ${expression.key}`) && expression.key !== 'helper')
      ? objectHint(expression)
      : hintOf(expression)
  }
  const hints = type.names.map((name) => (OBJECTS.has(name) ? 'string' : name))
  return hints.length === 1 ? hints[0] : hints
}

const objectHint = (expression: Expression): Hint =>
  expression.kind === 'value' && !OBJECTS.has(expression.text) ? expression.text : 'string'
