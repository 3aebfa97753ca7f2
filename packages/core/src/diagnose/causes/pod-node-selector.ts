import type { Scene } from '../scene.ts'
import type { Because, Cause, Suspect } from './cause.ts'
import { clusterOf, labelText } from './cluster.ts'
import { eventsAbout } from './events.ts'
import { complaints, type PodState, podName, podStates } from './pod-states.ts'
import { relevance, towardsPod } from './relevance.ts'
import { quote, suspected, told } from './state.ts'

/** kubelet refused the pod that a scheduler had placed. */
const REFUSED = /^(?:MatchNodeSelector|NodeAffinity|NodeSelectorMismatching|OutOf\w+|UnexpectedAdmissionError|NodeUnschedulable)$/
/** Free host ports are a cause of their own. */
const UNFIT = /nodes? are available|didn't match|had (?:untolerated )?taints?|Insufficient |node\(s\) (?:were|had)/i

/** No node fits what the pod asks for. */
export const podNodeSelector: Cause = {
  id: 'pod.node-selector',
  suspects: (scene) =>
    podStates(scene).flatMap((state) => {
      const found = refused(state) ?? unscheduled(scene, state)
      if (!found || state.pod.terminating) return []
      const needed = relevance(scene, (aim) => towardsPod(scene, aim, state.pod))
      return [
        suspected('pod.node-selector', needed, {
          where: { host: state.pod.node ?? '', object: podName(state), source: state.source },
          ...found,
        }),
      ]
    }),
}

type Found = Pick<Suspect, 'because' | 'likelihood'>

function refused(state: PodState): Found | undefined {
  const complaint = complaints(state).find(({ reason }) => REFUSED.test(reason))
  if (!complaint) return undefined
  const { reason, message } = complaint
  return {
    because: [told(`${podName(state)} is in state ${reason}${message ? `: ${quote(message)}` : ''}`, state.source)],
    likelihood: 0.9,
  }
}

function unscheduled(scene: Scene, state: PodState): Found | undefined {
  const { pod } = state
  if (pod.phase !== 'Pending' || pod.node !== undefined) return undefined
  const events = eventsAbout(scene, 'Pod', pod.namespace, pod.name).filter(({ reason }) => reason === 'FailedScheduling')
  const messages: Because[] = [
    ...(state.unscheduled ? [told(state.unscheduled.message, state.source)] : []),
    ...events.map(({ message, source }) => told(message, source)),
  ].filter(({ text }) => UNFIT.test(text))
  const lacking = missingLabels(scene, state)
  if (messages.length === 0 && !lacking) return undefined
  return {
    because: [
      ...messages.slice(0, 2).map(({ text, source }) => told(`the scheduler says of ${podName(state)}: ${quote(text)}`, source)),
      ...(lacking ? [lacking] : []),
    ],
    likelihood: messages.length > 0 ? 0.9 : 0.85,
  }
}

/** Asked of the captured nodes: has none of them the labels? */
function missingLabels(scene: Scene, { nodeSelector, pod, source }: PodState): Because | undefined {
  const { nodes } = clusterOf(scene)
  const asked = Object.entries(nodeSelector)
  if (asked.length === 0 || nodes.length === 0 || nodes.some(({ partial }) => partial)) return undefined
  if (nodes.some(({ labels }) => asked.every(([key, value]) => labels[key] === value))) return undefined
  return told(
    `Pod ${pod.namespace}/${pod.name} asks for a node with ${labelText(nodeSelector)}, and none of the ${nodes.length} nodes has that`,
    source,
  )
}
