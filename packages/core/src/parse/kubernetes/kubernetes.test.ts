import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseAddress } from '../../net/address.ts'
import { parsePrefix } from '../../net/prefix.ts'
import { endpointsOf } from './endpoints.ts'
import { networkPolicyOf } from './network-policy.ts'
import { nodeOf } from './node.ts'
import { podOf } from './pod.ts'
import { readKubernetes } from './read.ts'
import { selects } from './selector.ts'
import { serviceOf } from './service.ts'
import { readKubectlTable } from './table.ts'

const ip = (text: string) => parseAddress(text)
const kinds = (text: string) =>
  readKubernetes(text, 'f').facts.map(({ object, source }) => [object.kind, object.metadata.name, source.line])

const PODS = `apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: Pod
  metadata: {name: web-1, labels: {app: web}}
  spec:
    nodeName: node1
    containers:
    - name: c
      ports: [{containerPort: 80, name: http, hostPort: 8080}]
  status:
    phase: Running
    podIP: 10.42.0.5
    podIPs: [{ip: 10.42.0.5}, {ip: "fd00::5"}]
    hostIP: 192.0.2.5
    conditions: [{type: Ready, status: "False"}]
- apiVersion: v1
  kind: Service
  metadata: {name: web, namespace: prod}
  spec:
    type: NodePort
    clusterIP: 10.43.0.10
    clusterIPs: [10.43.0.10]
    externalTrafficPolicy: Local
    selector: {app: web}
    ports: [{port: 80, targetPort: http, nodePort: 30080}]
`

describe('objects', () => {
  it('come from a list, several documents, JSON, and typed lists without kinds, each with its line', () => {
    expect(kinds(PODS)).toEqual([
      ['Pod', 'web-1', 4],
      ['Service', 'web', 18],
    ])
    expect(
      kinds(`# first\n---\napiVersion: v1\nkind: Node\nmetadata:\n  name: a\n---\nkind: Pod\napiVersion: v1\nmetadata: {name: b}\n...\n`),
    ).toEqual([
      ['Node', 'a', 3],
      ['Pod', 'b', 8],
    ])
    expect(
      kinds(
        '{"apiVersion":"v1","items":[\n{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"}},\n{"apiVersion":"v1","kind":"Pod","metadata":{"name":"b"}}],"kind":"List"}',
      ),
    ).toEqual([
      ['Pod', 'a', 2],
      ['Pod', 'b', 3],
    ])
    expect(kinds('{"kind":"NodeList","apiVersion":"v1","items":[\n{"metadata":{"name":"n"},"spec":{}}]}')).toEqual([['Node', 'n', 2]])
    expect(kinds('apiVersion: v1\nkind: PodList\nitems:\n- metadata: {name: p}\n')).toEqual([['Pod', 'p', 4]])
  })

  it('a broken document costs only itself', () => {
    const { facts, notes } = readKubernetes(
      'kind: Pod\nmetadata: {name: a}\n---\nkind: [unclosed\n---\nkind: Pod\nmetadata: {name: b}\n',
      'f',
    )
    expect(facts.map(({ object }) => object.metadata.name)).toEqual(['a', 'b'])
    expect(notes.length).toBeGreaterThan(0)
  })

  it('a tower of aliases stays small', () => {
    const bomb = `a: &a [x, x, x, x, x, x, x, x, x]\n${'bcdefghi'.replace(
      /./g,
      (c) =>
        `${c}: &${c} [${Array(9)
          .fill(`*${String.fromCharCode(c.charCodeAt(0) - 1)}`)
          .join(', ')}]\n`,
    )}kind: Pod\nmetadata: {name: x}\n`
    const start = performance.now()
    const { facts, notes } = readKubernetes(bomb, 'f')
    expect(facts).toEqual([])
    expect(notes[0]?.kind).toBe('broken')
    expect(performance.now() - start).toBeLessThan(2000)
  })

  it('knows no tags of its own', () => {
    const [found] = readKubernetes('kind: Pod\nmetadata: {name: !!js/function "function () {}"}\n', 'f').facts
    expect(typeof found?.object.metadata.name).toBe('string')
  })

  it('readers take anything', () => {
    const text = fc.oneof(
      fc.string(),
      fc.json(),
      fc
        .tuple(fc.nat(PODS.length), fc.string({ maxLength: 4 }))
        .map(([at, piece]) => PODS.slice(0, at) + piece + PODS.slice(at + piece.length)),
    )
    fc.assert(
      fc.property(text, (content) => {
        for (const fact of readKubernetes(content, 'f').facts)
          for (const view of [podOf, serviceOf, endpointsOf, nodeOf, networkPolicyOf]) view(fact)
        readKubectlTable(content, 'f')
      }),
      { numRuns: 300 },
    )
  })
})

describe('views', () => {
  const { facts } = readKubernetes(PODS, 'f')

  it('a pod', () => {
    expect(facts[0] && podOf(facts[0])).toMatchObject({
      name: 'web-1',
      namespace: 'default',
      addresses: [ip('10.42.0.5'), ip('fd00::5')],
      node: 'node1',
      nodeAddress: ip('192.0.2.5'),
      hostNetwork: false,
      ready: false,
      containers: [{ name: 'c', ports: [{ port: 80, name: 'http', hostPort: 8080, protocol: 'tcp' }] }],
    })
  })

  it('a service', () => {
    expect(facts[1] && serviceOf(facts[1])).toMatchObject({
      namespace: 'prod',
      type: 'NodePort',
      clusterAddresses: [ip('10.43.0.10')],
      externalTrafficPolicy: 'Local',
      selector: { app: 'web' },
      ports: [{ port: 80, targetPort: 'http', nodePort: 30080, protocol: 'tcp' }],
    })
  })

  it('endpoints of both kinds', () => {
    const text = `kind: EndpointSlice
apiVersion: discovery.k8s.io/v1
metadata: {name: web-abcde, labels: {kubernetes.io/service-name: web}}
endpoints:
- addresses: [10.42.0.5]
  conditions: {ready: false, serving: true, terminating: true}
  nodeName: node1
- addresses: [10.42.0.6]
ports: [{port: 80, name: http}]
---
kind: Endpoints
apiVersion: v1
metadata: {name: web}
subsets:
- addresses: [{ip: 10.42.0.6}]
  notReadyAddresses: [{ip: 10.42.0.5}]
  ports: [{port: 80}]
`
    const groups = readKubernetes(text, 'f').facts.flatMap(endpointsOf)
    expect(
      groups.map(({ service, endpoints }) => [service, endpoints.map((e) => [e.addresses[0], e.ready, e.serving, e.terminating])]),
    ).toEqual([
      [
        'web',
        [
          [ip('10.42.0.5'), false, true, true],
          [ip('10.42.0.6'), true, true, false],
        ],
      ],
      [
        'web',
        [
          [ip('10.42.0.6'), true, true, false],
          [ip('10.42.0.5'), false, false, false],
        ],
      ],
    ])
  })

  it('a node', () => {
    const [node] = readKubernetes(
      'kind: Node\napiVersion: v1\nmetadata: {name: n}\nspec: {podCIDR: 10.42.0.0/24, podCIDRs: [10.42.0.0/24]}\nstatus: {addresses: [{type: InternalIP, address: 192.0.2.5}], conditions: [{type: Ready, status: "True"}], nodeInfo: {kubeletVersion: v1.30.0}}\n',
      'f',
    ).facts
    expect(node && nodeOf(node)).toMatchObject({
      internalAddresses: [ip('192.0.2.5')],
      podCidrs: [parsePrefix('10.42.0.0/24')],
      ready: true,
      kubeletVersion: 'v1.30.0',
    })
  })

  it('a network policy: without policyTypes it speaks of ingress only', () => {
    const [policy] = readKubernetes(
      'kind: NetworkPolicy\napiVersion: networking.k8s.io/v1\nmetadata: {name: p}\nspec:\n  podSelector: {matchLabels: {app: db}}\n  ingress:\n  - from: [{ipBlock: {cidr: 10.0.0.0/8, except: [10.1.0.0/16]}}, {namespaceSelector: {}}]\n    ports: [{port: 5432, endPort: 5440}]\n',
      'f',
    ).facts
    const view = policy && networkPolicyOf(policy)
    expect(view).toMatchObject({ egress: undefined, ingress: [{ ports: [{ port: 5432, endPort: 5440, protocol: 'tcp' }] }] })
    expect(view?.ingress?.[0]?.peers[0]?.block).toEqual({ prefix: parsePrefix('10.0.0.0/8'), except: [parsePrefix('10.1.0.0/16')] })
    expect(view && selects(view.pods, { app: 'db' })).toBe(true)
    expect(view && selects(view.pods, { app: 'web' })).toBe(false)
  })
})

describe('kubectl tables', () => {
  it('become partial objects', () => {
    const table = `NAMESPACE   NAME    READY   STATUS             RESTARTS      AGE   IP           NODE    NOMINATED NODE   READINESS GATES
default     web-1   1/1     Running            3 (5m ago)    5d    10.42.0.5    node1   <none>           <none>
prod        db-0    0/1     CrashLoopBackOff   7             5d    <none>       <none>  <none>           <none>

NAME         TYPE        CLUSTER-IP   EXTERNAL-IP   PORT(S)                      AGE   SELECTOR
kubernetes   ClusterIP   10.43.0.1    <none>        443/TCP                      9d    <none>
web          NodePort    10.43.0.10   192.0.2.9     80:30080/TCP,53:30053/UDP    9d    app=web,tier=front
`
    const { facts } = readKubectlTable(table, 'f')
    expect(facts.every((fact) => fact.partial)).toBe(true)
    const pods = facts.flatMap((fact) => podOf(fact) ?? [])
    expect(
      pods.map(({ name, namespace, addresses, node, ready, source }) => [name, namespace, addresses, node, ready, source.line]),
    ).toEqual([
      ['web-1', 'default', [ip('10.42.0.5')], 'node1', true, 2],
      ['db-0', 'prod', [], undefined, false, 3],
    ])
    const services = facts.flatMap((fact) => serviceOf(fact) ?? [])
    expect(services[1]).toMatchObject({
      type: 'NodePort',
      externalAddresses: [ip('192.0.2.9')],
      selector: { app: 'web', tier: 'front' },
      ports: [
        { port: 80, nodePort: 30080 },
        { port: 53, nodePort: 30053, protocol: 'udp' },
      ],
    })
  })

  it('nodes, endpoints, names with their resource, and the namespace of -n', () => {
    const { facts } = readKubectlTable(
      'NAME   STATUS                     ROLES    AGE   VERSION   INTERNAL-IP\nn1     Ready,SchedulingDisabled   <none>   9d    v1.30.0   192.0.2.5\n',
      'f',
    )
    expect(facts[0] && nodeOf(facts[0])).toMatchObject({
      name: 'n1',
      ready: true,
      unschedulable: true,
      internalAddresses: [ip('192.0.2.5')],
    })
    const [endpoints] = readKubectlTable(
      'NAME   ENDPOINTS                              AGE\nweb    10.42.0.5:80,10.42.0.6:80 + 1 more...   9d\n',
      'f',
      'prod',
    ).facts
    expect(endpoints && endpointsOf(endpoints)[0]).toMatchObject({
      namespace: 'prod',
      endpoints: [{ addresses: [ip('10.42.0.5')] }, { addresses: [ip('10.42.0.6')] }],
    })
    expect(
      readKubectlTable('NAME        READY   STATUS    RESTARTS   AGE\npod/web-1   1/1     Running   0          5d\n', 'f').facts[0]?.object,
    ).toMatchObject({ kind: 'Pod', metadata: { name: 'web-1' } })
  })

  it('reads pods’ rows that grep has parted from their header', () => {
    const [pod] = readKubectlTable('web-1   1/1   Running   0   5d   10.42.0.5   node1   <none>\n', 'f', 'prod').facts
    expect(pod && podOf(pod)).toMatchObject({ name: 'web-1', namespace: 'prod', node: 'node1', addresses: [ip('10.42.0.5')] })
  })
})
