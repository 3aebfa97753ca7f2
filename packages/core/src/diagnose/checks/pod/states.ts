import { eventOf, type KubernetesEvent } from '../../../parse/kubernetes/event.ts'
import { fields, integer, items, string } from '../../../parse/kubernetes/fields.ts'
import { namespaceOf } from '../../../parse/kubernetes/pod.ts'
import type { SourcedObject } from '../../../parse/kubernetes/read.ts'
import type { CheckScene } from '../scene.ts'

/** Why a pod does not run, as kubectl shows it in its STATUS column. */
export interface PodTrouble {
  readonly namespace: string
  readonly name: string
  readonly node: string | undefined
  /** ImagePullBackOff, CrashLoopBackOff, Pending, MatchNodeSelector … */
  readonly reason: string
  readonly message: string
  readonly image: string | undefined
  readonly restarts: number
  readonly object: SourcedObject
  readonly events: readonly KubernetesEvent[]
}

const FINE = new Set(['Running', 'Succeeded', 'Completed'])

/** Pods that are not as they should be, each with the events that tell why. */
export function podTroubles(scene: CheckScene): readonly PodTrouble[] {
  const events = new Map<string, KubernetesEvent[]>()
  for (const event of scene.cluster.objects.flatMap((object) => eventOf(object) ?? [])) {
    if (event.about.kind !== 'Pod') continue
    const key = `${event.about.namespace}/${event.about.name}`
    events.set(key, [...(events.get(key) ?? []), event])
  }
  return scene.cluster.objects.flatMap((object) => {
    const trouble = object.object.kind === 'Pod' ? troubleOf(object) : undefined
    if (!trouble) return []
    const own = (events.get(`${trouble.namespace}/${trouble.name}`) ?? []).filter(({ type }) => type !== 'Normal')
    return [{ ...trouble, events: own, message: trouble.message || own.at(-1)?.message || '' }]
  })
}

function troubleOf(sourced: SourcedObject): Omit<PodTrouble, 'events'> | undefined {
  const { object } = sourced
  const spec = fields(object.spec)
  const status = fields(object.status)
  const phase = string(status.phase)
  if (phase === undefined) return undefined
  const states = [...items(status.initContainerStatuses), ...items(status.containerStatuses)].map(fields)
  const stuck = states
    .map((one) => ({ one, state: fields(fields(one.state).waiting ?? fields(one.state).terminated) }))
    .find(({ state }) => isTrouble(string(state.reason)))
  const unscheduled = items(status.conditions)
    .map(fields)
    .find(({ type, status: value }) => type === 'PodScheduled' && value === 'False')
  const own = string(status.reason)
  const reason =
    string(stuck?.state.reason) ??
    (own !== undefined && !FINE.has(own) ? own : undefined) ??
    (unscheduled ? (string(unscheduled.reason) ?? 'Unschedulable') : undefined) ??
    (FINE.has(phase) || (phase === 'Unknown' && own === undefined) ? undefined : phase)
  if (reason === undefined) return undefined
  return {
    namespace: namespaceOf(object),
    name: object.metadata.name,
    node: string(spec.nodeName),
    reason,
    message: string(stuck?.state.message) ?? string(unscheduled?.message) ?? string(status.message) ?? '',
    image: string(stuck?.one.image),
    restarts: states.reduce((sum, { restartCount }) => sum + (integer(restartCount) ?? 0), 0),
    object: sourced,
  }
}

/** PodInitializing is the wait for init containers, whose own state tells more. */
const isTrouble = (reason: string | undefined): boolean => reason !== undefined && !['Completed', 'PodInitializing'].includes(reason)
