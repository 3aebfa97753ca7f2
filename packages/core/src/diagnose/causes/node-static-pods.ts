import type { Scene } from '../scene.ts'
import type { Because, Cause, Suspect } from './cause.ts'
import { clusterOf } from './cluster.ts'
import { complaints, type PodState, podName, podStates } from './pod-states.ts'
import { relevance, towardsPod } from './relevance.ts'
import { quote, suspected, told } from './state.ts'

const PARTS = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'etcd'] as const
/** etcd may live outside of the cluster. */
const NEEDED = PARTS.slice(0, 3)

/** A part of the control plane that kubelet keeps from a manifest does not run, or is not there. */
export const nodeStaticPods: Cause = {
  id: 'node.static-pods',
  suspects: (scene) => [...failing(scene), ...absent(scene)],
}

const partOf = ({ pod }: PodState): string | undefined => {
  if (pod.namespace !== 'kube-system') return undefined
  const component = pod.labels.tier === 'control-plane' ? pod.labels.component : undefined
  return PARTS.find((part) => part === component || (pod.node !== undefined && pod.name === `${part}-${pod.node}`))
}

function failing(scene: Scene): readonly Suspect[] {
  return podStates(scene).flatMap((state) => {
    const part = partOf(state)
    const { pod, source } = state
    if (part === undefined || pod.ready !== false) return []
    const complaint = complaints(state)[0]
    const ended = state.containers.find((one) => one.ended && one.ended.exitCode !== 0)
    const because: Because[] = [
      told(`${podName(state)}, a part of the control plane, is not ready${complaint ? ` (${complaint.reason})` : ''}`, source),
    ]
    if (complaint?.message) because.push(told(`kubelet says ${quote(complaint.message)}`, source))
    if (ended?.ended)
      because.push(told(`it ended with exit code ${ended.ended.exitCode ?? 'not told'} and has restarted ${ended.restarts} times`, source))
    return [
      suspected(
        'node.static-pods',
        relevance(scene, (aim) => towardsPod(scene, aim, pod)),
        {
          where: { host: pod.node ?? '', object: podName(state), source },
          because,
          likelihood: complaint || ended ? 0.8 : 0.6,
        },
      ),
    ]
  })
}

/** On a node that holds one part the others are expected too. */
function absent(scene: Scene): readonly Suspect[] {
  const byNode = new Map<string, PodState[]>()
  for (const state of podStates(scene)) {
    const { node } = state.pod
    if (partOf(state) !== undefined && node !== undefined) byNode.set(node, [...(byNode.get(node) ?? []), state])
  }
  if (clusterOf(scene).pods.some(({ partial }) => partial)) return []
  return [...byNode].flatMap(([node, states]) => {
    const missing = NEEDED.filter((part) => !states.some((state) => partOf(state) === part))
    const [first] = states
    if (missing.length === 0 || missing.length === NEEDED.length || !first) return []
    return [
      suspected(
        'node.static-pods',
        relevance(scene, () => false),
        {
          where: { host: node, object: `control plane of Node ${node}`, source: first.source },
          because: [
            told(`Node ${node} runs ${states.map((state) => partOf(state)).join(', ')}`, first.source),
            told(`no pod of ${missing.join(', ')} is there`, undefined),
          ],
          likelihood: 0.7,
        },
      ),
    ]
  })
}
