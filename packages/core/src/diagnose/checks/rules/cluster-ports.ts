import { formatAddress } from '../../../net/address.ts'
import { type Check, type Examined, together } from '../check.ts'
import { rolesOf } from '../control-plane/roles.ts'
import { type CheckScene, capturedHosts } from '../scene.ts'
import { reachable } from './reachable.ts'

const MOST_PAIRS = 400

export const clusterPorts: Check = {
  id: 'cluster-ports',
  holds: 'the hosts’ firewalls let the cluster’s own connections pass: API server, etcd, kubelet',
  why: 'nodes turn NotReady, etcd loses its leader, logs and exec of pods on other hosts fail',
  evidence: ['hosts/HOST/iptables-save.txt and nft.json of two hosts or more', 'cluster/nodes.json'],
  causes: ['filter.input-rule'],
  runbook: 'open-ports',
  run(scene) {
    const hosts = placesOf(scene)
    const pairs = hosts.flatMap((from) =>
      hosts.flatMap((to) => (from === to ? [] : portsFor(from.roles, to.roles).map(([port, what]) => ({ from, to, port, what })))),
    )
    return together(
      pairs.slice(0, MOST_PAIRS).map(
        ({ from, to, port, what }): Examined =>
          reachable(scene, {
            from: `host/${from.name}`,
            to: `${to.address}:${port}/tcp`,
            host: to.name,
            object: `${port}/tcp`,
            what: `${what} (TCP ${port}) from ${from.name} to ${to.name}`,
            cause: ({ chain }) => (chain === 'OUTPUT' ? 'filter.output-rule' : 'filter.input-rule'),
          }),
      ),
    )
  },
}

/** Who asks whom: every node the API server, the control planes each other's etcd and every kubelet. */
function portsFor(from: ReadonlySet<string>, to: ReadonlySet<string>): readonly (readonly [port: number, what: string])[] {
  const [fromPlane, toPlane] = [from.has('control-plane'), to.has('control-plane')]
  return [
    ...(toPlane ? [[6443, 'the API server'] as const] : []),
    ...(fromPlane && toPlane ? [[2379, 'etcd'] as const, [2380, 'etcd’s peers'] as const] : []),
    ...(fromPlane && to.has('node') ? [[10_250, 'kubelet'] as const] : []),
  ]
}

const placesOf = (scene: CheckScene) =>
  capturedHosts(scene).flatMap(({ name, node }) => {
    const address = node?.internalAddresses.find((one) => typeof one === 'number')
    return address === undefined ? [] : [{ name, address: formatAddress(address), roles: rolesOf(scene, name) }]
  })
