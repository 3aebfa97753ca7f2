import { serviceRules } from './cluster-rules.ts'
import type { Captured } from './collect.ts'
import type { Network } from './network.ts'

/**
 * Nodes n1, n2 … on an underlay bridge in `world`, each with cni0, flannel.1 (VXLAN with the FDB, neighbours and onlink routes that flanneld
 * writes), kube-proxy's rules, and pods pN1, pN2 that serve a page with their name. A Service has the first pod of every node behind it.
 */
export const CLUSTER_IP = '10.96.0.10'
export const NODE_PORT = 30080
export const BEYOND = '198.51.100.7'

export const node = (i: number): string => `n${i}`
export const nodeAddress = (i: number): string => `10.56.0.1${i}`
export const pod = (i: number, j: number): string => `p${i}${j}`
export const podAddress = (i: number, j: number): string => `10.244.${i}.${j + 1}`
export const tunnelMac = (i: number): string => `0e:00:00:00:00:0${i}`

export interface ClusterSize {
  readonly nodes: number
  readonly pods: number
  readonly backend: 'nft' | 'legacy'
}

export const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => i + 1)

export async function buildCluster(network: Network, size: ClusterSize): Promise<void> {
  await buildWorld(network)
  await Promise.all(
    upTo(size.nodes).map(async (i) => {
      await buildNode(network, i)
      for (const j of upTo(size.pods)) await buildPod(network, i, j)
      await joinOverlay(network, i, size)
      const endpoints = upTo(size.nodes).map((n) => podAddress(n, 1))
      const podCidr = `10.244.${i}.0/24`
      const rules = { node: i, clusterIp: CLUSTER_IP, nodePort: NODE_PORT, endpoints, podCidr, clusterCidr: '10.244.0.0/16' }
      await network.run(node(i), [`iptables-${size.backend}-restore`], serviceRules(rules))
    }),
  )
  await network.listens('world', 9000)
  for (const i of upTo(size.nodes)) await Promise.all(upTo(size.pods).map((j) => network.listens(pod(i, j), 80)))
}

async function buildWorld(network: Network): Promise<void> {
  await network.add('world')
  await network.ip('world', 'link add br0 type bridge')
  await network.ip('world', 'addr add 10.56.0.1/24 dev br0')
  await network.ip('world', `addr add ${BEYOND}/32 dev lo`)
  await network.ip('world', 'link set br0 up')
  network.serve('world', 'outside', 9000)
}

async function buildNode(network: Network, i: number): Promise<void> {
  const name = node(i)
  await network.add(name)
  await network.ip(name, `link add eth0 type veth peer name v${i} netns @world`)
  await network.ip('world', `link set v${i} master br0 up`)
  await network.ip(name, `addr add ${nodeAddress(i)}/24 dev eth0`)
  await network.ip(name, 'link set eth0 up')
  await network.ip(name, 'route add default via 10.56.0.1')
  for (const [key, value] of [
    ['ip_forward', '1'],
    ['conf.all.rp_filter', '0'],
    ['conf.default.rp_filter', '0'],
  ] as const)
    await network.sysctl(name, `net.ipv4.${key}`, value)
  const vxlan = `mtu 1450 type vxlan id 1 local ${nodeAddress(i)} dev eth0 dstport 8472 nolearning`
  await network.ip(name, `link add flannel.1 address ${tunnelMac(i)} ${vxlan}`)
  await network.ip(name, `addr add 10.244.${i}.0/32 dev flannel.1`)
  await network.ip(name, 'link set flannel.1 up')
  await network.ip(name, 'link add cni0 mtu 1450 type bridge')
  await network.ip(name, `addr add 10.244.${i}.1/24 dev cni0`)
  await network.ip(name, 'link set cni0 up')
}

async function buildPod(network: Network, i: number, j: number): Promise<void> {
  const name = pod(i, j)
  await network.add(name)
  await network.ip(name, `link add eth0 mtu 1450 type veth peer name veth${i}${j} netns @${node(i)}`)
  await network.ip(node(i), `link set veth${i}${j} mtu 1450 master cni0 up`)
  await network.bridge(node(i), `link set dev veth${i}${j} hairpin on`) // flannel's CNI configuration asks for hairpinMode
  await network.ip(name, `addr add ${podAddress(i, j)}/24 dev eth0`)
  await network.ip(name, 'link set eth0 up')
  await network.ip(name, `route add default via 10.244.${i}.1`)
  await network.ip(name, `route add 10.244.0.0/16 via 10.244.${i}.1`)
  network.serve(name, name, 80)
}

async function joinOverlay(network: Network, i: number, { nodes }: ClusterSize): Promise<void> {
  const name = node(i)
  for (const j of upTo(nodes).filter((other) => other !== i)) {
    await network.ip(name, `route add 10.244.${j}.0/24 via 10.244.${j}.0 dev flannel.1 onlink`)
    await network.ip(name, `neigh add 10.244.${j}.0 lladdr ${tunnelMac(j)} dev flannel.1 nud permanent`)
    await network.bridge(name, `fdb add ${tunnelMac(j)} dev flannel.1 dst ${nodeAddress(j)} self permanent`)
  }
}

/** The world beyond the nodes is no part of the evidence. */
export const capturedOf = ({ nodes, pods, backend }: ClusterSize): readonly Captured[] =>
  upTo(nodes).flatMap((i) => [
    { inside: node(i), folder: `hosts/${node(i)}`, backend },
    ...upTo(pods).map((j) => ({ inside: pod(i, j), folder: `hosts/${node(i)}/netns/${pod(i, j)}`, backend })),
  ])
