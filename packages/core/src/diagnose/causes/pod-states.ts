import type { Source } from '../../facts/source.ts'
import { fields, integer, items, string } from '../../parse/kubernetes/fields.ts'
import { type Pod, podOf } from '../../parse/kubernetes/pod.ts'
import type { SourcedObject } from '../../parse/kubernetes/read.ts'
import type { Scene } from '../scene.ts'

/** How one container of a pod stands. */
export interface ContainerState {
  readonly name: string
  readonly init: boolean
  readonly image: string | undefined
  readonly ready: boolean
  readonly restarts: number
  /** CrashLoopBackOff, ImagePullBackOff, ContainerCreating …, with what the runtime says. */
  readonly waiting: { readonly reason: string; readonly message: string } | undefined
  /** How it ended, now or the time before. */
  readonly ended: { readonly reason: string; readonly exitCode: number | undefined; readonly message: string } | undefined
}

/** A pod with why it stands as it does. */
export interface PodState {
  readonly pod: Pod
  /** `status.reason`, or the STATUS column of `kubectl get pods`: Evicted, MatchNodeSelector, CrashLoopBackOff … */
  readonly reason: string | undefined
  readonly message: string
  readonly containers: readonly ContainerState[]
  /** Condition PodScheduled where it is False. */
  readonly unscheduled: { readonly reason: string; readonly message: string } | undefined
  readonly nodeSelector: Readonly<Record<string, string>>
  readonly source: Source
}

const known = new WeakMap<Scene, readonly PodState[]>()

/** All pods; of one that was captured several times the fullest picture. */
export function podStates(scene: Scene): readonly PodState[] {
  const cached = known.get(scene)
  if (cached) return cached
  const byName = new Map<string, { readonly state: PodState; readonly full: number }>()
  for (const { content } of scene.documents) {
    if (content.kind !== 'kubernetes') continue
    for (const sourced of content.objects) {
      const state = stateOf(sourced)
      if (!state) continue
      const key = `${state.pod.namespace}/${state.pod.name}`
      const full = (sourced.partial ? 0 : 1000) + state.containers.length
      if (full > (byName.get(key)?.full ?? -1)) byName.set(key, { state, full })
    }
  }
  const states = [...byName.values()].map(({ state }) => state)
  known.set(scene, states)
  return states
}

function stateOf(sourced: SourcedObject): PodState | undefined {
  const pod = podOf(sourced)
  if (!pod) return undefined
  const spec = fields(sourced.object.spec)
  const status = fields(sourced.object.status)
  const scheduled = items(status.conditions)
    .map(fields)
    .find((condition) => condition.type === 'PodScheduled' && condition.status === 'False')
  return {
    pod,
    reason: string(status.reason),
    message: string(status.message) ?? '',
    containers: [
      ...items(status.initContainerStatuses).map((one) => containerState(fields(one), true)),
      ...items(status.containerStatuses).map((one) => containerState(fields(one), false)),
    ],
    unscheduled: scheduled ? { reason: string(scheduled.reason) ?? '', message: string(scheduled.message) ?? '' } : undefined,
    nodeSelector: Object.fromEntries(
      Object.entries(fields(spec.nodeSelector)).flatMap(([key, value]) => (typeof value === 'string' ? [[key, value]] : [])),
    ),
    source: sourced.source,
  }
}

function containerState(status: ReturnType<typeof fields>, init: boolean): ContainerState {
  const state = fields(status.state)
  const waiting = fields(state.waiting)
  const now = fields(state.terminated)
  const ended = Object.keys(now).length > 0 ? now : fields(fields(status.lastState).terminated)
  return {
    name: string(status.name) ?? '',
    init,
    image: string(status.image),
    ready: status.ready === true,
    restarts: integer(status.restartCount) ?? 0,
    waiting:
      string(waiting.reason) === undefined ? undefined : { reason: string(waiting.reason) ?? '', message: string(waiting.message) ?? '' },
    ended:
      Object.keys(ended).length === 0
        ? undefined
        : { reason: string(ended.reason) ?? '', exitCode: integer(ended.exitCode), message: string(ended.message) ?? '' },
  }
}

/** Every word and message that tells why a pod does not run: of the pod itself, then of its containers. */
export function complaints(
  state: PodState,
): readonly { readonly reason: string; readonly message: string; readonly container: string | undefined }[] {
  const own =
    state.reason === undefined ? [] : [{ reason: state.reason.replace(/^Init:/, ''), message: state.message, container: undefined }]
  const waiting = state.containers.flatMap(({ name, waiting }) => (waiting ? [{ ...waiting, container: name }] : []))
  return [...own, ...waiting]
}

export const podName = ({ pod }: PodState): string => `Pod ${pod.namespace}/${pod.name}`
