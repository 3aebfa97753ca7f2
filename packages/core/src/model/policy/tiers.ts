import type { Unknown } from '../../netfilter/decision.ts'
import { type DirectionAnswer, type PolicyPart, partOf, type Tell } from './answer.ts'
import type { Direction, Flow, Party } from './party.ts'
import type { RankedPolicy, RankedRule } from './ranked.ts'
import { isUnknown } from './three.ts'

/** A policy or rule of which it is not known what it does here, and which way that could turn the answer. */
interface Doubt {
  readonly why: string
  readonly part: PolicyPart
  readonly missing: string | undefined
  readonly mayAllow: boolean
  readonly mayDeny: boolean
}

/** What a tier came to: an answer, `pass` to the next tier, or nothing. */
type TierEnd = DirectionAnswer | 'pass' | 'none'

/**
 * Asks the policies of each tier in their order, as Calico does (felix/calc, policy tiers): the first rule that matches decides; a tier
 * with policies that speak of the pod and no rule that matches denies. Kubernetes' own policies, which only allow, come out right in any order.
 */
export function throughTiers(
  ranked: readonly RankedPolicy[],
  flow: Flow,
  direction: Direction,
  subject: Party,
  told: Tell,
): DirectionAnswer {
  const doubts: Doubt[] = []
  let spoke = false
  for (const tier of tiersOf(ranked)) {
    const end = throughTier(tier, flow, direction, subject, told, doubts)
    if (typeof end === 'object') return end
    spoke ||= end === 'pass'
  }
  return (
    open(doubts, told) ??
    told('allowed', spoke ? 'a policy passes it on, and nothing behind it denies it' : `no policy isolates the pod for ${direction}`)
  )
}

function tiersOf(ranked: readonly RankedPolicy[]): readonly (readonly RankedPolicy[])[] {
  const tiers = new Map<string, RankedPolicy[]>()
  for (const policy of ranked) {
    const known = tiers.get(policy.tier.name)
    if (known) known.push(policy)
    else tiers.set(policy.tier.name, [policy])
  }
  return [...tiers.values()]
}

function throughTier(
  tier: readonly RankedPolicy[],
  flow: Flow,
  direction: Direction,
  subject: Party,
  told: Tell,
  doubts: Doubt[],
): TierEnd {
  const applying: RankedPolicy[] = []
  for (const policy of tier) {
    const rules = policy.rules[direction]
    const selected = rules !== undefined && policy.selects(subject)
    if (rules === undefined || selected === false) continue
    if (isUnknown(selected) || rules === 'opaque') {
      doubts.push(doubtOf(policy, rules, selected))
      continue
    }
    applying.push(policy)
    const end = throughRules(policy, rules, flow, direction, told, doubts)
    if (end !== 'none') return end
  }
  if (!applying.length || tier[0]?.tier.passes) return 'none'
  return open(doubts, told) ?? deniedByDefault(applying, direction, told)
}

function throughRules(
  policy: RankedPolicy,
  rules: readonly RankedRule[],
  flow: Flow,
  direction: Direction,
  told: Tell,
  doubts: Doubt[],
): TierEnd {
  for (const rule of rules) {
    const matched = rule.action === 'Log' ? false : rule.matches(flow)
    if (matched === false) continue
    if (isUnknown(matched)) {
      const why = `${policy.kind} ${policy.name}, ${direction} rule ${rule.number}: ${matched.why}`
      const { action } = rule
      doubts.push({ why, part: partOf(policy, rule), missing: matched.evidence, mayAllow: action !== 'Deny', mayDeny: action !== 'Allow' })
      continue
    }
    if (rule.action === 'Pass') return 'pass'
    const allows = rule.action === 'Allow'
    const against = doubts.filter((doubt) => (allows ? doubt.mayDeny : doubt.mayAllow))
    return (
      open(against, told) ??
      told(allows ? 'allowed' : 'denied', `${policy.kind} ${policy.name}, ${direction} rule ${rule.number}`, [partOf(policy, rule)])
    )
  }
  return 'none'
}

function doubtOf(policy: RankedPolicy, rules: readonly RankedRule[] | 'opaque', selected: true | Unknown): Doubt {
  const why = isUnknown(selected) ? selected.why : (policy.why ?? 'its rules were not captured')
  return {
    why: `${policy.kind} ${policy.name}: ${why}`,
    part: partOf(policy),
    missing: isUnknown(selected) ? selected.evidence : undefined,
    mayAllow: true,
    mayDeny: rules === 'opaque' ? !policy.onlyAllows : rules.some((rule) => rule.action !== 'Allow'),
  }
}

function open(doubts: readonly Doubt[], told: Tell): DirectionAnswer | undefined {
  const [first] = doubts
  return (
    first &&
    told(
      'unknown',
      first.why,
      doubts.map((doubt) => doubt.part),
      first.missing,
    )
  )
}

function deniedByDefault(applying: readonly RankedPolicy[], direction: Direction, told: Tell): DirectionAnswer {
  const names = applying.map((policy) => `${policy.kind} ${policy.name}`)
  const who = names.length === 1 ? names[0] : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
  const why = `${who} ${names.length === 1 ? 'isolates' : 'isolate'} the pod for ${direction}, and no rule allows this`
  return told(
    'denied',
    why,
    applying.map((policy) => partOf(policy)),
  )
}
