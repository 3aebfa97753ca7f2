import type { Source } from '../facts/source.ts'
import type { Packet } from '../net/packet.ts'
import type { Hook } from '../netfilter/scene.ts'
import type { Machine } from './machine.ts'
import type { BaseChain, CompiledRule } from './program.ts'
import type { Step } from './trace.ts'

/** What happened at one place, kept small: it becomes a Step when the outcome is told. */
export type Happening =
  | {
      readonly kind: 'rule'
      readonly machine: Machine
      readonly hook: Hook
      readonly rule: CompiledRule
      readonly effect: string
      readonly packet: Packet | undefined
    }
  | { readonly kind: 'skipped'; readonly machine: Machine; readonly hook: Hook; readonly rule: CompiledRule; readonly failed: string }
  | { readonly kind: 'policy'; readonly machine: Machine; readonly hook: Hook; readonly base: BaseChain; readonly effect: string }
  | { readonly kind: 'outside'; readonly step: OutsideKind; readonly machine: Machine; readonly tell: () => Told }

/** What happens between the hooks. */
export type OutsideKind = Exclude<Step['kind'], 'rule' | 'policy' | 'return' | 'skipped'>

/** A happening outside the rules, in words. */
export interface Told {
  readonly text: string
  readonly effect?: string
  readonly route?: NonNullable<Step['route']>
  readonly packet?: Packet | undefined
  readonly assumption?: string
  readonly evidence?: Source | undefined
}

/** The way so far, shared between the branches of a fork: a list from the last step back. */
export type Trail = Happening & { readonly before: Trail | undefined; readonly length: number }

const lengthOf = (trail: Trail | undefined): number => (trail ? trail.length : 0) + 1

export const followRule = (
  before: Trail | undefined,
  machine: Machine,
  hook: Hook,
  rule: CompiledRule,
  effect: string,
  packet: Packet | undefined,
): Trail => ({
  kind: 'rule',
  machine,
  hook,
  rule,
  effect,
  packet,
  before,
  length: lengthOf(before),
})
export const followSkipped = (before: Trail | undefined, machine: Machine, hook: Hook, rule: CompiledRule, failed: string): Trail => ({
  kind: 'skipped',
  machine,
  hook,
  rule,
  failed,
  before,
  length: lengthOf(before),
})
export const followPolicy = (before: Trail | undefined, machine: Machine, hook: Hook, base: BaseChain, effect: string): Trail => ({
  kind: 'policy',
  machine,
  hook,
  base,
  effect,
  before,
  length: lengthOf(before),
})
export const followOutside = (before: Trail | undefined, machine: Machine, step: OutsideKind, tell: () => Told): Trail => ({
  kind: 'outside',
  machine,
  step,
  tell,
  before,
  length: lengthOf(before),
})

/** Oldest first. */
export function happenings(trail: Trail | undefined): Happening[] {
  const out: Happening[] = []
  for (let at = trail; at; at = at.before) out.push(at)
  return out.reverse()
}
