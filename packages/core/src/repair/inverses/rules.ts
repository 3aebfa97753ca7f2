import type { Namespace } from '../../model/namespace.ts'
import type { Rule } from '../../netfilter/iptables/ast.ts'
import { type Inverse, none, undo } from '../inverse.ts'
import type { NftOperation, Operation, RuleOperation } from '../operation.ts'
import { canonical, LOCK_SECONDS, optionsOf, programName, ruleArgv, rulesetOf, rulesOf } from '../operations/iptables.ts'
import { commentOf, nftArgv, nftChain } from '../operations/nft.ts'

/** A rule goes back to the very place where it was; one that was added is taken from where it was put. */
export function inverseOfRule(op: RuleOperation, namespace: Namespace | undefined): Inverse {
  const rules = rulesOf(namespace?.iptables ?? [], op)
  switch (op.action) {
    case 'insert':
    case 'append': {
      const earlier = op.action === 'append' ? (rules ?? []) : (rules ?? []).slice(0, (op.position ?? 1) - 1)
      if (!earlier.some((rule) => isRule(rule, op))) return undo(ruleArgv({ ...op, action: 'delete', position: undefined }))
      return undo(ruleArgv({ ...op, action: 'delete', position: op.action === 'append' ? earlier.length + 1 : op.position, rule: '' }))
    }
    case 'delete': {
      const found = ruleAt(rules, op)
      if (!found) return none(`the evidence has no such rule in ${op.table} ${op.chain}`)
      return undo(ruleArgv({ ...op, action: 'insert', position: found.position, rule: optionsOf(found.rule.text) }))
    }
    case 'replace': {
      const found = ruleAt(rules, op)
      if (!found) return none(`the evidence has no rule ${op.position} in ${op.table} ${op.chain}`)
      return undo(ruleArgv({ ...op, rule: optionsOf(found.rule.text) }))
    }
  }
}

/** The rule that a deletion or replacement speaks of, and its 1-based place: by its number, or the first that says the same. */
export function ruleAt(
  rules: readonly Rule[] | undefined,
  op: RuleOperation,
): { readonly rule: Rule; readonly position: number } | undefined {
  const at = op.position === undefined ? (rules?.findIndex((rule) => isRule(rule, op)) ?? -1) : op.position - 1
  const rule = rules?.[at]
  return rule && { rule, position: at + 1 }
}

const isRule = (rule: Rule, op: RuleOperation): boolean => canonical(optionsOf(rule.text), op) === canonical(op.rule, op)

export function inverseOfPolicy(op: Extract<Operation, { readonly kind: 'policy' }>, namespace: Namespace | undefined): Inverse {
  const table = rulesetOf(namespace?.iptables ?? [], op)?.tables.find(({ name }) => name === op.table)
  const before = table?.chains.get(op.chain)?.policy
  if (before === undefined) return none(`the evidence does not tell the policy of ${op.table} ${op.chain}`)
  return undo([programName(op.program), '-w', String(LOCK_SECONDS), '-t', op.table, '-P', op.chain, before])
}

/** nft puts a rule before or behind the one of an index; a rule that was the only one is simply added. */
export function inverseOfNftRule(op: NftOperation, namespace: Namespace | undefined): Inverse {
  if (op.action !== 'delete')
    return commentOf(op.text) === undefined
      ? none('a rule that is added without a comment of its own cannot be found again')
      : undo(nftArgv({ ...op, action: 'delete', index: undefined }))
  const rules = nftChain(namespace?.nft ?? [], op)?.rules
  const at = rules?.findIndex(({ handle }) => handle === op.handle) ?? -1
  const rule = rules?.[at]
  if (!rules || !rule) return none(`the evidence has no rule of handle ${op.handle} in ${op.family} ${op.table} ${op.chain}`)
  if (rule.opaque.length > 0) return none('the rule is not understood whole, so that it could not be written again')
  const last = at === rules.length - 1
  const text = rule.text.replace(/\bcounter packets \d+ bytes \d+/g, 'counter')
  return undo(nftArgv({ ...op, action: last ? 'add' : 'insert', index: last ? undefined : at, handle: undefined, text }))
}
