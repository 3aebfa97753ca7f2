import {
  BEYOND,
  buildCluster,
  CLUSTER_IP,
  type ClusterSize,
  capturedOf,
  NODE_PORT,
  node,
  nodeAddress,
  pod,
  podAddress,
  tunnelMac,
  upTo,
} from './cluster-network.ts'
import { type Bundle, collect } from './collect.ts'
import type { Spec } from './connections.ts'
import { hold, type Judged } from './judge.ts'
import { Network } from './network.ts'

/** How often a connection is made whose endpoint is picked at random: one of three is missed by all with a chance of (2/3)^24. */
const OFTEN = 24

const fromPod = (i: number, j: number) => ({ inside: pod(i, j), from: { from: `netns/${node(i)}/${pod(i, j)}` } })
const fromNode = (i: number) => ({ inside: node(i), from: { from: `host/${node(i)}` } })
const fromWorld = { inside: 'world', from: { from: 'outside', host: node(1), iif: 'eth0', src: '10.56.0.1' } }

export const SPECS: readonly Spec[] = [
  { name: 'pod to pod, same node', ...fromPod(1, 2), to: `${podAddress(1, 1)}:80`, tries: 1 },
  { name: 'pod to pod, other node', ...fromPod(1, 2), to: `${podAddress(2, 1)}:80`, tries: 1 },
  { name: 'pod to pod, the way back', ...fromPod(2, 2), to: `${podAddress(1, 2)}:80`, tries: 1 },
  { name: 'pod to a port where nobody listens', ...fromPod(1, 2), to: `${podAddress(2, 1)}:81`, tries: 1 },
  { name: 'pod to the Service', ...fromPod(1, 2), to: `${CLUSTER_IP}:80`, tries: OFTEN },
  { name: 'pod behind the Service to it', ...fromPod(1, 1), to: `${CLUSTER_IP}:80`, tries: OFTEN },
  { name: 'pod to a node port elsewhere', ...fromPod(2, 2), to: `${nodeAddress(1)}:${NODE_PORT}`, tries: OFTEN },
  { name: 'pod to the world', ...fromPod(1, 2), to: `${BEYOND}:9000`, tries: 1 },
  { name: 'node to its pod', ...fromNode(1), to: `${podAddress(1, 1)}:80`, tries: 1 },
  { name: 'node to a pod elsewhere', ...fromNode(1), to: `${podAddress(2, 1)}:80`, tries: 1 },
  { name: 'node to the Service', ...fromNode(1), to: `${CLUSTER_IP}:80`, tries: OFTEN },
  { name: 'node to its own node port', ...fromNode(1), to: `${nodeAddress(1)}:${NODE_PORT}`, tries: OFTEN },
  { name: 'node to its loopback node port', ...fromNode(1), to: `127.0.0.1:${NODE_PORT}`, tries: OFTEN },
  { name: 'world to a node port', ...fromWorld, to: `${nodeAddress(1)}:${NODE_PORT}`, tries: OFTEN },
]

export type Fault = (network: Network, iptables: string) => Promise<unknown>
export const onNode1 =
  (argv: readonly string[]): Fault =>
  (network) =>
    network.run(node(1), argv)
export const ipOnNode1 =
  (...lines: readonly string[]): Fault =>
  async (network) => {
    for (const line of lines) await network.ip(node(1), line)
  }
export const rule =
  (...lines: readonly string[]): Fault =>
  async (network, iptables) => {
    for (const line of lines) await network.run(node(1), [iptables, ...line.split(' ')])
  }

/** What breaks node n1, one at a time, each in a cluster of its own. */
export const CLUSTER_FAULTS: Readonly<Record<string, Fault>> = {
  healthy: async () => {},
  'vxlan-blocked': rule('-I INPUT 1 -p udp --dport 8472 -j DROP'),
  'vxlan-rejected': rule('-I OUTPUT 1 -p udp --dport 8472 -j REJECT'),
  'fdb-entry-removed': (network) => network.bridge(node(1), `fdb del ${tunnelMac(2)} dev flannel.1 dst ${nodeAddress(2)} self`),
  'neighbour-removed': ipOnNode1('neigh del 10.244.2.0 dev flannel.1'),
  'no-default-route': ipOnNode1('route del default'),
  'pod-without-default-route': (network) => network.ip(pod(1, 2), 'route del default'),
  'forward-policy-drop': rule('-P FORWARD DROP', '-F FLANNEL-FWD'),
  'forward-drop-first': rule('-I FORWARD 1 -j DROP'),
  'forward-rejects': rule('-I FORWARD 1 -p tcp --dport 80 -j REJECT --reject-with icmp-admin-prohibited'),
  'hairpin-off': (network) => network.bridge(node(1), 'link set dev veth11 hairpin off'),
  'wrong-subnet': ipOnNode1('addr flush dev cni0', 'addr add 10.244.7.1/24 dev cni0'),
  'redirect-80': rule('-t nat -I PREROUTING 1 -p tcp --dport 80 -j REDIRECT --to-ports 8081'),
  'forwarding-off': onNode1(['sysctl', '-qw', 'net.ipv4.ip_forward=0']),
  'table-52': ipOnNode1(
    'link add ts0 type veth peer name ts1',
    'link set ts0 up',
    'link set ts1 up',
    'addr add 100.64.0.1/32 dev ts0',
    'route add 10.244.1.0/24 dev ts0 table 52',
    'rule add pref 5270 lookup 52',
  ),
  'strict-rp-filter': async (network) => {
    await network.sysctl(node(1), 'net.ipv4.conf.all.rp_filter', '1')
    await network.ip(node(1), `route replace 10.244.2.0/24 dev eth0 via ${nodeAddress(2)}`)
  },
  'prohibited-route': ipOnNode1('route replace prohibit 10.244.2.0/24'),
}

export interface Report {
  readonly bundle: Bundle
  readonly judged: readonly Judged[]
}

/** Builds a cluster, breaks it, collects the evidence, makes every connection, and holds culprit against what came of it. */
export async function runCluster(size: ClusterSize, fault: string): Promise<Report> {
  const network = new Network('labk')
  try {
    await buildCluster(network, size)
    await CLUSTER_FAULTS[fault]?.(network, `iptables-${size.backend}`)
    await network.hasten()
    const bundle = await collect(network, capturedOf(size))
    const servers = new Set(['outside', ...upTo(size.nodes).flatMap((i) => upTo(size.pods).map((j) => pod(i, j)))])
    return { bundle, judged: await hold(network, bundle, SPECS, servers) }
  } finally {
    await network.close()
  }
}
