import { fileURLToPath } from 'node:url'
import { type ClusterSize, node, pod, upTo } from '../real/cluster-network.ts'
import type { Network } from '../real/network.ts'

const SCRIPT = fileURLToPath(new URL(import.meta.url.includes('/dist/') ? '../../live/host.sh' : './host.sh', import.meta.url))

/** What puts a command on node i of a cluster of the lab, as on a machine of its own with its pods. */
export const onNode = (network: Network, i: number, { pods }: ClusterSize): readonly string[] => [
  'sh',
  SCRIPT,
  node(i),
  network.netns(node(i)),
  ...upTo(pods).map((j) => `${pod(i, j)}=${network.netns(pod(i, j))}`),
  '--',
]
