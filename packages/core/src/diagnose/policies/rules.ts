import type { Engine } from '../../datapath/engine.ts'
import type { Outcome, Step } from '../../datapath/trace.ts'
import type { PolicyAnswer } from '../../model/policy/evaluate.ts'
import type { Question } from '../../model/policy/question.ts'

/** What the captured rules do with a flow, beside what the policies say of it. */
export interface RulesAnswer {
  /** `agrees`; the rules let pass what is denied; a network plugin's rule stops what is allowed; something else stops it. */
  readonly kind: 'agrees' | 'not-enforced' | 'stopped-by-policy-rule' | 'stopped-otherwise' | 'unknown'
  readonly text: string
  readonly step: Step | undefined
}

/** Chains in which network plugins enforce policies: Calico's, kube-router's (and K3s'), Weave's, Antrea's, Cilium's. */
const POLICY_CHAIN = /^(?:cali-|KUBE-(?:POD-FW|NWPLCY|ROUTER)|WEAVE-NPC|ANTREA-|CILIUM_|NETPOL|kube-network-policies)/i

/** Sends the packet through the captured rules. undefined: the sender was not captured, or is not told. */
export function askRules(engine: Engine, question: Question, answer: PolicyAnswer): RulesAnswer | undefined {
  const { flow, from } = question
  if (flow.from.kind === 'outside' || flow.to.kind === 'outside') return undefined
  const { to } = flow
  const there = to.kind === 'pod' ? [...to.pod.addresses, to.pod.nodeAddress] : to.node.internalAddresses
  if (!there.some((address) => address !== undefined && engine.model.owners.has(address))) return undefined
  const port = flow.port === undefined ? '' : `:${flow.port}`
  const result = engine.trace({ from: senderOf(engine, question) ?? from, to: `${question.to}${port}/${flow.protocol}` }, { reply: false })
  if ('kind' in result) return undefined
  const [outcome, ...others] = result.outcomes
  if (!outcome || others.some((other) => other.verdict !== outcome.verdict))
    return { kind: 'unknown', text: 'the evidence leaves several ends open', step: undefined }
  return judge(outcome, answer)
}

/** A pod is asked as itself where its namespace was captured; its node by its host's name. */
function senderOf(engine: Engine, { flow }: Question): string | undefined {
  if (flow.from.kind !== 'node') return undefined
  const owner = flow.from.node.internalAddresses.flatMap((address) => engine.model.owners.get(address) ?? [])[0]
  return owner && `host/${owner.namespace.host}`
}

function judge(outcome: Outcome, answer: PolicyAnswer): RulesAnswer {
  const step = outcome.decidedBy === null ? undefined : outcome.steps[outcome.decidedBy]
  const passes = outcome.verdict === 'delivered' || outcome.verdict === 'forwarded'
  if (outcome.verdict === 'unknown')
    return { kind: 'unknown', text: outcome.missing[0]?.why ?? `the rules do not tell (${outcome.reason})`, step }
  if (passes)
    return answer.verdict === 'denied'
      ? {
          kind: 'not-enforced',
          text: 'the rules let it pass: the network plugin does not enforce policies, or has not written these',
          step,
        }
      : { kind: 'agrees', text: 'the rules let it pass', step }
  if (step?.chain !== undefined && POLICY_CHAIN.test(step.chain))
    return answer.verdict === 'allowed'
      ? { kind: 'stopped-by-policy-rule', text: `a policy rule in chain ${step.chain} stops it, though the policies allow it`, step }
      : { kind: 'agrees', text: `chain ${step.chain} stops it`, step }
  return { kind: 'stopped-otherwise', text: `it does not arrive in any case (${outcome.reason}${step ? `: ${step.text}` : ''})`, step }
}
