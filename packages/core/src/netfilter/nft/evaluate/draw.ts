import type { Expression, SetElement } from '../expression.ts'
import type { LookUpSet } from './lookup.ts'

/** A number that a packet cannot tell: drawn at random, counted up, or hashed from it. Each of them equally likely. */
export interface Draw {
  readonly mod: number
  readonly offset: number
}

export function drawOf(node: Expression): Draw | undefined {
  return (node.kind === 'numgen' || node.kind === 'jhash' || node.kind === 'symhash') && node.mod > 0
    ? { mod: node.mod, offset: node.offset }
    : undefined
}

const MOST = 65536

/** How likely each element of a set is to be drawn. Rules over more numbers than that are sampled evenly. */
export function drawElements(
  { mod, offset }: Draw,
  set: LookUpSet,
): { readonly options: readonly { readonly probability: number; readonly element: SetElement }[]; readonly found: number } {
  const counts = new Map<SetElement, number>()
  const step = Math.max(1, Math.ceil(mod / MOST))
  let drawn = 0
  for (let i = 0; i < mod; i += step) {
    drawn++
    const element = set.index.find(offset + i)
    if (element) counts.set(element, (counts.get(element) ?? 0) + 1)
  }
  const found = [...counts.values()].reduce((sum, count) => sum + count, 0)
  return { options: [...counts].map(([element, count]) => ({ probability: count / found, element })), found: found / drawn }
}

/** How likely a drawn number satisfies a condition. */
export function drawShare({ mod, offset }: Draw, holds: (drawn: number) => boolean): number {
  const step = Math.max(1, Math.ceil(mod / MOST))
  let drawn = 0
  let held = 0
  for (let i = 0; i < mod; i += step) {
    drawn++
    if (holds(offset + i)) held++
  }
  return held / drawn
}
