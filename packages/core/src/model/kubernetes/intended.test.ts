import { describe, expect, it } from 'vitest'
import { formatAddress, parseAddress } from '../../net/address.ts'
import { readKubernetes } from '../../parse/kubernetes/read.ts'
import { type Cluster, clusterOf } from './cluster.ts'
import { type Intended, intendedBackends, namedBackends, type ServiceClient } from './intended.ts'
import { type EntryKind, entriesOf } from './service-address.ts'

const NODES = `
kind: Node
metadata: {name: n1, labels: {topology.kubernetes.io/zone: a}}
status: {addresses: [{type: InternalIP, address: 192.0.2.1}, {type: InternalIP, address: "2001:db8::1"}]}
---
kind: Node
metadata: {name: n2, labels: {topology.kubernetes.io/zone: b}}
status: {addresses: [{type: InternalIP, address: 192.0.2.2}]}
---
`
const slice = (endpoints: string, ports = '[{name: http, port: 8080, protocol: TCP}]', family = 'IPv4') => `
kind: EndpointSlice
apiVersion: discovery.k8s.io/v1
metadata: {name: web-abcde, namespace: prod, labels: {kubernetes.io/service-name: web}}
addressType: ${family}
ports: ${ports}
endpoints: ${endpoints}
---
`
const service = (spec: string, rest = '') => `
kind: Service
metadata: {name: web, namespace: prod}
spec: {clusterIP: 10.43.0.10, ports: [{name: http, port: 80, targetPort: web, nodePort: 30080}], ${spec}}
${rest}
---
`
const READY = `
- {addresses: [10.42.1.5], nodeName: n1, conditions: {ready: true}}
- {addresses: [10.42.2.5], nodeName: n2, conditions: {ready: true}}
`
const TERMINATING = `
- {addresses: [10.42.1.5], nodeName: n1, conditions: {ready: false, serving: true, terminating: true}}
- {addresses: [10.42.2.5], nodeName: n2, conditions: {ready: false, serving: false, terminating: true}}
`
const POD: ServiceClient = { kind: 'pod', address: parseAddress('10.42.1.9') }
const OUTSIDE: ServiceClient = { kind: 'outside', address: parseAddress('198.51.100.7') }

const clusterFrom = (text: string): Cluster => clusterOf(readKubernetes(text, 'f').facts)

function ask(text: string, kind: EntryKind, client: ServiceClient, nodeName = 'n1', family: 'number' | 'bigint' = 'number'): Intended {
  const cluster = clusterFrom(NODES + text)
  const [web] = cluster.services
  const node = cluster.nodes.find((one) => one.name === nodeName)
  const entry = web && entriesOf(web, node).find((one) => one.kind === kind && typeof one.address === family)
  if (!web || !entry) throw new Error('no such entry')
  return intendedBackends(cluster, web, entry, node, client)
}

const told = (intended: Intended): string =>
  intended.kind === 'backends'
    ? intended.backends.map(({ address, port }) => `${formatAddress(address)}:${port}`).join(' ')
    : intended.kind === 'none'
      ? `${intended.answer} ${intended.reason}`
      : 'unknown'

describe('where the API wants a Service to go', () => {
  const both = '10.42.1.5:8080 10.42.2.5:8080'
  const lb = (spec: string) => service(`type: LoadBalancer, ${spec}`, 'status: {loadBalancer: {ingress: [{ip: 203.0.113.9}]}}')
  const NO_LOCAL = '[{addresses: [10.42.2.5], nodeName: n2, conditions: {ready: true}}]'

  it.each<[string, string, EntryKind, ServiceClient, string]>([
    ['a cluster IP: any ready endpoint', service('type: ClusterIP') + slice(READY), 'cluster-ip', POD, both],
    [
      'internal policy Local: those of the node',
      service('internalTrafficPolicy: Local') + slice(READY),
      'cluster-ip',
      POD,
      '10.42.1.5:8080',
    ],
    [
      'internal policy Local without one: dropped',
      service('internalTrafficPolicy: Local') + slice(NO_LOCAL),
      'cluster-ip',
      POD,
      'drop no-local-endpoints',
    ],
    ['no endpoint at all: refused', service('type: ClusterIP') + slice('[]'), 'cluster-ip', POD, 'reject no-endpoints'],
    [
      'only those that still serve while they terminate',
      service('type: ClusterIP') + slice(TERMINATING),
      'cluster-ip',
      POD,
      '10.42.1.5:8080',
    ],
    ['a node port, policy Cluster', service('type: NodePort') + slice(READY), 'node-port', OUTSIDE, both],
    [
      'a node port, policy Local, from outside',
      service('type: NodePort, externalTrafficPolicy: Local') + slice(READY),
      'node-port',
      OUTSIDE,
      '10.42.1.5:8080',
    ],
    [
      'a node port, policy Local, from a pod',
      service('type: NodePort, externalTrafficPolicy: Local') + slice(READY),
      'node-port',
      POD,
      both,
    ],
    [
      'a node port, policy Local, without a local endpoint',
      service('type: NodePort, externalTrafficPolicy: Local') + slice(NO_LOCAL),
      'node-port',
      OUTSIDE,
      'drop no-local-endpoints',
    ],
    ['an external IP', service('externalIPs: [198.51.100.80]') + slice(READY), 'external-ip', OUTSIDE, both],
    ['a load balancer', lb('loadBalancerSourceRanges: ["198.51.100.0/24"]') + slice(READY), 'load-balancer', OUTSIDE, both],
    [
      'a load balancer for others',
      lb('loadBalancerSourceRanges: ["192.0.2.0/24"]') + slice(READY),
      'load-balancer',
      OUTSIDE,
      'drop source-range',
    ],
    [
      'source ranges do not hold for its cluster IP',
      lb('loadBalancerSourceRanges: ["192.0.2.0/24"]') + slice(READY),
      'cluster-ip',
      POD,
      both,
    ],
    [
      'zone hints, where every endpoint has them',
      service('type: ClusterIP') +
        slice(
          '[{addresses: [10.42.1.5], conditions: {}, hints: {forZones: [{name: a}]}}, {addresses: [10.42.2.5], hints: {forZones: [{name: b}]}}]',
        ),
      'cluster-ip',
      POD,
      '10.42.1.5:8080',
    ],
    [
      'a slice whose port has another name is another port',
      service('') + slice(READY, '[{name: other, port: 1}]'),
      'cluster-ip',
      POD,
      'reject no-endpoints',
    ],
    ['nothing captured that tells', service('type: ClusterIP'), 'cluster-ip', POD, 'unknown'],
  ])('%s', (_, text, kind, client, expected) => {
    expect(told(ask(text, kind, client))).toBe(expected)
  })

  it('each family has its own endpoints', () => {
    const dual =
      service('clusterIPs: [10.43.0.10, "fd00:43::a"]') +
      slice(READY) +
      slice('[{addresses: ["fd00:42::5"], nodeName: n1}]', undefined, 'IPv6').replace('web-abcde', 'web-fghij')
    expect(told(ask(dual, 'cluster-ip', POD))).toBe(both)
    expect(told(ask(dual, 'cluster-ip', POD, 'n1', 'bigint'))).toBe('fd00:42::5:8080')
  })

  it('from Endpoints where there are no slices, and from the pods where there is neither', () => {
    const endpoints = `
kind: Endpoints
metadata: {name: web, namespace: prod}
subsets: [{addresses: [{ip: 10.42.1.5, nodeName: n1}], notReadyAddresses: [{ip: 10.42.2.5}], ports: [{name: http, port: 8080}]}]
---
`
    const pod = (name: string, ip: string, ready: string, extra = '') => `
kind: Pod
metadata: {name: ${name}, namespace: prod, labels: {app: web}${extra}}
spec: {nodeName: n1, containers: [{name: c, ports: [{name: web, containerPort: 9090}]}]}
status: {phase: Running, podIP: ${ip}, conditions: [{type: Ready, status: "${ready}"}]}
---
`
    const pods =
      pod('a', '10.42.1.6', 'True') + pod('b', '10.42.1.7', 'False') + pod('c', '10.42.1.8', 'True', ', deletionTimestamp: "2026-01-01"')
    const selecting = service('selector: {app: web}')
    expect(ask(selecting + endpoints + pods, 'cluster-ip', POD)).toMatchObject({ from: 'Endpoints', backends: [{ port: 8080 }] })
    const fromPods = ask(selecting + pods, 'cluster-ip', POD)
    expect(fromPods).toMatchObject({ from: 'pods' })
    expect(told(fromPods)).toBe('10.42.1.6:9090')
  })

  it('affinity is told', () => {
    expect(ask(service('sessionAffinity: ClientIP') + slice(READY), 'cluster-ip', POD)).toMatchObject({ affinity: 10_800 })
  })

  it('names alone: a headless Service gives its pods, an ExternalName its alias', () => {
    const headless = clusterFrom(service('type: ClusterIP').replace('10.43.0.10', 'None') + slice(READY))
    expect(headless.services.map((one) => namedBackends(headless, one))).toMatchObject([{ kind: 'direct', backends: [{ port: 8080 }, {}] }])
    const alias = clusterFrom('kind: Service\nmetadata: {name: db}\nspec: {type: ExternalName, externalName: db.example.com}\n')
    expect(alias.services.map((one) => namedBackends(alias, one))).toEqual([{ kind: 'alias', name: 'db.example.com' }])
    expect(alias.services.flatMap((one) => entriesOf(one, undefined))).toEqual([])
  })
})
