import { describe, expect, it } from 'vitest'
import { createEngine } from '../../datapath/engine.ts'
import { askRules } from '../../diagnose/policies/rules.ts'
import { readDocuments } from '../../intake/documents.ts'
import { collectCluster } from '../../model/kubernetes/cluster.ts'
import { parsePlace } from '../../model/place.ts'
import { evaluatePolicies } from '../../model/policy/evaluate.ts'
import { policiesOf } from '../../model/policy/policies.ts'
import { isBad, questionsOf } from '../../model/policy/question.ts'
import { PLAIN } from '../style.ts'
import { type Answered, verdictOf } from './answers.ts'
import { policyJson } from './json.ts'
import { policyText } from './text.ts'

const pod = (name: string, address: string) => `kind: Pod
metadata: {name: ${name}, namespace: shop, labels: {app: ${name}}}
spec: {nodeName: n1, containers: [{name: c, ports: [{containerPort: 5432}]}]}
status: {podIP: ${address}, hostIP: 192.0.2.1}
---
`
const OBJECTS = `${pod('web', '10.42.0.5')}${pod('db', '10.42.0.6')}${pod('other', '10.42.0.7')}apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: only-web, namespace: shop}
spec: {podSelector: {matchLabels: {app: db}}, ingress: [{from: [{podSelector: {matchLabels: {app: web}}}]}]}
---
kind: Service
metadata: {name: db, namespace: shop}
spec: {clusterIP: 10.43.0.6, selector: {app: db}, ports: [{port: 15432, targetPort: 5432}]}
`
const HOST = {
  'ip-addr.txt': `2: eth0: <BROADCAST,UP,LOWER_UP> mtu 1500 state UP
    inet 192.0.2.1/24 scope global eth0
3: cni0: <BROADCAST,UP,LOWER_UP> mtu 1450 state UP
    inet 10.42.0.1/24 scope global cni0
`,
  'ip-route.txt': 'default via 192.0.2.254 dev eth0\n10.42.0.0/24 dev cni0 proto kernel scope link src 10.42.0.1\n',
}
const rules = (text: string) =>
  `*filter\n:FORWARD ACCEPT [0:0]\n:KUBE-POD-FW-X - [0:0]\n-A FORWARD -d 10.42.0.6/32 -j KUBE-POD-FW-X\n${text}COMMIT\n`

function ask(from: string | undefined, to: string | undefined, ruleset?: string): readonly Answered[] {
  const machine = ruleset === undefined ? [] : Object.entries({ ...HOST, 'iptables-save.txt': ruleset })
  const documents = readDocuments([
    { path: 'cluster/all.yaml', text: OBJECTS },
    ...machine.map(([name, text]) => ({ path: `hosts/h/${name}`, text })),
  ])
  const cluster = collectCluster(documents)
  const questions = questionsOf(cluster, from === undefined ? undefined : parsePlace(from), to === undefined ? undefined : parsePlace(to))
  if (isBad(questions)) throw new Error(questions.text)
  const engine = ruleset === undefined ? undefined : createEngine(documents)
  return questions.map((question) => {
    const answer = evaluatePolicies(policiesOf(cluster), question.flow)
    return { question, answer, rules: engine && askRules(engine, question, answer) }
  })
}

describe('culprit policy', () => {
  it('tells one flow as a story, with the policy and its line', () => {
    const answered = ask('pod/shop/other', 'pod/shop/db:5432')
    expect(verdictOf(answered)).toBe('denied')
    expect(policyText(answered, 1, PLAIN)).toBe(`DENIED  pod/shop/other → pod/shop/db, 5432/tcp: by the policies alone.

  yes  pod/shop/other may send it: no policy isolates the pod for egress
  no   pod/shop/db may get it: NetworkPolicy shop/only-web isolates the pod for ingress, and no rule allows this
         cluster/all.yaml:16

The rules of these hosts were not captured: whether they keep to the policies is not known.
`)
  })

  it('asks for everybody where nobody is named, and tells by destination', () => {
    const text = policyText(ask(undefined, 'svc/shop/db:15432'), 1, PLAIN)
    expect(text).toContain('3 flows, 1 policy: 1 allowed, 2 denied, 0 not settled.')
    expect(text).toContain('→ pod/shop/db, 5432/tcp\n  allowed  pod/shop/web\n')
    expect(text).toContain('  denied  pod/shop/other, outside\n')
    expect(policyJson(ask('pod/shop/web', 'pod/shop/db'), 1)).toMatchObject({
      schema: 'culprit.policy/v1',
      flows: [
        { from: 'pod/shop/web', port: 5432, verdict: 'allowed', ingress: { policies: [{ name: 'shop/only-web', rule: 1 }] }, rules: null },
      ],
    })
  })

  it.each<[string, string, string, string]>([
    ['rules that stop what is denied', 'pod/shop/other', '-A KUBE-POD-FW-X -s 10.42.0.7/32 -j DROP\n', 'agrees'],
    ['rules that let pass what is denied', 'pod/shop/other', '', 'not-enforced'],
    ['rules that stop what is allowed', 'pod/shop/web', '-A KUBE-POD-FW-X -j DROP\n', 'stopped-by-policy-rule'],
    ['rules of others that stop it', 'pod/shop/web', '-A FORWARD -j DROP\n', 'stopped-otherwise'],
  ])('holds the policies against %s', (_, from, ruleset, kind) => {
    const [answered] = ask(from, 'pod/shop/db:5432', rules(ruleset))
    expect(answered?.rules?.kind).toBe(kind)
  })
})
