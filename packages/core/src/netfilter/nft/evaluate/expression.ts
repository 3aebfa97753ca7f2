import { PROTOCOL } from '../../../net/packet.ts'
import { type Unknown, unknown } from '../../decision.ts'
import type { Scene } from '../../scene.ts'
import type { NftTable } from '../ast.ts'
import type { BinaryExpression, Expression, MapExpression } from '../expression.ts'
import { type Hint, hintOf } from '../expressions/value.ts'
import { constant } from './constant.ts'
import { evaluateCt } from './ct.ts'
import { broken, type Datum, isBroken, isUnknown, type Result, small } from './datum.ts'
import { evaluateFib } from './fib.ts'
import { lookUp, setFor } from './lookup.ts'
import { evaluateMeta } from './meta.ts'
import { patternOf } from './pattern.ts'
import { evaluatePayload, evaluateRawPayload } from './payload.ts'

export type Evaluator = (scene: Scene) => Result

/** Compiles an expression. `hint`: the datatype its literals have, where nothing in it tells. */
export function evaluator(node: Expression, table: NftTable, hint: Hint): Evaluator {
  switch (node.kind) {
    case 'value':
      return constantly(constant(node, hint) ?? unknown(`what ${node.text} stands for is not known`))
    case 'range':
    case 'prefix':
    case 'list':
      return constantly(literal(node, hint))
    case 'payload':
      return evaluatePayload(node)
    case 'raw-payload':
      return evaluateRawPayload(node)
    case 'meta':
      return evaluateMeta(node.key)
    case 'ct':
      return evaluateCt(node)
    case 'fib':
      return evaluateFib(node)
    case 'exthdr':
      // The model's packets have no extension headers.
      return ({ packet }) => (packet.family === 'ip6' && node.field === undefined ? 0 : broken)
    case 'tcp-option':
      return ({ packet }) => {
        if (packet.protocol === PROTOCOL.tcp) return unknown('the TCP options of the packet are not known')
        return node.field === undefined && !node.raw ? 0 : broken
      }
    case 'socket':
      return socketEvaluator(node.key)
    case 'concat':
      return concatEvaluator(node.parts, table, hint)
    case 'binary':
      return binaryEvaluator(node, table, hint)
    case 'map':
      return mapEvaluator(node, table, hint)
    default:
      return constantly(unknown(`${node.kind} expressions are not modelled`))
  }
}

const constantly =
  (result: Result): Evaluator =>
  () =>
    result

/** A range or prefix as what NAT may choose from; flags as one number. */
function literal(node: Expression, hint: Hint): Datum | Unknown {
  const pattern = patternOf(node, hint)
  if (pattern?.kind === 'range') return { kind: 'span', first: pattern.first, last: pattern.last, prefix: node.kind === 'prefix' }
  return pattern?.kind === 'exact' ? pattern.datum : unknown('a literal whose value is not known')
}

function concatEvaluator(parts: readonly Expression[], table: NftTable, hint: Hint): Evaluator {
  const evaluators = parts.map((part, i) => evaluator(part, table, Array.isArray(hint) ? (hint as readonly Hint[])[i] : undefined))
  return (scene) => {
    const data: (Datum | undefined)[] = []
    let missing: Unknown | undefined
    for (const each of evaluators) {
      const result = each(scene)
      // One part that is not there ends the rule, whatever the others are.
      if (isBroken(result)) return result
      if (isUnknown(result)) missing ??= result
      data.push(isUnknown(result) ? undefined : result)
    }
    return missing ? { ...missing, parts: data } : (data as Datum[])
  }
}

function binaryEvaluator({ op, operands }: BinaryExpression, table: NftTable, hint: Hint): Evaluator {
  const first = operands[0] && hintOf(operands[0])
  const evaluators = operands.map((operand, i) =>
    evaluator(operand, table, i > 0 && (op === '<<' || op === '>>') ? 'integer' : (first ?? hint)),
  )
  return (scene) => {
    let value: number | bigint | undefined
    for (const each of evaluators) {
      const result = each(scene)
      if (isBroken(result) || isUnknown(result)) return result
      if (typeof result !== 'number' && typeof result !== 'bigint') return unknown('arithmetic on what is not a number')
      value = value === undefined ? result : combine(op, value, result)
    }
    return value ?? broken
  }
}

/** nft_bitwise_eval(); registers are 32 bits wide for anything that fits, IPv6 addresses stay 128 bits. */
function combine(op: BinaryExpression['op'], a: number | bigint, b: number | bigint): number | bigint {
  if (typeof a === 'number' && typeof b === 'number' && a <= 0xffffffff && b <= 0xffffffff) {
    switch (op) {
      case '&':
        return (a & b) >>> 0
      case '|':
        return (a | b) >>> 0
      case '^':
        return (a ^ b) >>> 0
      case '<<':
        return (a << b) >>> 0
      case '>>':
        return a >>> b
    }
  }
  const wide = typeof a === 'bigint' ? (value: bigint): number | bigint => value & ((1n << 128n) - 1n) : small
  switch (op) {
    case '&':
      return wide(BigInt(a) & BigInt(b))
    case '|':
      return wide(BigInt(a) | BigInt(b))
    case '^':
      return wide(BigInt(a) ^ BigInt(b))
    case '<<':
      return wide(BigInt(a) << BigInt(b))
    case '>>':
      return wide(BigInt(a) >> BigInt(b))
  }
}

function mapEvaluator(node: MapExpression, table: NftTable, hint: Hint): Evaluator {
  const set = setFor(node.data, table, hintOf(node.key), hint)
  const key = evaluator(node.key, table, set.keyHint)
  const data = new Map(set.elements.map((element) => [element, element.data && evaluator(element.data, table, set.dataHint)]))
  return (scene) => {
    const found = key(scene)
    if (isBroken(found)) return found
    const element = lookUp(set, found)
    if (element === undefined) return broken
    if ('why' in element) return element
    return data.get(element)?.(scene) ?? unknown('the map gives nothing here')
  }
}

function socketEvaluator(key: string): Evaluator {
  return (scene) => {
    const socket = scene.socket(scene.packet)
    if (socket === undefined) return broken
    if ('kind' in socket) return socket
    if (key === 'mark') return socket.mark
    return key === 'transparent' || key === 'wildcard' ? (socket[key] ? 1 : 0) : unknown(`socket ${key} is not known`)
  }
}
