import { containerNamed } from '../../model/container.ts'
import type { Scene } from '../scene.ts'
import { type Aim, aimsOf } from './aim.ts'
import type { Because, Cause, Suspect } from './cause.ts'
import { containersOf } from './containers.ts'
import { relevance, towardsContainer } from './relevance.ts'
import { suspected, told } from './state.ts'

/** A container is on another network than its peer, on one without names, or on none. */
export const containerNetworkMode: Cause = {
  id: 'container.network-mode',
  suspects: (scene) => [...unconnected(scene), ...strangers(scene)],
}

type Known = ReturnType<typeof containersOf>[number]

/** No network at all, or a mode in which published ports mean nothing. */
function unconnected(scene: Scene): readonly Suspect[] {
  return containersOf(scene).flatMap((known) => {
    const { container, host } = known
    if (!container.complete || container.state !== 'running') return []
    const found = withoutNetwork(known)
    const needed = relevance(scene, (aim) => towardsContainer(scene, aim, known) || aim.from === `container/${container.name}`)
    // Somebody may want it so.
    if (!found || (!needed.hit && found.wanted)) return []
    return [
      suspected('container.network-mode', needed, {
        where: { host: host ?? '', object: `network of container ${container.name}`, source: container.source },
        because: found.because,
        likelihood: found.likelihood,
      }),
    ]
  })
}

function withoutNetwork({
  container,
}: Known): { readonly because: readonly Because[]; readonly likelihood: number; readonly wanted: boolean } | undefined {
  const { name, networkMode = '', endpoints, requestedPorts, source } = container
  if (networkMode === 'none') return { because: [told(`container ${name} runs with network none`, source)], likelihood: 0.85, wanted: true }
  if (networkMode === 'host' && requestedPorts.length > 0)
    return {
      because: [
        told(`container ${name} runs on the host's network, where its published port ${requestedPorts[0]?.hostPort} is discarded`, source),
      ],
      likelihood: 0.5,
      wanted: true,
    }
  if (networkMode === 'host' || networkMode.startsWith('container:') || networkMode.startsWith('ns:')) return undefined
  if (endpoints.length > 0) return undefined
  return { because: [told(`container ${name} runs and is connected to no network`, source)], likelihood: 0.85, wanted: false }
}

/** A container asks for another by name: both must share a network that its users made. */
function strangers(scene: Scene): readonly Suspect[] {
  return aimsOf(scene).flatMap((aim) => {
    const from = /^container\/(.+)$/.exec(aim.from)?.[1]
    const client = from === undefined ? undefined : find(scene, from)
    const server = aim.name === undefined ? undefined : find(scene, aim.name)
    if (!client || !server || client === server || aim.symptom.result !== 'no-name') return []
    const because = apart(client, server)
    if (because.length === 0) return []
    return [
      suspected(
        'container.network-mode',
        relevance(scene, (one: Aim) => one === aim),
        {
          where: {
            host: client.host ?? '',
            object: `networks of containers ${client.container.name} and ${server.container.name}`,
            source: client.container.source,
          },
          because,
          likelihood: 0.9,
        },
      ),
    ]
  })
}

function find(scene: Scene, name: string): Known | undefined {
  const found = containerNamed(scene.objects, name)
  return found.kind === 'found' ? found.known : undefined
}

function apart({ container: client }: Known, { container: server }: Known): readonly Because[] {
  if (!client.complete || !server.complete) return []
  const names = (container: typeof client): string => container.endpoints.map(({ network }) => network).join(', ') || 'none'
  const shared = client.endpoints.filter(({ network }) => server.endpoints.some((other) => other.network === network))
  if (shared.some(({ network }) => network !== 'bridge')) return []
  const both = [
    told(`container ${client.name} is on ${names(client)}`, client.source),
    told(`container ${server.name} is on ${names(server)}`, server.source),
  ]
  return shared.length > 0 ? [...both, told('on the default network bridge Docker gives containers no names', undefined)] : both
}
