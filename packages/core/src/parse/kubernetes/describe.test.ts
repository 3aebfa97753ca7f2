import { expect, test } from 'vitest'
import { readKubectlDescribe } from './describe.ts'
import { eventOf } from './event.ts'
import { nodeOf } from './node.ts'
import { podOf } from './pod.ts'
import { readKubectlTable } from './table.ts'

const POD = `Name:         web-7d9f
Namespace:    shop
Node:         node1/192.0.2.11
Labels:       app=web
              pod-template-hash=7d9f
Status:       Running
IP:           10.244.1.7
Containers:
  web:
    Container ID:   containerd://0123
    Port:           8080/TCP
    State:          Waiting
      Reason:       CrashLoopBackOff
    Last State:     Terminated
      Reason:       OOMKilled
      Exit Code:    137
    Ready:          False
    Restart Count:  12
Conditions:
  Type              Status
  Initialized       True
  Ready             False
Volumes:            <none>
Events:
  Type     Reason   Age                   From     Message
  ----     ------   ----                  ----     -------
  Warning  BackOff  2m (x50 over 12m)     kubelet  Back-off restarting failed container
`

test('kubectl describe pod tells the pod, its containers’ states and its events', () => {
  const { facts } = readKubectlDescribe(POD, 'notes.md')
  const [pod] = facts.flatMap((fact) => podOf(fact) ?? [])
  expect(pod).toMatchObject({ name: 'web-7d9f', namespace: 'shop', node: 'node1', ready: false, phase: 'Running', partial: true })
  expect(pod?.containers[0]?.ports[0]).toMatchObject({ port: 8080, protocol: 'tcp' })
  expect(facts[0]?.object.status).toMatchObject({
    containerStatuses: [
      {
        name: 'web',
        restartCount: 12,
        state: { waiting: { reason: 'CrashLoopBackOff' } },
        lastState: { terminated: { reason: 'OOMKilled', exitCode: 137 } },
      },
    ],
  })
  expect(facts.flatMap((fact) => eventOf(fact) ?? [])).toEqual([
    expect.objectContaining({
      reason: 'BackOff',
      type: 'Warning',
      message: 'Back-off restarting failed container',
      about: { kind: 'Pod', name: 'web-7d9f', namespace: 'shop' },
    }),
  ])
})

test('kubectl describe node tells its conditions with their reasons', () => {
  const { facts } = readKubectlDescribe(
    `Name:               node2
Taints:             node.kubernetes.io/unreachable:NoSchedule
Conditions:
  Type             Status    LastHeartbeatTime                 LastTransitionTime                Reason              Message
  ----             ------    -----------------                 ------------------                ------              -------
  Ready            Unknown   Sat, 21 Nov 2026 08:00:00 +0000   Sat, 21 Nov 2026 08:01:00 +0000   NodeStatusUnknown   Kubelet stopped posting node status.
`,
    'notes.md',
  )
  expect(facts.flatMap((fact) => nodeOf(fact) ?? [])).toEqual([expect.objectContaining({ name: 'node2', ready: false })])
  expect(facts[0]?.object.status).toEqual({
    conditions: [{ type: 'Ready', status: 'Unknown', reason: 'NodeStatusUnknown', message: 'Kubelet stopped posting node status.' }],
  })
})

test('kubectl get events, with and without namespaces', () => {
  const table = `NAMESPACE   LAST SEEN   TYPE      REASON             OBJECT         MESSAGE
shop        2m          Warning   FailedScheduling   pod/web-7d9f   0/2 nodes are available: 2 node(s) didn't match Pod's node affinity/selector.
`
  const { facts } = readKubectlTable(table, 'events.txt')
  expect(facts.flatMap((fact) => eventOf(fact) ?? [])).toEqual([
    expect.objectContaining({
      namespace: 'shop',
      reason: 'FailedScheduling',
      message: "0/2 nodes are available: 2 node(s) didn't match Pod's node affinity/selector.",
      about: { kind: 'Pod', name: 'web-7d9f', namespace: 'shop' },
    }),
  ])
})
