import type { Step } from '../../../datapath/trace.ts'
import { namespaceIn } from '../../../model/model.ts'
import type { Scene } from '../../scene.ts'
import { clusterOf } from '../cluster.ts'

/** Kinds of objects that network plugins make rules of. */
const POLICIES = new Set(['NetworkPolicy', 'GlobalNetworkPolicy', 'CiliumNetworkPolicy', 'CiliumClusterwideNetworkPolicy'])

/**
 * The policies were captured, and none of those that the rules on the packet's way are made for is among them: the rules were left in the
 * kernel. Rules that name no policy (a default of the plugin) are not told to be left.
 */
export function isLeftPolicy(scene: Scene, steps: readonly Step[], refused: Step): boolean {
  const known = knownPolicies(scene)
  if (!known) return false
  const named = [...steps.map(({ text }) => text), ...textsOf(scene, refused)].flatMap((text) => policyNamed(text) ?? [])
  if (named.length > 0) return named.every((name) => !known.has(name) && !known.has(name.replace(/^[^/]*\//, '')))
  // kube-router makes a chain of its own for a pod that a policy selects, and for no other.
  return known.size === 0 && /^KUBE-POD-FW-/.test(refused.chain ?? '')
}

/** The rules of the chain that refused it. */
function textsOf({ model }: Scene, step: Step): readonly string[] {
  const { table, chain, evidence } = step
  return (namespaceIn(model, step)?.iptables ?? [])
    .filter(({ file }) => file === evidence?.file)
    .flatMap(({ tables }) => tables.filter(({ name }) => name === table))
    .flatMap(({ chains }) => chains.get(chain ?? '')?.rules ?? [])
    .map(({ text }) => text)
}

/** kube-router, K3s: `run through nw policy NAME`, `policy name NAME namespace NS`; Calico: `Policy NS/knp.default.NAME ingress`. */
function policyNamed(rule: string): string | undefined {
  const router = /run through nw policy ([\w.-]+)|policy name:? ?([\w.-]+),? namespace:? ?([\w.-]+)/i.exec(rule)
  if (router) return router[2] === undefined ? router[1] : `${router[3]}/${router[2]}`
  const calico = /[Pp]olicy ([\w.-]+)\/(?:knp\.default\.)?([\w.-]+) (?:ingress|egress)/.exec(rule)
  return calico ? `${calico[1]}/${calico[2]}` : undefined
}

/** `NAMESPACE/NAME` and `NAME` of each; undefined: whether there are policies was not asked. */
function knownPolicies(scene: Scene): ReadonlySet<string> | undefined {
  const own = clusterOf(scene).objects.filter(({ object }) => POLICIES.has(object.kind))
  const asked =
    own.length > 0 ||
    scene.documents.some(
      ({ file, command = '' }) =>
        /(?:^|\/)(?:networkpolic(?:y|ies)|all)\.(?:json|ya?ml)$/.test(file) || /\bget\s+(?:networkpolic|netpol)/.test(command),
    )
  if (!asked) return undefined
  return new Set(
    own.flatMap(({ object }) => {
      const name = object.metadata.name.replace(/^knp\.default\./, '')
      return [name, `${object.metadata.namespace ?? 'default'}/${name}`]
    }),
  )
}
