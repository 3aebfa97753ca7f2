import type { Scene } from '../scene.ts'
import type { Cause, Suspect } from './cause.ts'
import { isAlive } from './cluster.ts'
import { lacksNetwork, towardsNode, unreadyNodes } from './node-states.ts'
import { podName, podStates } from './pod-states.ts'
import { relevance, towardsPod } from './relevance.ts'
import { quote, suspected, told } from './state.ts'

/** Pods by which network daemons run on every node. */
const DAEMONS = /^(?:kube-flannel|canal|calico-node|cilium-[a-z0-9]{5}$|weave-net|kube-router|antrea-agent|ovnkube-node|kindnet)/

/** The network daemon of a node has no lease or configuration, as nodes and pods tell it. */
export const overlayLease: Cause = {
  id: 'overlay.lease',
  suspects: (scene) => [...nodes(scene), ...daemons(scene)],
}

function nodes(scene: Scene): readonly Suspect[] {
  return unreadyNodes(scene)
    .filter(lacksNetwork)
    .map(({ node, message, source }) =>
      suspected(
        'overlay.lease',
        relevance(scene, (aim) => towardsNode(scene, aim, node)),
        {
          where: { host: node.name, object: `network plugin of Node ${node.name}`, source },
          because: [told(`Node ${node.name} is not ready: ${quote(message)}`, source)],
          likelihood: 0.9,
        },
      ),
    )
}

function daemons(scene: Scene): readonly Suspect[] {
  return podStates(scene).flatMap((state) => {
    const { pod, source } = state
    if (!DAEMONS.test(pod.name) || pod.ready !== false || !isAlive(pod)) return []
    const starved = podStates(scene).filter(
      (other) =>
        other !== state &&
        other.pod.node === pod.node &&
        (other.reason === 'ContainerCreating' || other.containers.some(({ waiting }) => waiting?.reason === 'ContainerCreating')),
    )
    const needs = relevance(scene, (aim) =>
      podStates(scene).some((other) => other.pod.node === pod.node && towardsPod(scene, aim, other.pod)),
    )
    return [
      suspected('overlay.lease', needs, {
        where: { host: pod.node ?? '', object: podName(state), source },
        because: [
          told(`${podName(state)}, the network daemon of node ${pod.node ?? 'not told'}, is not ready`, source),
          ...starved.slice(0, 3).map((other) => told(`${podName(other)} on the same node waits for its network`, other.source)),
        ],
        likelihood: starved.length > 0 ? 0.85 : 0.5,
      }),
    ]
  })
}
