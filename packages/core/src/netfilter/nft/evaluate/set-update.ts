import { CONTINUE } from '../../action.ts'
import type { NftTable } from '../ast.ts'
import type { SetElement } from '../expression.ts'
import type { SetUpdateStatement } from '../statement.ts'
import { isBroken, isUnknown } from './datum.ts'
import { evaluator } from './expression.ts'
import { lookUp, setFor } from './lookup.ts'
import { carried } from './match.ts'
import type { Op } from './rule.ts'

/** nft_dynset_eval(): a key that the packet does not have ends the rule, and so does a limit that the element carries. */
export function compileSetUpdate({ op, set: name, element }: SetUpdateStatement, table: NftTable): Op {
  if (op !== 'delete') return compileElement(element, table)
  const set = setFor({ kind: 'set-reference', name }, table, undefined, undefined)
  const key = evaluator(element.key, table, set.keyHint)
  return (scene) => {
    const datum = key(scene)
    if (isBroken(datum)) return false
    if (isUnknown(datum)) return CONTINUE
    return lookUp(set, datum) === undefined ? false : CONTINUE
  }
}

/** The element of an `add`, `update` or `meter`. */
export function compileElement(element: SetElement, table: NftTable): Op {
  const key = evaluator(element.key, table, undefined)
  const data = element.data ? evaluator(element.data, table, undefined) : undefined
  const gate = carried(element)
  return (scene) => {
    if (isBroken(key(scene)) || (data && isBroken(data(scene)))) return false
    return gate === true ? CONTINUE : gate
  }
}
