import { expect, test } from 'vitest'
import type { Machine } from '../../datapath/testing/machines.ts'
import type { Scene } from '../scene.ts'
import { kube, type Story, sceneOf, suspicions } from '../testing/scene.ts'
import { policyStale } from './policy-stale.ts'
import { serviceProxyConflict } from './service-proxy-conflict.ts'

const IPTABLES = `*nat
-A PREROUTING -j KUBE-SERVICES
-A OUTPUT -j KUBE-SERVICES
-A KUBE-SERVICES -d 10.96.0.20/32 -p tcp -m tcp --dport 80 -j KUBE-SVC-A
-A KUBE-SVC-A -j KUBE-SEP-A
-A KUBE-SEP-A -p tcp -m tcp -j DNAT --to-destination 10.244.1.7:80
COMMIT`
const NFTABLES = `table ip kube-proxy {
chain services {
ip daddr 10.96.0.20 tcp dport 80 dnat to 10.244.1.8:80
}
}
`
const node = (more: Machine): Story => ({
  machines: { n1: { devices: 'eth0 192.0.2.11/24', routes: 'default via 192.0.2.1 dev eth0', ...more } },
  tried: ['host/n1 -> 10.96.0.20:80/tcp timeout'],
})

test('service.proxy-conflict: both modes of kube-proxy left rules; each may be the one in the way', () => {
  const story = node({ iptables: IPTABLES, nft: NFTABLES })
  expect(suspicions(serviceProxyConflict, story)).toEqual(['0.6 chain KUBE-SERVICES (table nat)', '0.6 table ip kube-proxy'])
  expect(serviceProxyConflict.suspects(sceneOf(story)).map(({ without }) => without?.map(({ kind }) => kind))).toEqual([
    ['rule-removed', 'rule-removed'],
    ['table-removed'],
  ])
})

test('service.proxy-conflict: not with the rules of one mode', () => {
  expect(suspicions(serviceProxyConflict, node({ iptables: IPTABLES }))).toEqual([])
  expect(suspicions(serviceProxyConflict, node({ nft: NFTABLES }))).toEqual([])
})

const CALICO = `*filter
:OUTPUT ACCEPT [0:0]
:cali-OUTPUT - [0:0]
-A OUTPUT -j cali-OUTPUT
-A cali-OUTPUT -p tcp -m tcp --dport 80 -j DROP
COMMIT`

/** Whose chain it is knowledge/owners.yaml tells, which is read elsewhere. */
const owned = (scene: Scene): Scene => ({
  ...scene,
  ownership: ({ chain }) => (chain?.startsWith('cali-') ? ({ owner: { id: 'calico' } } as ReturnType<Scene['ownership']>) : undefined),
})
const system = (...names: string[]): Story['files'] => ({
  'cluster/pods.json': { apiVersion: 'v1', kind: 'List', items: names.map((name) => kube('Pod', name, {}, { namespace: 'kube-system' })) },
})
const stale = (files: Story['files']): readonly number[] =>
  policyStale
    .suspects(owned(sceneOf({ ...node({ iptables: CALICO }), files: files ?? {}, tried: ['host/n1 -> 198.51.100.7:80/tcp timeout'] })))
    .map(({ likelihood }) => likelihood)

test('policy.stale: a rule of Calico refuses it, and no pod of Calico is there', () => {
  expect(stale(system('coredns-1', 'kube-flannel-ds-abcde'))).toEqual([0.96])
})

test('policy.stale: not while Calico runs, nor where nobody knows', () => {
  expect(stale(system('coredns-1', 'calico-node-abcde'))).toEqual([])
  expect(stale(undefined)).toEqual([])
})
