import type { Action } from '../netfilter/action.ts'
import { ACCEPTED, advance, type Cursor, copyOf, ended, goBack, policyEnd, record, unsettled, type WalkEnd } from './cursor.ts'
import { setUpNat } from './nat.ts'
import type { BaseChain, CompiledRule } from './program.ts'

/** Deeper than any ruleset that the kernel takes (its own limit is 16 for nft). */
const DEEPEST_JUMP = 512

/** What ends a rule for good. */
type Final = Exclude<Action, { readonly kind: 'continue' | 'choice' | 'alter' | 'notrack' }>

/** An action that leaves the rule for good. */
export function finish(base: BaseChain, cursor: Cursor, rule: CompiledRule, action: Final, altered: string): WalkEnd[] | undefined {
  switch (action.kind) {
    case 'accept':
      record(cursor, rule, altered === 'CONTINUE' ? 'ACCEPT' : altered)
      return [ended(cursor, ACCEPTED)]
    case 'drop':
      record(cursor, rule, 'DROP')
      return [ended(cursor, { kind: 'drop', by: 'rule' })]
    case 'reject':
      record(cursor, rule, 'REJECT')
      return [ended(cursor, { kind: 'reject', with: action.with })]
    case 'return':
      record(cursor, rule, 'RETURN')
      return goBack(cursor) ? undefined : [policyEnd(base, cursor)]
    case 'jump':
    case 'goto':
      record(cursor, rule, action.kind === 'jump' ? 'JUMP' : 'GOTO')
      return enter(cursor, action, rule)
    case 'queue':
      record(cursor, rule, 'QUEUE')
      return [ended(cursor, { kind: 'taken', text: 'a program in user space decides (NFQUEUE)' })]
    case 'stolen':
      record(cursor, rule, rule.reference.target)
      return [ended(cursor, { kind: 'taken', text: action.by })]
    case 'tproxy':
      return tproxyEnds(cursor, rule, action)
    case 'nat':
      return natEnds(cursor, rule, action)
    case 'unknown':
      record(cursor, rule, 'UNKNOWN')
      return [ended(cursor, { kind: 'unknown', unknown: action.unknown })]
  }
}

function enter(
  cursor: Cursor,
  action: { readonly kind: 'jump' | 'goto'; readonly chain: string },
  rule: CompiledRule,
): WalkEnd[] | undefined {
  const { chain } = cursor
  const target = rule.leadsTo ?? chain.chain(action.chain)
  if (!target) return [unsettled(cursor, `chain ${action.chain} of table ${chain.table} is not in the evidence`, 'iptables-save.txt')]
  if (action.kind === 'jump') {
    const depth = (cursor.callers?.depth ?? 0) + 1
    if (depth > DEEPEST_JUMP) return [unsettled(cursor, `the chains of table ${chain.table} call each other in a circle`)]
    cursor.callers = { chain, at: cursor.at + 1, outer: cursor.callers, depth }
  }
  cursor.chain = target
  cursor.at = 0
  cursor.op = 0
  return undefined
}

/** tproxy_tg4(), nft_tproxy_eval_v4(): without a socket to give it to, the target drops the packet and the nft statement does not match. */
function tproxyEnds(cursor: Cursor, rule: CompiledRule, action: Extract<Action, { kind: 'tproxy' }>): WalkEnd[] | undefined {
  const { scene } = cursor
  const wanted = { ...scene.packet, dst: action.address ?? scene.packet.dst, dport: action.port || scene.packet.dport }
  const socket = scene.socket(wanted)
  if (socket && 'why' in socket) return [ended(cursor, { kind: 'unknown', unknown: socket })]
  if (!socket && rule.reference.target !== 'TPROXY') return advance(cursor)
  if (socket) cursor.scene = scene.with(action.packet, scene.conntrack)
  record(cursor, rule, socket ? 'TPROXY' : 'DROP')
  return [ended(cursor, socket ? ACCEPTED : { kind: 'drop', by: 'rule' })]
}

/** What iptables calls it; nft's statements have no target. */
function natName(rule: CompiledRule, { request }: Extract<Action, { kind: 'nat' }>): string {
  const { target } = rule.reference
  if (target !== 'CONTINUE') return target
  if (request.kind !== 'range') return request.kind.toUpperCase()
  return request.manip === 'source' ? 'SNAT' : 'DNAT'
}

function natEnds(cursor: Cursor, rule: CompiledRule, action: Extract<Action, { kind: 'nat' }>): WalkEnd[] {
  return setUpNat(action.request, cursor.scene).map((mapped) => {
    const branch = copyOf(cursor, mapped.ground(cursor.ground))
    branch.scene = mapped.scene
    record(branch, rule, natName(rule, action))
    return ended(branch, mapped.dropped ? { kind: 'drop', by: 'nat' } : ACCEPTED)
  })
}
