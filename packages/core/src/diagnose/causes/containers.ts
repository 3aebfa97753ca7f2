import type { Scene } from '../scene.ts'

type Known = Scene['objects']['containers'][number]

const known = new WeakMap<Scene, readonly Known[]>()

/** Containers, each once: what `docker inspect` tells is kept before what `docker ps` does. */
export function containersOf(scene: Scene): readonly Known[] {
  const cached = known.get(scene)
  if (cached) return cached
  const byId = new Map<string, Known>()
  for (const one of scene.objects.containers) {
    const key = `${one.host ?? ''} ${one.container.id.slice(0, 12) || one.container.name}`
    const other = byId.get(key)
    if (!other || (!other.container.complete && one.container.complete)) byId.set(key, one)
  }
  const containers = [...byId.values()]
  known.set(scene, containers)
  return containers
}

/** The container that another names by id, the beginning of it, or its name. */
export function containerCalled(scene: Scene, host: string | undefined, name: string): Known | undefined {
  return containersOf(scene).find(
    (one) =>
      one.host === host &&
      (one.container.name === name ||
        (name.length >= 12 && (one.container.id.startsWith(name) || (one.container.id.length >= 12 && name.startsWith(one.container.id))))),
  )
}

/** A container of another by compose's labels. */
export const composeService = ({ container }: Known): { readonly project: string; readonly service: string } | undefined => {
  const project = container.labels['com.docker.compose.project'] ?? container.labels['io.podman.compose.project']
  const service = container.labels['com.docker.compose.service'] ?? container.labels['io.podman.compose.service']
  return project === undefined || service === undefined ? undefined : { project, service }
}

/** `NetworkMode: container:NAME`. */
export const sharedWith = ({ container }: Known): string | undefined => /^container:(.+)$/.exec(container.networkMode ?? '')?.[1]
