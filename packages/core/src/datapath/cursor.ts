import type { Packet } from '../net/packet.ts'
import type { Action, RejectWith } from '../netfilter/action.ts'
import { type Unknown, unknown } from '../netfilter/decision.ts'
import type { Ground } from './ground.ts'
import type { HookScene } from './hook-scene.ts'
import type { BaseChain, CompiledChain, CompiledRule } from './program.ts'
import { followPolicy, followRule, type Trail } from './trail.ts'

export type WalkVerdict =
  | { readonly kind: 'accept' }
  | { readonly kind: 'drop'; readonly by: 'rule' | 'policy' | 'nat' }
  | { readonly kind: 'reject'; readonly with: RejectWith }
  | { readonly kind: 'taken'; readonly text: string }
  | { readonly kind: 'unknown'; readonly unknown: Unknown }

/** How one branch of a walk ended. The last step of `trail` is what decided. */
export interface WalkEnd {
  readonly verdict: WalkVerdict
  readonly scene: HookScene
  readonly trail: Trail | undefined
  readonly ground: Ground
}

/** Chains to come back to, innermost first. */
interface Callers {
  readonly chain: CompiledChain
  readonly at: number
  readonly outer: Callers | undefined
  readonly depth: number
}

/** A packet between two conditions of a rule. Changed in place while it runs, copied where the way forks. */
export interface Cursor {
  chain: CompiledChain
  /** Index of the next rule, or of the current one while `op` is inside it. */
  at: number
  op: number
  callers: Callers | undefined
  scene: HookScene
  trail: Trail | undefined
  ground: Ground
  /** The packet as it met the current rule, to mark in the step what the rule changed. */
  met: Packet
  /** An action that a random choice picked for the current op. */
  chosen: Action | undefined
}

export const ACCEPTED: WalkVerdict = { kind: 'accept' }

export function copyOf(cursor: Cursor, ground: Ground): Cursor {
  const { chain, at, op, callers, scene, trail, met, chosen } = cursor
  return { chain, at, op, callers, scene, trail, ground, met, chosen }
}

export function advance(cursor: Cursor): undefined {
  cursor.at++
  cursor.op = 0
  cursor.chosen = undefined
}

/** Leaves a chain at its end or by RETURN. False in a base chain, where the policy decides. */
export function goBack(cursor: Cursor): boolean {
  const { callers } = cursor
  if (!callers) return false
  cursor.chain = callers.chain
  cursor.at = callers.at
  cursor.op = 0
  cursor.callers = callers.outer
  return true
}

export function record(cursor: Cursor, rule: CompiledRule, effect: string): void {
  const { scene } = cursor
  cursor.trail = followRule(cursor.trail, scene.machine, scene.hook, rule, effect, scene.packet === cursor.met ? undefined : scene.packet)
}

export const ended = (cursor: Cursor, verdict: WalkVerdict): WalkEnd => ({
  verdict,
  scene: cursor.scene,
  trail: cursor.trail,
  ground: cursor.ground,
})
export const unsettled = (cursor: Cursor, why: string, evidence?: string): WalkEnd =>
  ended(cursor, { kind: 'unknown', unknown: unknown(why, evidence) })

export function policyEnd(base: BaseChain, cursor: Cursor): WalkEnd {
  const { scene } = cursor
  if (base.policy === 'unknown')
    return unsettled(
      cursor,
      `the policy of chain ${base.chain.name} of table ${base.chain.table} is not in the evidence`,
      'iptables-save.txt',
    )
  const dropped = base.policy === 'drop'
  if (dropped || base.chain.length) cursor.trail = followPolicy(cursor.trail, scene.machine, scene.hook, base, dropped ? 'DROP' : 'ACCEPT')
  return ended(cursor, dropped ? { kind: 'drop', by: 'policy' } : ACCEPTED)
}
