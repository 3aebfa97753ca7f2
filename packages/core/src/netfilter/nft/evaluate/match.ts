import { type Decision, negate, unknown } from '../../decision.ts'
import type { NftTable } from '../ast.ts'
import { isBitmask, typeOf } from '../datatype.ts'
import type { Expression, SetElement } from '../expression.ts'
import { type Hint, hintOf } from '../expressions/value.ts'
import type { MatchStatement } from '../statement.ts'
import { flagsOf } from './constant.ts'
import { type Datum, isBroken, isUnknown, type Partial, reason } from './datum.ts'
import { drawOf, drawShare } from './draw.ts'
import { evaluator } from './expression.ts'
import { lookUp, setFor } from './lookup.ts'
import { fits, patternOf } from './pattern.ts'
import type { Op } from './rule.ts'
import { assumption } from './stateful.ts'

type Test = (datum: Datum) => Decision

/** nft_cmp_eval(), nft_range_eval(), nft_lookup_eval(), and nft_bitwise for flags. */
export function compileMatch(given: MatchStatement, table: NftTable): Op {
  const match = presenceOfRoute(given)
  const { left, right, op } = match
  const byIndex = interfaceByIndex(match)
  if (byIndex) return byIndex
  const inSet = right.kind === 'set' || right.kind === 'set-reference'
  const set = inSet ? setFor(right, table, hintOf(left), undefined) : undefined
  const draw = drawOf(left)
  if (set) {
    const decide = (key: Datum | Partial) => present(lookUp(set, key), op === '!=')
    if (draw) return constantly(chance(drawShare(draw, (drawn) => decide(drawn) === true)))
    const key = evaluator(left, table, set.keyHint)
    return (scene) => {
      const found = key(scene)
      return isBroken(found) ? false : decide(found)
    }
  }
  const test = testOf(match)
  if (test && draw) return constantly(chance(drawShare(draw, (drawn) => test(drawn) === true)))
  return test ? testing(left, table, test) : compareExpressions(match, table)
}

/** `fib saddr . iif oif missing` asks whether there is a route (NFTA_FIB_F_PRESENT), not which. */
function presenceOfRoute(match: MatchStatement): MatchStatement {
  const { left, right } = match
  const asks = left.kind === 'fib' && right.kind === 'value' && (right.text === 'exists' || right.text === 'missing')
  return asks ? { ...match, left: { ...left, result: 'check' } } : match
}

const constantly =
  (decision: Decision): Op =>
  () =>
    decision
const chance = (probability: number): Decision => (probability === 0 ? false : probability === 1 ? true : { kind: 'chance', probability })

function testing(left: Expression, table: NftTable, test: Test): Op {
  const evaluate = evaluator(left, table, undefined)
  return (scene) => {
    const result = evaluate(scene)
    if (isBroken(result)) return false
    return isUnknown(result) ? reason(result) : test(result)
  }
}

/** An element may carry a limit or quota that decides with it. */
function present(element: ReturnType<typeof lookUp>, negated: boolean): Decision {
  if (element === undefined) return negated
  if ('why' in element) return element
  const decision = carried(element)
  return negated ? negate(decision) : decision
}

export function carried(element: SetElement): Decision {
  for (const statement of element.statements ?? []) {
    const decision = assumption(statement)
    if (decision !== true) return decision
  }
  return true
}

/** The test of a literal on the right. undefined: what stands there is no literal. */
function testOf({ left, op, right }: MatchStatement): Test | undefined {
  const hint = hintOf(left)
  if (op === 'in' || op === '!') return flagTest(left, op, right, hint)
  if (op === '<' || op === '>' || op === '<=' || op === '>=') return orderTest(op, right, hint)
  const pattern = patternOf(right, hint)
  if (!pattern) return right.kind === 'value' ? () => unknown(`what ${right.text} stands for is not known`) : undefined
  const wanted = op === '=='
  return (datum) => fits(pattern, datum) === wanted
}

function flagTest(left: Expression, op: 'in' | '!', right: Expression, hint: Hint): Test {
  const label = typeOf(left) === 'ct_label'
  const flags = flagsOf(right, label ? 'integer' : hint)
  if (flags === undefined) return () => unknown('the names of these flags are not known')
  const wanted = op === 'in'
  if (label)
    return (datum) =>
      typeof datum === 'bigint' ? (((datum >> BigInt(flags)) & 1n) === 1n) === wanted : unknown('its labels are not known')
  return (datum) => (typeof datum === 'number' ? ((datum & flags) !== 0) === wanted : unknown('flags of what is not a number'))
}

function orderTest(op: '<' | '>' | '<=' | '>=', right: Expression, hint: Hint): Test | undefined {
  const pattern = patternOf(right, hint)
  if (pattern?.kind !== 'exact' || typeof pattern.datum === 'string') return undefined
  const limit = pattern.datum
  return (datum) => {
    if (typeof datum !== 'number' && typeof datum !== 'bigint') return unknown('an order of what is not a number')
    switch (op) {
      case '<':
        return datum < limit
      case '>':
        return datum > limit
      case '<=':
        return datum <= limit
      case '>=':
        return datum >= limit
    }
  }
}

/** `meta mark ct mark`: both sides from the packet. */
function compareExpressions({ left, op, right }: MatchStatement, table: NftTable): Op {
  const one = evaluator(left, table, undefined)
  const other = evaluator(right, table, hintOf(left))
  if (isBitmask(typeOf(left)) && op !== '==' && op !== '!=') return constantly(unknown('this comparison is not modelled'))
  return (scene) => {
    const a = one(scene)
    const b = other(scene)
    if (isBroken(a) || isBroken(b)) return false
    if (isUnknown(a)) return reason(a)
    if (isUnknown(b)) return reason(b)
    switch (op) {
      case '==':
        return a === b
      case '!=':
        return a !== b
      default:
        return unknown('this comparison is not modelled')
    }
  }
}

/** `iif 5`: an interface that nft could not name. */
function interfaceByIndex({ left, op, right }: MatchStatement): Op | undefined {
  const index =
    left.kind === 'meta' && (left.key === 'iif' || left.key === 'oif') && right.kind === 'value' && /^[1-9]\d*$/.test(right.text)
      ? Number(right.text)
      : undefined
  if (index === undefined || left.kind !== 'meta') return undefined
  return (scene) => {
    const name = left.key === 'iif' ? scene.iif : scene.oif
    const link = scene.interface(name)
    if (name !== '' && (!link || link.index === 0)) return unknown(`the index of interface ${name} is not in the evidence`, 'ip-link.json')
    return ((link?.index ?? 0) === index) === (op !== '!=')
  }
}
