import { describe, expect, it } from 'vitest'
import { parseAddress } from '../../net/address.ts'
import { readKubernetes } from '../../parse/kubernetes/read.ts'
import { type Cluster, clusterOf } from '../kubernetes/cluster.ts'
import { evaluatePolicies, type PolicyAnswer } from './evaluate.ts'
import type { Flow, Party } from './party.ts'
import { policiesOf } from './policies.ts'

const pod = (namespace: string, name: string, address: string, labels: string, node = 'n1') => `---
kind: Pod
metadata: {name: ${name}, namespace: ${namespace}, labels: ${labels}}
spec: {nodeName: ${node}, containers: [{name: c, ports: [{name: http, containerPort: 8080}]}]}
status: {podIP: ${address}}
`
const WORLD = `${pod('prod', 'web', '10.42.1.5', '{app: web}')}${pod('prod', 'db', '10.42.2.6', '{app: db}', 'n2')}${pod('test', 'probe', '10.42.1.7', '{app: probe, role: client}')}---
kind: Namespace
metadata: {name: prod, labels: {env: prod}}
---
kind: Namespace
metadata: {name: test, labels: {env: test}}
---
kind: Node
metadata: {name: n1}
status: {addresses: [{type: InternalIP, address: 192.0.2.1}]}
---
kind: Node
metadata: {name: n2}
status: {addresses: [{type: InternalIP, address: 192.0.2.2}]}
---
`
const policy = (name: string, spec: string) => `---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: ${name}, namespace: prod}
spec: ${spec}
`
const calico = (kind: string, name: string, spec: string) => `---
apiVersion: projectcalico.org/v3
kind: ${kind}
metadata: {name: ${name}${kind === 'NetworkPolicy' ? ', namespace: prod' : ''}}
spec: ${spec}
`

function party(cluster: Cluster, text: string): Party {
  const [kind, first = '', second = ''] = text.split('/')
  if (kind === 'pod') return { kind, pod: cluster.pods.find((one) => one.namespace === first && one.name === second) as never }
  if (kind === 'node') return { kind, node: cluster.nodes.find((one) => one.name === first) as never, address: undefined }
  return { kind: 'outside', address: parseAddress(text) }
}

function ask(objects: string, from: string, to: string, port: number | undefined = 8080, protocol = 'tcp'): PolicyAnswer {
  const cluster = clusterOf(readKubernetes(WORLD + objects, 'f').facts)
  const flow: Flow = { from: party(cluster, from), to: party(cluster, to), protocol, port }
  return evaluatePolicies(policiesOf(cluster), flow)
}

const WEB = 'podSelector: {matchLabels: {app: web}}'
const PROBE = 'pod/test/probe'

describe('Kubernetes network policies', () => {
  it.each<[string, string, string, string, number | undefined, string]>([
    ['no policy', '', PROBE, 'pod/prod/web', 8080, 'allowed'],
    ['one that selects others', policy('p', '{podSelector: {matchLabels: {app: db}}}'), PROBE, 'pod/prod/web', 8080, 'allowed'],
    ['default deny', policy('deny', '{podSelector: {}}'), PROBE, 'pod/prod/web', 8080, 'denied'],
    ['default deny lets the node in', policy('deny', '{podSelector: {}}'), 'node/n1', 'pod/prod/web', 8080, 'allowed'],
    ['and no other node', policy('deny', '{podSelector: {}}'), 'node/n2', 'pod/prod/web', 8080, 'denied'],
    ['and the pod itself', policy('deny', '{podSelector: {}}'), 'pod/prod/web', 'pod/prod/web', 8080, 'allowed'],
    ['of its own namespace alone', policy('p', `{${WEB}, ingress: [{from: [{podSelector: {}}]}]}`), PROBE, 'pod/prod/web', 8080, 'denied'],
    [
      'of its own namespace',
      policy('p', `{${WEB}, ingress: [{from: [{podSelector: {}}]}]}`),
      'pod/prod/db',
      'pod/prod/web',
      8080,
      'allowed',
    ],
    [
      'of a namespace by label',
      policy('p', `{${WEB}, ingress: [{from: [{namespaceSelector: {matchLabels: {env: test}}}]}]}`),
      PROBE,
      'pod/prod/web',
      8080,
      'allowed',
    ],
    [
      'of pods in a namespace, both in one peer',
      policy(
        'p',
        `{${WEB}, ingress: [{from: [{namespaceSelector: {matchLabels: {env: test}}, podSelector: {matchExpressions: [{key: role, operator: NotIn, values: [client]}]}}]}]}`,
      ),
      PROBE,
      'pod/prod/web',
      8080,
      'denied',
    ],
    [
      'a block',
      policy('p', `{${WEB}, ingress: [{from: [{ipBlock: {cidr: 198.51.100.0/24, except: [198.51.100.64/26]}}]}]}`),
      '198.51.100.7',
      'pod/prod/web',
      8080,
      'allowed',
    ],
    [
      'the hole in a block',
      policy('p', `{${WEB}, ingress: [{from: [{ipBlock: {cidr: 198.51.100.0/24, except: [198.51.100.64/26]}}]}]}`),
      '198.51.100.70',
      'pod/prod/web',
      8080,
      'denied',
    ],
    ['a port', policy('p', `{${WEB}, ingress: [{ports: [{port: 8080}]}]}`), PROBE, 'pod/prod/web', 8080, 'allowed'],
    ['another port', policy('p', `{${WEB}, ingress: [{ports: [{port: 80}]}]}`), PROBE, 'pod/prod/web', 8080, 'denied'],
    ['another protocol', policy('p', `{${WEB}, ingress: [{ports: [{protocol: UDP, port: 8080}]}]}`), PROBE, 'pod/prod/web', 8080, 'denied'],
    ['a range', policy('p', `{${WEB}, ingress: [{ports: [{port: 8000, endPort: 9000}]}]}`), PROBE, 'pod/prod/web', 8080, 'allowed'],
    ['a port by name', policy('p', `{${WEB}, ingress: [{ports: [{port: http}]}]}`), PROBE, 'pod/prod/web', 8080, 'allowed'],
    ['ingress rules say nothing of egress', policy('p', `{${WEB}, ingress: []}`), 'pod/prod/web', 'pod/prod/db', 8080, 'allowed'],
    [
      'egress rules make it an egress policy too',
      policy('p', `{${WEB}, egress: [{to: [{ipBlock: {cidr: 10.0.0.0/8}}]}]}`),
      'pod/prod/web',
      '198.51.100.7',
      443,
      'denied',
    ],
    ['types say which', policy('p', `{${WEB}, policyTypes: [Egress]}`), PROBE, 'pod/prod/web', 8080, 'allowed'],
    [
      'any policy may allow',
      policy('deny', '{podSelector: {}}') + policy('p', `{${WEB}, ingress: [{}]}`),
      PROBE,
      'pod/prod/web',
      8080,
      'allowed',
    ],
  ])('%s', (_, objects, from, to, port, verdict) => {
    expect(ask(objects, from, to, port).verdict).toBe(verdict)
  })

  it('says which policies deny, and which rule of which allows', () => {
    expect(
      ask(policy('deny', '{podSelector: {}}') + policy('p', `{${WEB}, ingress: [{ports: [{port: 80}]}]}`), PROBE, 'pod/prod/web').ingress,
    ).toMatchObject({
      verdict: 'denied',
      by: [{ name: 'prod/deny' }, { name: 'prod/p' }],
      why: 'NetworkPolicy prod/deny and NetworkPolicy prod/p isolate the pod for ingress, and no rule allows this',
    })
    expect(ask(policy('p', `{${WEB}, ingress: [{ports: [{port: 80}]}, {}]}`), PROBE, 'pod/prod/web').ingress).toMatchObject({
      by: [{ name: 'prod/p', rule: 2, action: 'Allow', source: { file: 'f' } }],
    })
  })

  it('both sides must let it pass', () => {
    const answer = ask(policy('p', '{podSelector: {matchLabels: {app: db}}, policyTypes: [Egress]}'), 'pod/prod/db', 'pod/prod/web')
    expect(answer).toMatchObject({ verdict: 'denied', egress: { verdict: 'denied' }, ingress: { verdict: 'allowed' } })
  })

  it('what was not captured is unknown, and named', () => {
    const stranger = pod('other', 'x', '10.42.1.9', '{}')
    const byLabel = policy('p', `{${WEB}, ingress: [{from: [{namespaceSelector: {matchLabels: {env: test}}}]}]}`)
    expect(ask(stranger + byLabel, 'pod/other/x', 'pod/prod/web').ingress).toMatchObject({
      verdict: 'unknown',
      missing: 'cluster/namespaces.json',
    })
    expect(ask(stranger + byLabel + policy('q', `{${WEB}, ingress: [{}]}`), 'pod/other/x', 'pod/prod/web').verdict).toBe('allowed')
    const byName = policy('p', `{${WEB}, ingress: [{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: other}}}]}]}`)
    expect(ask(stranger + byName, 'pod/other/x', 'pod/prod/web').verdict).toBe('allowed')
  })
})

describe("Calico's policies", () => {
  const web = `selector: "app == 'web'"`
  it.each<[string, string, string]>([
    [
      'the first rule that matches decides',
      calico(
        'NetworkPolicy',
        'p',
        `{${web}, ingress: [{action: Deny, source: {selector: "role == 'client'", namespaceSelector: all()}}, {action: Allow}]}`,
      ),
      'denied',
    ],
    [
      'a selector without a namespace is of the policy’s own',
      calico('NetworkPolicy', 'p', `{${web}, ingress: [{action: Deny, source: {selector: "role == 'client'"}}, {action: Allow}]}`),
      'allowed',
    ],
    ['what no rule decides is denied', calico('NetworkPolicy', 'p', `{${web}, ingress: [{action: Allow, protocol: UDP}]}`), 'denied'],
    [
      'by order',
      calico('GlobalNetworkPolicy', 'a', '{order: 20, ingress: [{action: Deny}]}') +
        calico('GlobalNetworkPolicy', 'b', '{order: 10, ingress: [{action: Allow}]}'),
      'allowed',
    ],
    [
      'without an order: last',
      calico('GlobalNetworkPolicy', 'a', '{ingress: [{action: Deny}]}') +
        calico('GlobalNetworkPolicy', 'b', '{order: 10, ingress: [{action: Allow}]}'),
      'allowed',
    ],
    [
      'before Kubernetes’ own at 1000',
      calico('GlobalNetworkPolicy', 'a', '{order: 10, ingress: [{action: Deny}]}') + policy('p', `{${WEB}, ingress: [{}]}`),
      'denied',
    ],
    ['Log goes on', calico('GlobalNetworkPolicy', 'a', '{ingress: [{action: Log}, {action: Allow}]}'), 'allowed'],
    [
      'Pass leaves the tier',
      calico('Tier', 'sec', '{order: 1}') +
        calico('GlobalNetworkPolicy', 'a', '{tier: sec, ingress: [{action: Pass}]}') +
        calico('GlobalNetworkPolicy', 'b', '{ingress: [{action: Deny}]}'),
      'denied',
    ],
    [
      'a tier that denies comes first',
      calico('Tier', 'sec', '{order: 1}') +
        calico('GlobalNetworkPolicy', 'a', '{tier: sec, ingress: [{action: Allow, protocol: UDP}]}') +
        policy('p', `{${WEB}, ingress: [{}]}`),
      'denied',
    ],
    [
      'ports and nets',
      calico(
        'GlobalNetworkPolicy',
        'a',
        '{ingress: [{action: Allow, protocol: TCP, source: {nets: [10.42.0.0/16], notNets: [10.42.1.7/32]}, destination: {ports: ["8000:9000"]}}]}',
      ),
      'denied',
    ],
    [
      'a set of networks by label',
      `${calico('GlobalNetworkSet', 's', '{nets: [10.42.1.0/24]}').replace('name: s', 'name: s, labels: {zone: near}')}${calico('GlobalNetworkPolicy', 'a', `{ingress: [{action: Allow, source: {selector: "zone == 'near'"}}]}`)}`,
      'allowed',
    ],
    [
      'for host endpoints alone',
      calico('GlobalNetworkPolicy', 'a', '{preDNAT: true, applyOnForward: true, ingress: [{action: Deny}]}'),
      'allowed',
    ],
    [
      'service accounts are not known',
      calico('GlobalNetworkPolicy', 'a', '{ingress: [{action: Allow, source: {serviceAccounts: {names: [robot]}}}]}'),
      'unknown',
    ],
    [
      'a selector that is not understood',
      calico('GlobalNetworkPolicy', 'a', '{selector: "app ~ web", ingress: [{action: Deny}]}'),
      'unknown',
    ],
  ])('%s', (_, objects, verdict) => {
    expect(ask(objects, PROBE, 'pod/prod/web').verdict).toBe(verdict)
  })

  it('a node under a HostEndpoint is unknown, and the endpoint is named', () => {
    const answer = ask(calico('HostEndpoint', 'n1-eth0', '{node: n1, interfaceName: eth0}'), PROBE, 'node/n1', 22)
    expect(answer.ingress).toMatchObject({ verdict: 'unknown', by: [{ kind: 'HostEndpoint', name: 'n1-eth0' }] })
  })
})

describe("Cilium's policies", () => {
  const cilium = `---
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: l7, namespace: prod}
spec: {endpointSelector: {matchLabels: {"k8s:app": web}}, ingress: [{}]}
`
  it('are named and unknown for those whom they select', () => {
    expect(ask(cilium, PROBE, 'pod/prod/web').ingress).toMatchObject({
      verdict: 'unknown',
      by: [{ kind: 'CiliumNetworkPolicy', name: 'prod/l7' }],
    })
    expect(ask(cilium, PROBE, 'pod/prod/db').verdict).toBe('allowed')
  })

  it('cannot take away what another allows, unless they deny', () => {
    const allow = policy('p', `{${WEB}, ingress: [{}]}`)
    expect(ask(cilium + allow, PROBE, 'pod/prod/web').verdict).toBe('allowed')
    expect(ask(cilium.replace('ingress: [{}]', 'ingressDeny: [{}]') + allow, PROBE, 'pod/prod/web').verdict).toBe('unknown')
  })
})
