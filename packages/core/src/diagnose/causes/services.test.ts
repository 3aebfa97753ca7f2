import { expect, test } from 'vitest'
import { kube, type Story, suspicions } from '../testing/scene.ts'
import { serviceNoEndpoints } from './service-no-endpoints.ts'
import { serviceSelector } from './service-selector.ts'
import { serviceTargetPort } from './service-target-port.ts'

const service = (spec: object) =>
  kube('Service', 'web', { spec: { clusterIP: '10.96.0.20', ports: [{ port: 80, targetPort: 8080 }], ...spec } })
const pod = (labels: object, spec: object = {}, more: object = {}) =>
  kube(
    'Pod',
    'web-1',
    {
      spec: { nodeName: 'n1', containers: [{ name: 'c', ports: [{ name: 'http', containerPort: 8080 }] }], ...spec },
      status: { phase: 'Running', podIP: '10.244.1.7', conditions: [{ type: 'Ready', status: 'True' }] },
    },
    { labels, ...more },
  )
const asked = (objects: readonly object[], tried = ['host/n1 -> 10.96.0.20:80/tcp refused']): Story => ({
  files: { 'cluster/all.json': { apiVersion: 'v1', kind: 'List', items: objects } },
  tried,
})

test.each([
  [
    'one of two labels differs',
    asked([service({ selector: { app: 'web', tier: 'front' } }), pod({ app: 'web', tier: 'frontend' })]),
    ['0.9 Service default/web'],
  ],
  ['two letters are swapped', asked([service({ selector: { app: 'wbe' } }), pod({ app: 'web' })]), ['0.9 Service default/web']],
  ['a value is cut', asked([service({ selector: { app: 'web' } }), pod({ app: 'web-shop' })]), ['0.9 Service default/web']],
  ['another key', asked([service({ selector: { app: 'web' } }), pod({ 'app.kubernetes.io/name': 'web' })]), ['0.75 Service default/web']],
  [
    'the pods are in another namespace',
    asked([
      service({ selector: { app: 'web' } }),
      pod({ app: 'web' }, {}, { namespace: 'shop' }),
      kube('Pod', 'db-1', {}, { labels: { app: 'db' } }),
    ]),
    ['0.7 Service default/web'],
  ],
  [
    'what fails leads elsewhere',
    asked([service({ selector: { app: 'web' } }), pod({ app: 'web-shop' })], ['host/n1 -> 192.0.2.9:80/tcp timeout']),
    ['0.3 Service default/web'],
  ],
])('service.selector: %s', (_, story, expected) => {
  expect(suspicions(serviceSelector, story)).toEqual(expected)
})

test.each([
  ['it matches', asked([service({ selector: { app: 'web' } }), pod({ app: 'web', tier: 'front' })])],
  [
    'the pods that are left belong to another Service',
    asked([
      service({ selector: { app: 'web', tier: 'a' } }),
      kube('Service', 'other', { spec: { clusterIP: '10.96.0.21', selector: { app: 'web', tier: 'b' }, ports: [{ port: 80 }] } }),
      pod({ app: 'web', tier: 'b' }),
    ]),
  ],
  [
    'pods have nothing in common with it',
    asked([service({ selector: { app: 'web' } }), kube('Pod', 'db-1', { status: { phase: 'Running' } }, { labels: { app: 'db' } })]),
  ],
  ['the Service has no selector', asked([service({}), pod({ app: 'web' })])],
])('service.selector: not where %s', (_, story) => {
  expect(suspicions(serviceSelector, story)).toEqual([])
})

const machines = (ss: string): NonNullable<Story['machines']> => ({
  n1: { devices: 'eth0 192.0.2.11/24\ncni0 bridge 10.244.1.1/24\nveth1@n1/p1:eth0 master=cni0', sysctl: 'net.ipv4.ip_forward = 1' },
  'n1/p1': { devices: 'eth0@n1:veth1 10.244.1.7/24', routes: 'default via 10.244.1.1 dev eth0', ss },
})
const to = (targetPort: number | string, protocol = 'TCP') =>
  service({ selector: { app: 'web' }, ports: [{ port: 80, targetPort, protocol }] })

test.each([
  ['a name that no container has', asked([to('web'), pod({ app: 'web' })]), ['0.95 port 80 of Service default/web']],
  ['the name is of another protocol', asked([to('http', 'UDP'), pod({ app: 'web' })], []), ['0.95 port 80 of Service default/web']],
  ['a number that the pods do not declare', asked([to(80), pod({ app: 'web' })]), ['0.65 port 80 of Service default/web']],
  [
    'a number where the pod does not listen',
    { ...asked([to(80), pod({ app: 'web' })]), machines: machines('tcp LISTEN 0 128 *:8080 *:*') },
    ['0.9 port 80 of Service default/web'],
  ],
])('service.target-port: %s', (_, story, expected) => {
  expect(suspicions(serviceTargetPort, story)).toEqual(expected)
})

test.each([
  ['the name is there', asked([to('http'), pod({ app: 'web' })])],
  ['the number is declared', asked([to(8080), pod({ app: 'web' })])],
  ['the pods declare nothing', asked([to(80), pod({ app: 'web' }, { containers: [{ name: 'c' }] })])],
  ['it is not declared, and the pod listens', { ...asked([to(80), pod({ app: 'web' })]), machines: machines('tcp LISTEN 0 128 *:80 *:*') }],
  ['the pod listens nowhere: that is no wrong number', { ...asked([to(8080), pod({ app: 'web' })]), machines: machines('') }],
])('service.target-port: not where %s', (_, story) => {
  expect(suspicions(serviceTargetPort, story)).toEqual([])
})

const slice = (endpoints: object[]) =>
  kube(
    'EndpointSlice',
    'web-abcde',
    { addressType: 'IPv4', endpoints, ports: [{ port: 8080, protocol: 'TCP' }] },
    { labels: { 'kubernetes.io/service-name': 'web' } },
  )

test.each([
  ['its slices are empty', asked([service({ selector: { app: 'web' } }), slice([])]), ['0.9 Service default/web']],
  [
    'the only endpoint is not ready',
    asked([service({ selector: { app: 'web' } }), slice([{ addresses: ['10.244.1.7'], conditions: { ready: false } }])]),
    ['0.9 Service default/web'],
  ],
  [
    'no pod that it selects is ready',
    asked([service({ selector: { app: 'web' } }), kube('Pod', 'web-1', { status: { phase: 'Pending' } }, { labels: { app: 'web' } })]),
    ['0.9 Service default/web'],
  ],
  [
    'nobody asks for it',
    asked([service({ selector: { app: 'web' } }), slice([])], ['host/n1 -> 192.0.2.9:80/tcp timeout']),
    ['0.1 Service default/web'],
  ],
])('service.no-endpoints: %s', (_, story, expected) => {
  expect(suspicions(serviceNoEndpoints, story)).toEqual(expected)
})

test.each([
  ['an endpoint is ready', asked([service({ selector: { app: 'web' } }), slice([{ addresses: ['10.244.1.7'] }])])],
  ['neither endpoints nor pods were captured', asked([service({ selector: { app: 'web' } })])],
  ['it stands for a name elsewhere', asked([service({ type: 'ExternalName', externalName: 'example.org' }), slice([])])],
])('service.no-endpoints: not where %s', (_, story) => {
  expect(suspicions(serviceNoEndpoints, story)).toEqual([])
})

test('service.selector and service.no-endpoints: what kubectl get prints as tables', () => {
  const tables = (label: string, endpoints: string): Story => ({
    files: {
      'services.txt':
        'NAME   TYPE        CLUSTER-IP    EXTERNAL-IP   PORT(S)   AGE   SELECTOR\nweb    ClusterIP   10.96.0.20    <none>        80/TCP    1d    app=web\n',
      'pods.txt': `NAME    READY   STATUS    RESTARTS   AGE   LABELS\nweb-1   1/1     Running   0          1d    app=${label}\n`,
      'endpoints.txt': `NAME   ENDPOINTS   AGE\nweb    ${endpoints}   1d\n`,
    },
    tried: ['outside -> 10.96.0.20:80/tcp refused'],
  })
  expect(suspicions(serviceSelector, tables('webb', '<none>'))).toEqual(['0.9 Service default/web'])
  expect(suspicions(serviceNoEndpoints, tables('webb', '<none>'))).toEqual(['0.9 Service default/web'])
  expect(suspicions(serviceSelector, tables('web', '10.244.1.7:80'))).toEqual([])
  expect(suspicions(serviceNoEndpoints, tables('web', '10.244.1.7:80'))).toEqual([])
})
