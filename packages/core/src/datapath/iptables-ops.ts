import { CONTINUE } from '../netfilter/action.ts'
import { unknown } from '../netfilter/decision.ts'
import type { Hidden, Rule } from '../netfilter/iptables/ast.ts'
import { compileHeader } from '../netfilter/iptables/header.ts'
import type { Match } from '../netfilter/iptables/matches/index.ts'
import { matchModules } from '../netfilter/iptables/matches/registry.ts'
import { actTarget, targetModules } from '../netfilter/iptables/targets/registry.ts'
import type { Scene } from '../netfilter/scene.ts'
import type { Op } from './program.ts'
import type { Screened } from './screen.ts'

const HIDDEN: Readonly<Record<Hidden, string>> = {
  interfaces: 'the list does not show the interfaces of its rules (it takes -v)',
  matches: 'the list does not show all conditions of this rule',
  'target-options': 'the list does not show what the target does',
}

const SURE: readonly string[] = []

/** Why the rule cannot be decided for every packet, beside what its opaque nodes say themselves. */
export function doubtsOf(rule: Rule): readonly string[] {
  if (!rule.opaque.length && !rule.hidden) return SURE
  const unread = rule.opaque.filter((text) => !isOpaqueNode(rule, text)).map((text) => `"${text}" is not understood`)
  return [...unread, ...(rule.hidden ?? []).map((hidden) => HIDDEN[hidden])]
}

/** Lists of one: thousands of rules ask one thing, and the same (`statistic` of a half). */
const lists = new WeakMap<Op, readonly Op[]>()

function alone(op: Op): readonly Op[] {
  const known = lists.get(op)
  if (known) return known
  const list = [op]
  lists.set(op, list)
  return list
}

/** What is to be asked of a packet, without what its row said already. */
export function conditionsOf(rule: Rule, { header, ports }: Screened): readonly Op[] {
  const test = header ? undefined : compileHeader(rule.header)
  const matches = rule.matches.filter((match) => match.kind !== 'comment' && match !== ports)
  const doubts = doubtsOf(rule)
  if (!test && !doubts.length && matches.length === 1) return alone(decider(matches[0] as Match))
  return [
    ...(test ? [test] : []),
    ...matches.map(decider),
    ...doubts.map(
      (why): Op =>
        () =>
          unknown(why, 'iptables-save.txt'),
    ),
  ]
}

const isOpaqueNode = (rule: Rule, text: string): boolean =>
  rule.matches.some((match) => match.kind === 'opaque' && text.includes(match.name)) ||
  (rule.target?.kind === 'opaque' && text.includes(rule.target.name))

/** Equal matches of a ruleset are one node (see the reader), and so ask the same. */
const deciders = new WeakMap<Match, Op>()

function decider(match: Match): Op {
  let op = deciders.get(match)
  if (!op) {
    op = compileMatch(match)
    deciders.set(match, op)
  }
  return op
}

function compileMatch(match: Match): Op {
  if (match.kind === 'opaque') return () => unknown(`what -m ${match.name} decides is not known`)
  const module = matchModules.get(match.kind)
  if (!module) throw new Error(`no module for match ${match.kind}`)
  return module.compile?.(match) ?? ((scene: Scene) => module.decide(match, scene))
}

/** Most targets do the same to every packet: what they do is made once. */
export function actor({ target }: Rule): Op {
  if (!target || target.kind === 'jump' || target.kind === 'goto') return target ?? CONTINUE
  const module = target.kind === 'opaque' ? undefined : targetModules.get(target.kind)
  if (!module || module.act.length > 1) return (scene) => actTarget(target, scene)
  return actTarget(target, undefined as never)
}
