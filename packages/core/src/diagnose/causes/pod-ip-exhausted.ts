import { contains, formatPrefix, type Prefix } from '../../net/prefix.ts'
import type { Node } from '../../parse/kubernetes/node.ts'
import type { Scene } from '../scene.ts'
import type { Cause, Suspect } from './cause.ts'
import { clusterOf, isAlive } from './cluster.ts'
import { type PodState, podName, podStates } from './pod-states.ts'
import { relevance, towardsPod } from './relevance.ts'
import { suspected, told } from './state.ts'

/** host-local gives away neither the network's own, nor the gateway's, nor the last address. */
const RESERVED = 3

/** Every address of the node's range is given away, and a pod there waits for one. */
export const podIpExhausted: Cause = {
  id: 'pod.ip-exhausted',
  suspects: (scene) => clusterOf(scene).nodes.flatMap((node) => node.podCidrs.flatMap((range) => suspect(scene, node, range))),
}

function suspect(scene: Scene, node: Node, range: Prefix): readonly Suspect[] {
  const size = 2 ** ((typeof range.address === 'number' ? 32 : 128) - range.length) - RESERVED
  const here = podStates(scene).filter(({ pod }) => pod.node === node.name && isAlive(pod) && !pod.hostNetwork)
  const used = here.filter(({ pod }) => pod.addresses.some((address) => contains(range, address)))
  const waiting = here.filter((state) => isWaiting(state))
  const [first] = waiting
  if (!first || used.length < size) return []
  return [
    suspected(
      'pod.ip-exhausted',
      relevance(scene, (aim) => waiting.some(({ pod }) => towardsPod(scene, aim, pod))),
      {
        where: { host: node.name, object: `pod range ${formatPrefix(range)} of Node ${node.name}`, source: node.source },
        because: [
          told(`${used.length} pods have an address of ${formatPrefix(range)}, which has ${size} to give`, node.source),
          ...waiting.slice(0, 3).map((state) => told(`${podName(state)} is on that node and has none`, state.source)),
        ],
        likelihood: 0.85,
      },
    ),
  ]
}

const isWaiting = ({ pod, containers, reason }: PodState): boolean =>
  pod.phase === 'Pending' &&
  pod.addresses.length === 0 &&
  (reason === 'ContainerCreating' || containers.every(({ waiting }) => waiting?.reason === 'ContainerCreating'))
