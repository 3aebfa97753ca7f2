import { expect, test } from 'vitest'
import { kube, type Story, suspicions } from '../testing/scene.ts'
import { nodeKubeletDown } from './node-kubelet-down.ts'
import { nodeStaticPods } from './node-static-pods.ts'
import { overlayLease } from './overlay-lease.ts'

const node = (status: string, reason: string, message: string) =>
  kube(
    'Node',
    'n1',
    { status: { addresses: [{ type: 'InternalIP', address: '192.0.2.11' }], conditions: [{ type: 'Ready', status, reason, message }] } },
    { namespace: undefined },
  )
const story = (items: object[], ...tried: string[]): Story => ({
  files: { 'cluster/all.json': { apiVersion: 'v1', kind: 'List', items } },
  tried,
})
const silent = node('Unknown', 'NodeStatusUnknown', 'Kubelet stopped posting node status.')
const bare = node(
  'False',
  'KubeletNotReady',
  'container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:cni plugin not initialized',
)
const sound = node('True', 'KubeletReady', 'kubelet is posting ready status')

test.each([
  ['kubelet is silent', story([silent]), ['0.9 Node n1'], []],
  ['the network plugin is missing', story([bare]), [], ['0.9 network plugin of Node n1']],
  [
    'a row of kubectl get nodes',
    { files: { 'nodes.txt': 'NAME   STATUS     ROLES    AGE   VERSION\nn1     NotReady   <none>   1d    v1.30.0\n' } },
    ['0.7 Node n1'],
    [],
  ],
  ['what fails leads elsewhere', story([silent], 'outside -> 198.51.100.1:80/tcp timeout'), ['0.3 Node n1'], []],
  ['what fails leads to it', story([silent], 'outside -> 192.0.2.11:80/tcp timeout'), ['0.9 Node n1'], []],
  ['it is ready', story([sound]), [], []],
])('node.kubelet-down, overlay.lease: %s', (_, told, down, lease) => {
  expect(suspicions(nodeKubeletDown, told)).toEqual(down)
  expect(suspicions(overlayLease, told)).toEqual(lease)
})

const pod = (name: string, status: object, namespace = 'kube-system', labels: object = {}) =>
  kube('Pod', name, { spec: { nodeName: 'n1', containers: [{ name: 'c' }] }, status }, { namespace, labels })
const unready = { phase: 'Running', conditions: [{ type: 'Ready', status: 'False' }] }
const ready = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] }
const creating = { phase: 'Pending', containerStatuses: [{ name: 'c', state: { waiting: { reason: 'ContainerCreating' } } }] }

test('overlay.lease: flannel is not ready, and pods of its node wait for their network', () => {
  expect(suspicions(overlayLease, story([pod('kube-flannel-ds-abcde', unready), pod('web', creating, 'default')]))).toEqual([
    '0.85 Pod kube-system/kube-flannel-ds-abcde',
  ])
  expect(suspicions(overlayLease, story([pod('kube-flannel-ds-abcde', ready), pod('web', creating, 'default')]))).toEqual([])
})

const part = (name: string, status: object) => pod(`${name}-n1`, status, 'kube-system', { tier: 'control-plane', component: name })
const crashed = {
  ...unready,
  containerStatuses: [
    { name: 'c', restartCount: 9, state: { waiting: { reason: 'CrashLoopBackOff' } }, lastState: { terminated: { exitCode: 1 } } },
  ],
}

test.each([
  [
    'a part crashes',
    story([part('kube-apiserver', ready), part('kube-controller-manager', ready), part('kube-scheduler', crashed)]),
    ['0.8 Pod kube-system/kube-scheduler-n1'],
  ],
  [
    'a part is not there',
    story([part('kube-apiserver', ready), part('kube-controller-manager', ready), part('etcd', ready)]),
    ['0.7 control plane of Node n1'],
  ],
  ['all parts run', story([part('kube-apiserver', ready), part('kube-controller-manager', ready), part('kube-scheduler', ready)]), []],
  ['etcd alone stands on its own machines', story([part('etcd', ready)]), []],
  ['a pod that is only called so', story([pod('kube-scheduler-mine', crashed, 'default')]), []],
])('node.static-pods: %s', (_, told, expected) => {
  expect(suspicions(nodeStaticPods, told)).toEqual(expected)
})
