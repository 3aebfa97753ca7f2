import { type DirectionAnswer, type PolicyVerdict, type Tell, tellOf } from './answer.ts'
import { type Direction, type Flow, isSame, type Party } from './party.ts'
import type { Policies } from './policies.ts'
import { throughTiers } from './tiers.ts'

export interface PolicyAnswer {
  readonly verdict: PolicyVerdict
  readonly egress: DirectionAnswer
  readonly ingress: DirectionAnswer
}

/** May this flow be, by the policies alone? Both sides must let it pass. */
export function evaluatePolicies(policies: Policies, flow: Flow): PolicyAnswer {
  const egress = evaluateSide(policies, flow, 'egress')
  const ingress = evaluateSide(policies, flow, 'ingress')
  const verdicts = [egress.verdict, ingress.verdict]
  const verdict = verdicts.includes('denied') ? 'denied' : verdicts.includes('unknown') ? 'unknown' : 'allowed'
  return { verdict, egress, ingress }
}

export function evaluateSide(policies: Policies, flow: Flow, direction: Direction): DirectionAnswer {
  const [subject, peer] = direction === 'ingress' ? [flow.to, flow.from] : [flow.from, flow.to]
  const told = tellOf(direction)
  if (subject.kind === 'outside') return told('allowed', 'no policy speaks of what is outside the cluster')
  if (subject.kind === 'node') return ofNode(policies, subject, told)
  if (isSame(flow.from, flow.to)) return told('allowed', 'no policy keeps a pod from itself')
  if (direction === 'ingress' && isOwnNode(subject, peer)) return told('allowed', 'a pod is always open to its own node')
  const answer = throughTiers(policies.ranked, flow, direction, subject, told)
  if (answer.verdict === 'denied' && direction === 'egress' && isOwnNode(subject, peer))
    return told('unknown', `${answer.why}; to its own node, though, some network plugins let a pod pass and some do not`, answer.by)
  return answer
}

const isOwnNode = (subject: Party, peer: Party): boolean =>
  subject.kind === 'pod' && peer.kind === 'node' && subject.pod.node !== undefined && subject.pod.node === peer.node.name

/** Only Calico's host endpoints put a node under policy. */
function ofNode({ hostEndpoints }: Policies, { node, hostPod }: Extract<Party, { kind: 'node' }>, told: Tell): DirectionAnswer {
  const endpoint = hostEndpoints.find((one) => one.node === node.name)
  if (endpoint)
    return told('unknown', `node ${node.name} is under Calico's HostEndpoint ${endpoint.name}, whose policies are not evaluated here`, [
      { kind: 'HostEndpoint', name: endpoint.name, rule: undefined, action: undefined, source: endpoint.source },
    ])
  return told(
    'allowed',
    hostPod
      ? `pod ${hostPod.namespace}/${hostPod.name} is in its node's network, of which policies do not speak`
      : 'policies do not speak of nodes',
  )
}
