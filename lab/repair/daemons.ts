import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { nodeAddress, tunnelMac, upTo } from '../real/cluster-network.ts'
import type { Network } from '../real/network.ts'

/**
 * What flanneld, the CNI plugin, kubelet and the API server do to node n1 when they are started again, in programs of this lab: `kubectl` and
 * `systemctl` call them. There is no cluster here; the kernel that they change is real.
 */
export interface Daemons {
  /** A folder for PATH. */
  readonly bin: string
  /** The file in which the daemon records its subnet. */
  readonly record: string
}

export function writeDaemons(network: Network, nodes: number, pods: number): Daemons {
  const bin = join(network.folder, 'daemons')
  const record = join(network.folder, 'subnet.env')
  mkdirSync(bin)
  writeFileSync(record, 'FLANNEL_NETWORK=10.244.0.0/16\nFLANNEL_SUBNET=10.244.1.1/24\nFLANNEL_MTU=1450\nFLANNEL_IPMASQ=true\n')
  const others = upTo(nodes).filter((i) => i !== 1)
  program(bin, 'flanneld', [
    'ip link show flannel.1 >/dev/null 2>&1 && exit 0',
    `ip link add flannel.1 address ${tunnelMac(1)} mtu 1450 type vxlan id 1 local ${nodeAddress(1)} dev eth0 dstport 8472 nolearning`,
    'ip addr add 10.244.1.0/32 dev flannel.1',
    'ip link set flannel.1 up',
    ...others.flatMap((i) => [
      `ip route replace 10.244.${i}.0/24 via 10.244.${i}.0 dev flannel.1 onlink`,
      `ip neigh replace 10.244.${i}.0 lladdr ${tunnelMac(i)} dev flannel.1 nud permanent`,
      `bridge fdb replace ${tunnelMac(i)} dev flannel.1 dst ${nodeAddress(i)} self permanent`,
    ]),
  ])
  program(bin, 'cni-bridge', [
    'ip link show cni0 >/dev/null 2>&1 && exit 0',
    'ip link add cni0 mtu 1450 type bridge',
    'ip addr add 10.244.1.1/24 dev cni0',
    'ip link set cni0 up',
    ...upTo(pods).flatMap((j) => [`ip link set veth1${j} master cni0 up`, `bridge link set dev veth1${j} hairpin on`]),
  ])
  program(bin, 'kubectl', ['case "$*" in', `*"delete pod"*) exec "${bin}/flanneld" ;;`, '*nodeName*) echo n1 ;;', '*) exit 64 ;;', 'esac'])
  program(bin, 'systemctl', [
    'case "$1" in',
    `restart) [ "$2" = kubelet ] || { "${bin}/cni-bridge" && "${bin}/flanneld"; } ;;`,
    'is-active) echo active ;;',
    '*) exit 64 ;;',
    'esac',
  ])
  return { bin, record }
}

function program(folder: string, name: string, lines: readonly string[]): void {
  const file = join(folder, name)
  writeFileSync(file, `#!/bin/sh\n${lines.join('\n')}\n`)
  chmodSync(file, 0o755)
}
