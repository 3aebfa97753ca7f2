import type { Scene } from '../scene.ts'
import type { Because, Cause, Suspect } from './cause.ts'
import { clusterOf, serviceName } from './cluster.ts'
import { containersOf } from './containers.ts'
import { arrives, byPort, fit, portText, type Refused, refusedOf } from './refused.ts'
import { told } from './state.ts'

/** Nothing listens on the port where the packet arrives. */
export const appNotListening: Cause = {
  id: 'app.not-listening',
  suspects: (scene) => byPort(refusedOf(scene).filter(({ elsewhere }) => elsewhere.length === 0)).map((group) => suspect(scene, group)),
}

function suspect(scene: Scene, group: readonly [Refused, ...Refused[]]): Suspect {
  const [first] = group
  const { namespace, port, protocol } = first
  const { factor, against } = fit(first)
  const wrongPlace = neverMeant(scene, first)
  const open = namespace.sockets?.filter(({ protocol: own, state }) => own === protocol && (state === 'LISTEN' || state === 'UNCONN')) ?? []
  const ports = [...new Set(open.map((socket) => socket.port))].slice(0, 10)
  return {
    cause: 'app.not-listening',
    where: { host: namespace.host, netns: namespace.name, object: portText(first) },
    because: [
      { text: arrives(first), observation: first.symptom.observation },
      {
        text:
          ports.length > 0
            ? `nothing listens there; open ${protocol} ports are ${ports.join(', ')}`
            : `nothing listens there on ${protocol} at all`,
        source: { file: open[0]?.source.file ?? `${namespace.folder}/ss.txt`, line: open[0]?.source.line ?? 1 },
      },
    ],
    against: [...against, ...wrongPlace],
    likelihood: Math.round(85 * factor * (wrongPlace.length > 0 ? 0.4 : 1)) / 100,
    without: [{ kind: 'socket-added', at: { host: namespace.host, netns: namespace.name }, protocol, port }],
    explains: group.flatMap(({ symptom }) => symptom.observation ?? []),
  }
}

/** Nobody is to listen there: the packet should have been translated and was not, or was and should not. */
function neverMeant(scene: Scene, { namespace, port, protocol, steps = [] }: Refused): readonly Because[] {
  const redirect = steps.find(({ effect }) => effect === 'REDIRECT')
  if (redirect) return [told(`a rule sent the packet here, which was for another port: ${redirect.text}`, redirect.evidence)]
  if (namespace.name !== '') return []
  const publisher = containersOf(scene).find(
    ({ container, host }) =>
      (host ?? namespace.host) === namespace.host &&
      container.state === 'running' &&
      container.ports.some((published) => published.hostPort === port && published.protocol === protocol),
  )
  if (publisher)
    return [
      told(
        `container ${publisher.container.name} publishes the port: its process listens in its own namespace`,
        publisher.container.source,
      ),
    ]
  const service = clusterOf(scene).services.find(({ ports }) => ports.some((one) => one.nodePort === port && one.protocol === protocol))
  return service ? [told(`it is a node port of ${serviceName(service)}, which rules translate and nobody listens on`, service.source)] : []
}
