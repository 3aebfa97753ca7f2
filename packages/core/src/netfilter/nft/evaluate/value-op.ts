import type { Action } from '../../action.ts'
import type { Scene } from '../../scene.ts'
import type { NftTable } from '../ast.ts'
import type { Expression } from '../expression.ts'
import { type Hint, hintOf } from '../expressions/value.ts'
import { type Datum, isBroken, isUnknown, reason } from './datum.ts'
import { drawElements, drawOf } from './draw.ts'
import { type Evaluator, evaluator } from './expression.ts'
import { setFor } from './lookup.ts'
import type { Op } from './rule.ts'

/** A statement that does something with a value; a value drawn at random (`numgen … map`) makes it a choice. */
export function withValue(node: Expression, table: NftTable, hint: Hint, act: (scene: Scene, datum: Datum) => Action | false): Op[] {
  const draw = node.kind === 'map' ? drawOf(node.key) : undefined
  if (node.kind === 'map' && draw) {
    const set = setFor(node.data, table, hintOf(node.key), hint)
    const { options, found } = drawElements(draw, set)
    if (options.length === 0) return [() => set.gaps ?? false]
    const drawn = options.map(({ probability, element }) => ({
      probability,
      run: run(element.data ? evaluator(element.data, table, set.dataHint) : () => ({ kind: 'break' }), act),
    }))
    const choose: Op = (scene) => ({
      kind: 'choice',
      options: drawn.map(({ probability, run: each }) => ({ probability, action: each(scene) || { kind: 'continue' } })),
    })
    return [...(found < 1 ? [(): ReturnType<Op> => ({ kind: 'chance', probability: found })] : []), choose]
  }
  return [run(evaluator(node, table, hint), act)]
}

function run(evaluate: Evaluator, act: (scene: Scene, datum: Datum) => Action | false): (scene: Scene) => Action | false {
  return (scene) => {
    const result = evaluate(scene)
    if (isBroken(result)) return false
    return isUnknown(result) ? { kind: 'unknown', unknown: reason(result) } : act(scene, result)
  }
}
