/**
 * A cluster: nodes with kube-proxy in iptables mode and flannel with VXLAN, each pod a captured namespace, and the API's objects. The same
 * size gives the same bytes.
 */
export interface ClusterSize {
  readonly nodes: number
  readonly podsPerNode: number
  readonly servicesPerNode: number
  readonly endpointsPerService: number
}

export const FULL: Omit<ClusterSize, 'nodes'> = { podsPerNode: 50, servicesPerNode: 10, endpointsPerService: 5 }

export interface Pod {
  readonly name: string
  readonly node: number
  readonly address: string
}

export interface Service {
  readonly name: string
  readonly address: string
  readonly nodePort: number | undefined
  readonly pods: readonly Pod[]
}

export const PODS = '10.64.0.0/10'
export const PORT = 8080
export const json = (value: unknown): string => `${JSON.stringify(value)}\n`

export const nodeName = (node: number): string => `node-${String(node + 1).padStart(3, '0')}`
export const subnet = (node: number, host: number): string => `10.${64 + (node >> 8)}.${node & 255}.${host}`
export const underlay = (node: number): string => `172.20.${1 + Math.floor(node / 200)}.${(node % 200) + 10}`
export const mac = (kind: number, node: number, pod = 0): string =>
  [2, kind, node >> 8, node & 255, pod >> 8, pod & 255].map((byte) => byte.toString(16).padStart(2, '0')).join(':')

export function podsOf({ nodes, podsPerNode }: ClusterSize): readonly Pod[] {
  return Array.from({ length: nodes * podsPerNode }, (_, i) => {
    const node = Math.floor(i / podsPerNode)
    const host = (i % podsPerNode) + 2
    return { name: `app-${i}`, node, address: subnet(node, host) }
  })
}

/** Endpoints spread over the nodes by a fixed multiplication, so that a Service's pods are rarely on one node. */
export function servicesOf(size: ClusterSize, pods: readonly Pod[]): readonly Service[] {
  const spread = (n: number): Pod => pods[(n * 7919) % pods.length] as Pod
  return Array.from({ length: size.nodes * size.servicesPerNode }, (_, i) => ({
    name: `svc-${i}`,
    address: `172.30.${i >> 8}.${i & 255}`,
    nodePort: i % 50 === 7 ? 30_000 + i : undefined,
    pods: Array.from({ length: size.endpointsPerService }, (_, k) => spread(i * size.endpointsPerService + k)),
  }))
}
