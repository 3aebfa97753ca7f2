import { eventOf, type KubernetesEvent } from '../../parse/kubernetes/event.ts'
import type { Scene } from '../scene.ts'

const known = new WeakMap<Scene, readonly KubernetesEvent[]>()

/** Events of the API, in the order of the evidence. */
export function eventsOf(scene: Scene): readonly KubernetesEvent[] {
  const cached = known.get(scene)
  if (cached) return cached
  const events = scene.documents.flatMap(({ content }) =>
    content.kind === 'kubernetes' ? content.objects.flatMap((sourced) => eventOf(sourced) ?? []) : [],
  )
  known.set(scene, events)
  return events
}

/** Events about one object. A table of one namespace does not name it. */
export function eventsAbout(scene: Scene, kind: string, namespace: string, name: string): readonly KubernetesEvent[] {
  return eventsOf(scene).filter(
    ({ about }) =>
      about.name === name && (about.kind === kind || about.kind === '') && (about.namespace === namespace || about.namespace === ''),
  )
}
