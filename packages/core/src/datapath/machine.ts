import type { Namespace } from '../model/namespace.ts'
import type { FibOracle, SetOracle } from '../netfilter/scene.ts'
import type { HookRegister } from './hooks.ts'

/** A namespace made ready for packets: its rules at their hooks, its sets and routing tables as rules can ask them. */
export interface Machine {
  readonly namespace: Namespace
  readonly hooks: HookRegister
  readonly sets: SetOracle
  readonly fib: FibOracle
}
