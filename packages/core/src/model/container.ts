import type { Address } from '../net/address.ts'
import type { DockerContainer } from '../parse/docker/container.ts'
import type { Objects } from './objects.ts'

type Known = Objects['containers'][number]

/** A container by what people call it, or why there is none. */
export type NamedContainer =
  | { readonly kind: 'found'; readonly known: Known }
  | { readonly kind: 'none' }
  | { readonly kind: 'several'; readonly names: readonly string[] }

const SERVICE_LABELS = ['com.docker.compose.service', 'io.podman.compose.service', 'com.docker.swarm.service.name']
const PROJECT_LABELS = ['com.docker.compose.project', 'io.podman.compose.project', 'com.docker.stack.namespace']

const labelOf = ({ labels }: DockerContainer, keys: readonly string[]): string | undefined =>
  keys.map((key) => labels[key]).find((value) => value !== undefined)

/** By name, by the beginning of its id, by compose service, or by `project.service`; those that run come before those that do not. */
export function containerNamed(objects: Objects, name: string): NamedContainer {
  const { containers } = objects
  const byName = containers.filter(({ container }) => container.name === name)
  const byId = name.length >= 4 && /^[0-9a-f]+$/.test(name) ? containers.filter(({ container }) => container.id.startsWith(name)) : []
  const byService = containers.filter(({ container }) => {
    const service = labelOf(container, SERVICE_LABELS)
    return service !== undefined && (service === name || `${labelOf(container, PROJECT_LABELS)}.${service}` === name)
  })
  for (const found of [byName, byId, byService]) {
    const distinct = fullest(found)
    const running = distinct.filter(({ container }) => container.state === undefined || container.state === 'running')
    const [first, ...others] = running.length > 0 ? running : distinct
    if (first && others.length === 0) return { kind: 'found', known: first }
    if (first) return { kind: 'several', names: [first, ...others].map(({ container }) => container.name) }
  }
  return { kind: 'none' }
}

/** `docker ps` and `docker inspect` show the same container: what inspect tells is kept. */
function fullest(found: readonly Known[]): readonly Known[] {
  const byId = new Map<string, Known>()
  for (const known of found) {
    const key = `${known.host} ${known.container.id.slice(0, 12)}`
    const other = byId.get(key)
    if (!other || (!other.container.complete && known.container.complete)) byId.set(key, known)
  }
  return [...byId.values()]
}

/** Which network namespace a container lives in: its own, with these addresses; its host's; none but loopback. */
export type ContainerNetwork =
  | { readonly kind: 'own'; readonly addresses: readonly Address[] }
  | { readonly kind: 'host'; readonly host: string | undefined }
  | { readonly kind: 'no-network' }

const MOST_STEPS = 8

/** `--network host`, `none`, or `container:ID`: the network of another, which may itself be another's. */
export function networkOf(objects: Objects, known: Known, steps = 0): ContainerNetwork {
  const { container, host } = known
  const mode = container.networkMode ?? ''
  if (mode === 'host' || (mode === '' && container.endpoints.some((endpoint) => endpoint.network === 'host'))) return { kind: 'host', host }
  if (mode === 'none') return { kind: 'no-network' }
  const shared = /^container:(.+)$/.exec(mode)?.[1]
  if (shared !== undefined && steps < MOST_STEPS) {
    const other = objects.containers.find(
      (one) => one.host === host && (one.container.id === shared || one.container.id.startsWith(shared) || one.container.name === shared),
    )
    if (other && other !== known) return networkOf(objects, other, steps + 1)
  }
  return { kind: 'own', addresses: container.endpoints.flatMap((endpoint) => endpoint.addresses) }
}
