import type { Link } from '../../../facts/network.ts'
import type { Namespace } from '../../../model/namespace.ts'

/** Bridges that engines and network plugins make for containers and pods. */
const MADE = /^(?:docker\d*|docker_gwbridge|br-[0-9a-f]{12}|cni\d+|cbr0|kube-bridge|podman\d*|lxdbr\d+|virbr\d+|nerdctl\d*|weave)$/

/** Interfaces of pods without a bridge, and devices of overlays. */
const OF_PODS = /^(?:cali[0-9a-f]+|lxc\w+|flannel\S*|vxlan\.calico|tunl0|cilium_\w+|wireguard\.cali|kube-ipvs0)$/

export const containerBridges = ({ links }: Namespace): readonly Link[] => [...links.values()].filter(({ name }) => MADE.test(name))

/** What shows that the host forwards packets of containers or pods. */
export const forwardingDevices = (root: Namespace): readonly Link[] => [
  ...containerBridges(root),
  ...[...root.links.values()].filter(({ name }) => OF_PODS.test(name)),
]
