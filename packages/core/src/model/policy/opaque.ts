import { unknown } from '../../netfilter/decision.ts'
import { fields } from '../../parse/kubernetes/fields.ts'
import { namespaceOf } from '../../parse/kubernetes/pod.ts'
import type { SourcedObject } from '../../parse/kubernetes/read.ts'
import { type LabelSelector, readSelector } from '../../parse/kubernetes/selector.ts'
import { labelled } from './kubernetes.ts'
import type { Party } from './party.ts'
import { DEFAULT_TIER, type RankedPolicy } from './ranked.ts'
import type { Three } from './three.ts'

/** Policies that are read and named, and whose decision stays unknown: first the kind, then why. */
const KINDS: Readonly<Record<string, string>> = {
  CiliumNetworkPolicy: 'Cilium enforces it with eBPF, and it is not evaluated here',
  CiliumClusterwideNetworkPolicy: 'Cilium enforces it with eBPF, and it is not evaluated here',
  AdminNetworkPolicy: 'policies of this kind are not evaluated here',
  BaselineAdminNetworkPolicy: 'policies of this kind are not evaluated here',
  ClusterNetworkPolicy: 'policies of this kind are not evaluated here',
}

export function opaquePolicy(sourced: SourcedObject): RankedPolicy | undefined {
  const { object, source } = sourced
  const why = KINDS[object.kind]
  if (why === undefined) return undefined
  const namespaced = object.kind === 'CiliumNetworkPolicy'
  const spec = fields(object.spec)
  const speaks = (direction: 'ingress' | 'egress'): boolean =>
    !object.kind.startsWith('Cilium') ||
    object.specs !== undefined ||
    spec[direction] !== undefined ||
    spec[`${direction}Deny`] !== undefined
  return {
    kind: object.kind,
    name: namespaced ? `${namespaceOf(object)}/${object.metadata.name}` : object.metadata.name,
    source,
    tier: DEFAULT_TIER,
    order: Number.NEGATIVE_INFINITY,
    selects: (party) => selected(sourced, namespaced, party),
    rules: { ingress: speaks('ingress') ? 'opaque' : undefined, egress: speaks('egress') ? 'opaque' : undefined },
    why,
    onlyAllows:
      object.kind.startsWith('Cilium') && object.specs === undefined && spec.ingressDeny === undefined && spec.egressDeny === undefined,
  }
}

function selected({ object }: SourcedObject, namespaced: boolean, party: Party): Three {
  if (party.kind === 'outside') return false
  if (namespaced && (party.kind !== 'pod' || party.pod.namespace !== namespaceOf(object))) return false
  const selector = readSelector(fields(object.spec).endpointSelector)
  if (!selector || party.kind !== 'pod') return unknown(`whom ${object.kind} ${object.metadata.name} selects is not evaluated`)
  return labelled(withoutSources(selector), { ...party.pod.labels, 'io.kubernetes.pod.namespace': party.pod.namespace })
}

/** Cilium writes where a label comes from in front of it: `k8s:app`, `any:app`. */
function withoutSources(selector: LabelSelector): LabelSelector {
  const plain = (key: string): string => key.replace(/^(?:k8s|any):/, '')
  return {
    labels: Object.fromEntries(Object.entries(selector.labels).map(([key, value]) => [plain(key), value])),
    expressions: selector.expressions.map((expression) => ({ ...expression, key: plain(expression.key) })),
  }
}
