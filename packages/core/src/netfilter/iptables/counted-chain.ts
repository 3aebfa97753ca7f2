import type { Counters, Rule } from './ast.ts'
import type { MutableChain } from './read-tables.ts'

/** Packets and bytes of the rules of a ruleset, one behind the other. */
export class RuleCounters {
  #values = new Float64Array(256)
  #used = 0

  get size(): number {
    return this.#used
  }

  add(value: number): void {
    if (this.#used === this.#values.length) {
      const larger = new Float64Array(this.#values.length * 2)
      larger.set(this.#values)
      this.#values = larger
    }
    this.#values[this.#used++] = value
  }

  /** Forgets what was added since. */
  cut(size: number): void {
    this.#used = size
  }

  at(index: number): Counters {
    return { packets: this.#values[index] ?? 0, bytes: this.#values[index + 1] ?? 0 }
  }
}

/** A chain whose rules are another host's but for their counters: they are put together when they are asked for. */
export class CountedChain implements MutableChain {
  readonly name: string
  policy: string | undefined
  counters: Counters | undefined
  readonly line: number
  /** The other host's. */
  readonly base: readonly Rule[]
  readonly #counts: RuleCounters
  readonly #first: number
  #rules: Rule[] | undefined

  constructor({ name, policy, counters, line }: MutableChain, base: readonly Rule[], counts: RuleCounters, first: number) {
    this.name = name
    this.policy = policy
    this.counters = counters
    this.line = line
    this.base = base
    this.#counts = counts
    this.#first = first
  }

  get rules(): Rule[] {
    this.#rules ??= this.base.map((rule, i) => ({ ...rule, counters: this.#counts.at(this.#first + 2 * i) }))
    return this.#rules
  }

  set rules(rules: Rule[]) {
    this.#rules = rules
  }

  /** Its rules are the other host's, in number and text. */
  get unchanged(): boolean {
    return this.#rules === undefined || this.#rules.length === this.base.length
  }
}

/** The list of rules that chains of several hosts have in common, but for counters. */
export const commonRules = (chain: { readonly rules: readonly Rule[] }): readonly Rule[] =>
  chain instanceof CountedChain && chain.unchanged ? chain.base : chain.rules
