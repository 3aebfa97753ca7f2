import { because, type Check, type Examined, type Found, missing, seen, together } from '../check.ts'
import { ruleBecause, rulesOf } from '../rules/chains.ts'
import { type CheckScene, capturedHosts } from '../scene.ts'

export const leftoverPolicies: Check = {
  id: 'leftover-policies',
  holds: 'no rule enforces a network policy that does not exist any more',
  why: 'traffic is denied, and no policy says so',
  evidence: ['hosts/HOST/iptables-save.txt', 'cluster/networkpolicies.json'],
  causes: ['policy.stale'],
  runbook: 'restart-network-daemon',
  run(scene) {
    const known = policiesOf(scene)
    return together(
      capturedHosts(scene).flatMap(({ name, root }): readonly Examined[] => {
        const enforced = [...rulesOf(root, 'filter'), ...rulesOf(root, 'mangle')].flatMap((placed) => {
          const policy = policyNamed(placed.rule.text)
          return policy === undefined ? [] : [{ placed, policy }]
        })
        if (enforced.length === 0) return []
        if (!known) return [missing('cluster/networkpolicies.json')]
        const gone = new Map(enforced.filter(({ policy }) => !known.has(policy)).map((one) => [one.policy, one]))
        return [
          seen(
            ...[...gone.values()].map(
              ({ placed, policy }): Found => ({
                severity: 'error',
                cause: 'policy.stale',
                host: name,
                object: policy,
                text: `rules of ${name} enforce the policy ${policy}, which does not exist`,
                because: [ruleBecause(placed), because('no such policy among those captured', undefined)],
              }),
            ),
          ),
        ]
      }),
    )
  },
}

/** kube-router, K3s: `policy name NAME namespace NS`; Calico: `Policy NS/knp.default.NAME ingress`. */
function policyNamed(rule: string): string | undefined {
  const router = /run through nw policy ([\w.-]+)|policy name:? ?([\w.-]+),? namespace:? ?([\w.-]+)/i.exec(rule)
  if (router) return router[2] === undefined ? undefined : `${router[3]}/${router[2]}`
  const calico = /[Pp]olicy ([\w.-]+)\/(?:knp\.default\.)?([\w.-]+) (?:ingress|egress)/.exec(rule)
  return calico ? `${calico[1]}/${calico[2]}` : undefined
}

/** undefined: whether there are policies was not asked. */
function policiesOf({ cluster, documents }: CheckScene): ReadonlySet<string> | undefined {
  const own = cluster.objects.filter(({ object }) => object.kind === 'NetworkPolicy' || object.kind === 'GlobalNetworkPolicy')
  const asked = own.length > 0 || documents.some(({ file }) => /(?:^|\/)(?:networkpolic(?:y|ies)|all)\.(?:json|ya?ml)$/.test(file))
  if (!asked) return undefined
  return new Set(
    own.map(({ object }) => `${object.metadata.namespace ?? 'default'}/${object.metadata.name.replace(/^knp\.default\./, '')}`),
  )
}
