import { ACCEPT, type Action, CONTINUE, DROP, RETURN } from '../../action.ts'
import { unknown } from '../../decision.ts'
import type { NftTable } from '../ast.ts'
import type { SetElement, Verdict } from '../expression.ts'
import { hintOf } from '../expressions/value.ts'
import type { VmapStatement } from '../statement.ts'
import { isBroken } from './datum.ts'
import { drawElements, drawOf } from './draw.ts'
import { evaluator } from './expression.ts'
import { lookUp, setFor } from './lookup.ts'
import { carried } from './match.ts'
import type { Op } from './rule.ts'

export function verdictAction({ verdict, chain }: Verdict): Action {
  switch (verdict) {
    case 'accept':
      return ACCEPT
    case 'drop':
      return DROP
    case 'return':
      return RETURN
    case 'continue':
      return CONTINUE
    case 'jump':
    case 'goto':
      return { kind: verdict, chain: chain ?? '' }
    case 'queue':
      return { kind: 'queue', bypass: false }
  }
}

/** `KEY vmap …`: not found ends the rule; a drawn key is a choice among the verdicts. */
export function compileVmap(node: VmapStatement, table: NftTable): Op[] {
  const set = setFor(node.data, table, hintOf(node.key), undefined)
  const draw = drawOf(node.key)
  if (draw) {
    const { options, found } = drawElements(draw, set)
    if (options.length === 0) return [() => set.gaps ?? false]
    const choice: Action = {
      kind: 'choice',
      options: options.map(({ probability, element }) => ({ probability, action: actionOf(element) })),
    }
    return [
      ...(found < 1 ? [(): ReturnType<Op> => ({ kind: 'chance', probability: found })] : []),
      () => (options.length === 1 ? (choice.options[0]?.action ?? CONTINUE) : choice),
    ]
  }
  const key = evaluator(node.key, table, set.keyHint)
  return [
    (scene) => {
      const datum = key(scene)
      if (isBroken(datum)) return false
      const element = lookUp(set, datum)
      if (element === undefined) return false
      if ('why' in element) return { kind: 'unknown', unknown: element }
      const gate = carried(element)
      return gate === true || (typeof gate === 'object' && gate.kind === 'assumed' && gate.value) ? actionOf(element) : gate
    },
  ]
}

function actionOf({ data }: SetElement): Action {
  return data?.kind === 'verdict' ? verdictAction(data) : { kind: 'unknown', unknown: unknown('a verdict that is not known') }
}
