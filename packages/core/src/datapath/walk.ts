import type { Action } from '../netfilter/action.ts'
import { type Decision, unknown } from '../netfilter/decision.ts'
import { alterScene, untrack } from './alter.ts'
import { advance, type Cursor, copyOf, goBack, policyEnd, record, unsettled, type WalkEnd } from './cursor.ts'
import { finish } from './finish.ts'
import { branchOf, type Ground, scale } from './ground.ts'
import type { HookScene } from './hook-scene.ts'
import { type BaseChain, type CompiledRule, type Op, run } from './program.ts'
import { followSkipped, type Trail } from './trail.ts'

/** How a walk is made. */
export interface Manner {
  /** Keeps the rules that were looked at and did not match. */
  readonly verbose: boolean
  /** Where the kernel draws: one way, by a number from 0 up to 1; undefined: all ways, each with its chance. */
  readonly draw?: (() => number) | undefined
}

/** Beyond this many branches at one chain the answer is `unknown`: too much evidence is missing to tell the ways apart. */
const MOST_BRANCHES = 256
const MOST_RULES = 500_000

/**
 * Sends a packet through one base chain as ipt_do_table() and nft_do_chain() do: rules in order, jumps come back behind themselves, gotos do not,
 * the policy at the end. The way forks where the kernel draws at random or evidence is missing.
 */
export function walkBaseChain(base: BaseChain, scene: HookScene, trail: Trail | undefined, ground: Ground, manner: Manner): WalkEnd[] {
  const walk = new Walk(base, manner)
  const start = { chain: base.chain, at: 0, op: 0, callers: undefined, scene, trail, ground, met: scene.packet, chosen: undefined }
  const ends = walk.run(start)
  // Nearly every way comes to one end.
  for (let cursor = walk.pending.pop(); cursor; cursor = walk.pending.pop()) {
    ends.push(...walk.run(cursor))
    if (ends.length + walk.pending.length > MOST_BRANCHES)
      return [
        {
          verdict: {
            kind: 'unknown',
            unknown: unknown(`too many rules of ${base.chain.table} ${base.chain.name} depend on missing evidence`),
          },
          scene,
          trail,
          ground,
        },
      ]
  }
  return ends
}

class Walk {
  /** Other branches of the forks so far. */
  readonly pending: Cursor[] = []
  readonly #base: BaseChain
  readonly #verbose: boolean
  readonly #draw: Manner['draw']
  #rulesLeft = MOST_RULES

  constructor(base: BaseChain, { verbose, draw }: Manner) {
    this.#base = base
    this.#verbose = verbose
    this.#draw = draw
  }

  /** Follows one branch to its end; the other branches of its forks go to `pending`. */
  run(cursor: Cursor): WalkEnd[] {
    for (;;) {
      if (this.#rulesLeft-- <= 0) return [unsettled(cursor, `the chains of table ${cursor.chain.table} lead round in a circle`)]
      if (cursor.op === 0 && !cursor.chosen) {
        if (!this.#verbose) cursor.at = cursor.chain.next(cursor.at, cursor.scene)
        if (cursor.at >= cursor.chain.length) {
          if (!cursor.chain.complete)
            return [
              unsettled(
                cursor,
                `only part of chain ${cursor.chain.name} of table ${cursor.chain.table} is in the evidence`,
                'iptables-save.txt',
              ),
            ]
          if (!goBack(cursor)) return [policyEnd(this.#base, cursor)]
          continue
        }
        cursor.met = cursor.scene.packet
      }
      const ends = this.#rule(cursor, cursor.chain.rule(cursor.at))
      if (ends) return ends
    }
  }

  /** Runs the current rule from the current op on. Undefined: the cursor stands at the next rule. */
  #rule(cursor: Cursor, rule: CompiledRule): WalkEnd[] | undefined {
    let effect = 'CONTINUE'
    const ops = this.#opsOf(rule)
    while (cursor.op <= ops.length) {
      const result = cursor.chosen ?? run(cursor.op < ops.length ? (ops[cursor.op] as Op) : rule.does, cursor.scene)
      cursor.chosen = undefined
      if (result === true) {
        cursor.op++
        continue
      }
      if (result === false) return this.#noMatch(cursor, rule)
      switch (result.kind) {
        case 'continue':
          cursor.op++
          continue
        case 'chance':
        case 'assumed':
        case 'unknown':
          if ('unknown' in result) return finish(this.#base, cursor, rule, result, effect)
          if (!this.#holds(cursor, rule, result)) return this.#noMatch(cursor, rule)
          cursor.op++
          continue
        case 'choice':
          this.#choose(cursor, result.options)
          continue
        case 'alter':
          effect = rule.reference.target
          cursor.scene = alterScene(cursor.scene, result)
          if (result.then && result.then !== 'continue') return finish(this.#base, cursor, rule, { kind: result.then }, effect)
          cursor.op++
          continue
        case 'notrack':
          effect = rule.reference.target
          cursor.scene = untrack(cursor.scene)
          cursor.op++
          continue
        default:
          return finish(this.#base, cursor, rule, result, effect)
      }
    }
    record(cursor, rule, effect)
    advance(cursor)
    return undefined
  }

  /** Whoever wants to know what failed asks everything again. */
  #opsOf(rule: CompiledRule): readonly Op[] {
    return this.#verbose ? rule.ops : rule.rest
  }

  /** One of several actions that the kernel picks at random: all of them, or the one that the draw falls on. */
  #choose(cursor: Cursor, options: Extract<Action, { kind: 'choice' }>['options']): void {
    const drawn = this.#draw ? drawnOf(options, this.#draw()) : undefined
    const [first, ...others] = drawn ? [drawn] : options
    for (const option of others) {
      const other = copyOf(cursor, scale(cursor.ground, option.probability))
      other.chosen = option.action
      this.pending.push(other)
    }
    cursor.chosen = first?.action ?? { kind: 'continue' }
    if (!drawn) cursor.ground = scale(cursor.ground, first?.probability ?? 1)
  }

  #noMatch(cursor: Cursor, rule: CompiledRule): undefined {
    if (this.#verbose) {
      const failed = rule.reference.conditions?.[cursor.op] ?? ''
      cursor.trail = followSkipped(cursor.trail, cursor.scene.machine, cursor.scene.hook, rule, failed)
    }
    advance(cursor)
  }

  /** Settles what is not plainly yes or no: an assumption is taken, chance and missing evidence fork the way unless a later condition says no anyway. */
  #holds(cursor: Cursor, rule: CompiledRule, decision: Exclude<Decision, boolean>): boolean {
    const { folder } = cursor.scene.machine.namespace
    if (decision.kind === 'assumed') {
      if (decision.value && saysNo(this.#opsOf(rule), cursor)) return false
      cursor.ground = branchOf(cursor.ground, decision, decision.value, folder)
      return decision.value
    }
    if (saysNo(this.#opsOf(rule), cursor)) return false
    if (decision.kind === 'chance' && this.#draw) return this.#draw() < decision.probability
    const no = copyOf(cursor, branchOf(cursor.ground, decision, false, folder))
    advance(no)
    this.pending.push(no)
    cursor.ground = branchOf(cursor.ground, decision, true, folder)
    return true
  }
}

/** Does any later condition of the rule, up to the first that acts, rule the packet out for certain? */
function saysNo(ops: readonly Op[], cursor: Cursor): boolean {
  for (let op = cursor.op + 1; op < ops.length; op++) {
    const result = run(ops[op] as Op, cursor.scene)
    if (result === false) return true
    if (result !== true && !isDecision(result)) return false
  }
  return false
}

const isDecision = (result: Decision | Action): result is Exclude<Decision, boolean> =>
  typeof result === 'object' && (result.kind === 'chance' || result.kind === 'assumed' || (result.kind === 'unknown' && 'why' in result))

/** The option whose share of 0..1 a number falls into. */
function drawnOf<T extends { readonly probability: number }>(options: readonly T[], number: number): T | undefined {
  let below = 0
  for (const option of options) {
    below += option.probability
    if (number < below) return option
  }
  return options.at(-1)
}
