import { expect, test } from 'vitest'
import { kube, type Story, suspicions } from '../testing/scene.ts'
import { imageMissing } from './image-missing.ts'
import { imageRegistry } from './image-registry.ts'
import { podIpExhausted } from './pod-ip-exhausted.ts'
import { podNodeSelector } from './pod-node-selector.ts'

const pod = (status: object, spec: object = {}, name = 'web') =>
  kube('Pod', name, { spec: { containers: [{ name: 'c' }], ...spec }, status: { phase: 'Pending', ...status } })
const story = (items: object[], ...tried: string[]): Story => ({
  files: { 'cluster/all.json': { apiVersion: 'v1', kind: 'List', items } },
  tried,
})
const pulling = (message: string, reason = 'ErrImagePull') =>
  pod({ containerStatuses: [{ name: 'c', state: { waiting: { reason, message } } }] }, { nodeName: 'n1' })
const event = (reason: string, message: string) =>
  kube('Event', 'web.1', { involvedObject: { kind: 'Pod', name: 'web', namespace: 'default' }, type: 'Warning', reason, message })

test.each([
  ['failed to pull: registry.example/web:9: not found', ['0.95 Pod default/web'], []],
  ['rpc error: manifest for web:9 not found: manifest unknown', ['0.95 Pod default/web'], []],
  ['Get "https://registry.example/v2/": dial tcp: lookup registry.example on 192.0.2.53:53: no such host', [], ['0.95 Pod default/web']],
  ['Get "https://registry.example/v2/": x509: certificate signed by unknown authority', [], ['0.95 Pod default/web']],
  ['toomanyrequests: You have reached your pull rate limit', [], ['0.95 Pod default/web']],
  ['pull access denied for web, repository does not exist or may require ‘docker login’', ['0.7 Pod default/web'], ['0.5 Pod default/web']],
  ['', ['0.5 Pod default/web'], ['0.5 Pod default/web']],
])('image.missing, image.registry: %s', (message, missing, registry) => {
  expect(suspicions(imageMissing, story([pulling(message)]))).toEqual(missing)
  expect(suspicions(imageRegistry, story([pulling(message)]))).toEqual(registry)
})

test('image.registry: the reason stands in an event of before', () => {
  const items = [
    pulling('Back-off pulling image "web:9"', 'ImagePullBackOff'),
    event('Failed', 'Failed to pull image "web:9": dial tcp 192.0.2.9:443: i/o timeout'),
  ]
  expect(suspicions(imageRegistry, story(items))).toEqual(['0.95 Pod default/web'])
  expect(suspicions(imageMissing, story(items))).toEqual([])
})

test('image.*: a pod that runs, and one that crashes, have their image', () => {
  const running = pod({ phase: 'Running', containerStatuses: [{ name: 'c', ready: true, state: { running: {} } }] })
  for (const cause of [imageMissing, imageRegistry]) {
    expect(suspicions(cause, story([running]))).toEqual([])
    expect(suspicions(cause, story([pulling('back-off 5m0s restarting failed container', 'CrashLoopBackOff')]))).toEqual([])
  }
})

const node = (labels: object = {}, podCIDR = '10.244.1.0/29') => kube('Node', 'n1', { spec: { podCIDR } }, { namespace: undefined, labels })

test.each([
  [
    'the scheduler says that none matches',
    story([event('FailedScheduling', "0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector."), pod({})]),
    ['0.9 Pod default/web'],
  ],
  ['no node has the label', story([node({ disk: 'hdd' }), pod({}, { nodeSelector: { disk: 'ssd' } })]), ['0.85 Pod default/web']],
  [
    'kubelet refused it after a restart',
    story([pod({ phase: 'Failed', reason: 'MatchNodeSelector', message: 'Pod Predicate MatchNodeSelector failed' })]),
    ['0.9 Pod default/web'],
  ],
  [
    'a row of kubectl get pods',
    { files: { 'pods.txt': 'NAME   READY   STATUS              RESTARTS   AGE\nweb    0/1     MatchNodeSelector   0          10m\n' } },
    ['0.9 Pod default/web'],
  ],
])('pod.node-selector: %s', (_, told, expected) => {
  expect(suspicions(podNodeSelector, told)).toEqual(expected)
})

test.each([
  ['a node has the label', story([node({ disk: 'ssd' }), pod({}, { nodeSelector: { disk: 'ssd' } })])],
  ['it was bound', story([node({ disk: 'hdd' }), pod({}, { nodeSelector: { disk: 'ssd' }, nodeName: 'n1' })])],
  ['it waits for a volume', story([event('FailedScheduling', 'persistentvolumeclaim "data" not found'), pod({})])],
])('pod.node-selector: not where %s', (_, told) => {
  expect(suspicions(podNodeSelector, told)).toEqual([])
})

const used = (count: number) =>
  Array.from({ length: count }, (_, i) => pod({ phase: 'Running', podIP: `10.244.1.${i + 2}` }, { nodeName: 'n1' }, `p${i}`))
const waiting = pod({ containerStatuses: [{ name: 'c', state: { waiting: { reason: 'ContainerCreating' } } }] }, { nodeName: 'n1' })

test('pod.ip-exhausted: the range is given away and a pod waits', () => {
  expect(suspicions(podIpExhausted, story([node(), ...used(5), waiting]))).toEqual(['0.85 pod range 10.244.1.0/29 of Node n1'])
})

test('pod.ip-exhausted: not while an address is free, and not while nobody waits', () => {
  expect(suspicions(podIpExhausted, story([node(), ...used(4), waiting]))).toEqual([])
  expect(suspicions(podIpExhausted, story([node(), ...used(5)]))).toEqual([])
})
