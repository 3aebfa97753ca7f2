import type { Action } from '../netfilter/action.ts'
import type { Decision } from '../netfilter/decision.ts'
import type { Scene } from '../netfilter/scene.ts'

/**
 * One condition or statement of a compiled rule. A Decision goes on or ends the rule; an Action does something, and stands for itself where it is the
 * same for every packet.
 */
export type Op = Action | ((scene: Scene) => Decision | Action)

export const run = (op: Op, scene: Scene): Decision | Action => (typeof op === 'function' ? op(scene) : op)

/** Where a rule stands, and how it reads: what a step of the trace points at. */
export interface RuleReference {
  readonly family: string
  readonly table: string
  readonly chain: string
  /** 1-based */
  readonly number: number
  readonly text: string
  readonly file: string
  readonly line: number
  /** The target's name, for targets that change something and go on (`MARK`, `LOG`). */
  readonly target: string
  /** Text of each op, for `-v`: which condition failed. */
  readonly conditions?: readonly string[]
}

export interface CompiledRule {
  /** Conditions and statements in their order. */
  readonly ops: readonly Op[]
  /** The ops without the conditions that `CompiledChain.next` answers. */
  readonly rest: readonly Op[]
  /** What the rule does behind them: an iptables rule's target. */
  readonly does: Op
  readonly reference: RuleReference
  /** Of a rule that always leads to one chain: that chain. */
  readonly leadsTo?: CompiledChain | undefined
}

/** A chain, compiled rule by rule as packets come to it. */
export interface CompiledChain {
  readonly name: string
  readonly family: string
  readonly table: string
  readonly length: number
  /** false: the evidence shows only part of it (a pasted excerpt). */
  readonly complete: boolean
  rule(index: number): CompiledRule
  /** First rule at or behind `from` of which `rest` is left to be asked; `length` or more when there is none. */
  next(from: number, scene: Scene): number
  chain(name: string): CompiledChain | undefined
}

export type NetfilterBackend = 'iptables-legacy' | 'iptables-nft' | 'nft'

/** A chain that hangs at a hook. */
export interface BaseChain {
  readonly backend: NetfilterBackend
  readonly chain: CompiledChain
  readonly type: 'filter' | 'nat' | 'route'
  readonly priority: number
  readonly policy: 'accept' | 'drop' | 'unknown'
  /** Order of registration as far as the evidence tells it: at equal priority the later one runs first. */
  readonly order: number
  readonly file: string
  readonly line: number
}
