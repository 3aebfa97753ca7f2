import type { Source } from '../../facts/source.ts'
import { type Prefix, parsePrefix } from '../../net/prefix.ts'
import { type Fields, fields, integer, items, portOrName, protocolOf, string, strings } from './fields.ts'
import { namespaceOf } from './pod.ts'
import type { SourcedObject } from './read.ts'
import { type LabelSelector, readSelector } from './selector.ts'

/** One peer: pods and/or namespaces by label, or a block of addresses. */
export interface PolicyPeer {
  readonly pods: LabelSelector | undefined
  readonly namespaces: LabelSelector | undefined
  readonly block: { readonly prefix: Prefix; readonly except: readonly Prefix[] } | undefined
}

export interface PolicyPort {
  readonly protocol: string
  /** undefined: every port */
  readonly port: number | string | undefined
  readonly endPort: number | undefined
}

/** An empty list of peers or ports means all of them. */
export interface PolicyRule {
  readonly peers: readonly PolicyPeer[]
  readonly ports: readonly PolicyPort[]
}

export interface NetworkPolicy {
  readonly name: string
  readonly namespace: string
  readonly pods: LabelSelector
  /** undefined: the policy does not speak of this direction; []: nothing is allowed. */
  readonly ingress: readonly PolicyRule[] | undefined
  readonly egress: readonly PolicyRule[] | undefined
  readonly partial: boolean
  readonly source: Source
}

/** networking.k8s.io/v1. Calico's and Cilium's own policies are other kinds. */
export function networkPolicyOf({ object, source, partial = false }: SourcedObject): NetworkPolicy | undefined {
  if (object.kind !== 'NetworkPolicy' || !/^(?:networking\.k8s\.io|extensions)\//.test(object.apiVersion ?? 'networking.k8s.io/v1'))
    return undefined
  const spec = fields(object.spec)
  const types = strings(spec.policyTypes)
  // Without policyTypes: Ingress always, Egress when there are egress rules.
  const speaks = (type: string, rules: unknown) => (types.length > 0 ? types.includes(type) : type === 'Ingress' || Array.isArray(rules))
  return {
    name: object.metadata.name,
    namespace: namespaceOf(object),
    pods: readSelector(spec.podSelector) ?? { labels: {}, expressions: [] },
    ingress: speaks('Ingress', spec.ingress) ? items(spec.ingress).map((rule) => ruleOf(fields(rule), 'from')) : undefined,
    egress: speaks('Egress', spec.egress) ? items(spec.egress).map((rule) => ruleOf(fields(rule), 'to')) : undefined,
    partial,
    source,
  }
}

function ruleOf(rule: Fields, side: 'from' | 'to'): PolicyRule {
  return {
    peers: items(rule[side]).map((item) => {
      const { podSelector, namespaceSelector, ipBlock } = fields(item)
      return { pods: readSelector(podSelector), namespaces: readSelector(namespaceSelector), block: block(fields(ipBlock)) }
    }),
    ports: items(rule.ports).map((item) => {
      const { protocol, port, endPort } = fields(item)
      return { protocol: protocolOf(protocol), port: portOrName(port), endPort: integer(endPort) }
    }),
  }
}

function block(value: Fields): PolicyPeer['block'] {
  const prefix = parsePrefix(string(value.cidr) ?? '')
  return prefix && { prefix, except: strings(value.except).flatMap((cidr) => parsePrefix(cidr) ?? []) }
}
