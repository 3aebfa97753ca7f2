import type { DockerContainer, PortBinding } from '../../parse/docker/container.ts'
import type { Scene } from '../scene.ts'
import type { Because, Cause, Suspect } from './cause.ts'
import { isAlive } from './cluster.ts'
import { containersOf } from './containers.ts'
import { eventsAbout } from './events.ts'
import { podName, podStates } from './pod-states.ts'
import { relevance, towardsContainer, towardsPod } from './relevance.ts'
import { quote, suspected, told } from './state.ts'

/** Another process, container or pod holds the port that a component needs. */
export const hostPortConflict: Cause = {
  id: 'host.port-conflict',
  suspects: (scene) => [...containerConflicts(scene), ...podConflicts(scene)],
}

type Known = ReturnType<typeof containersOf>[number]

const TAKEN = /port is already allocated|address already in use|bind: Only one usage/i

/** A container that asked for a port, does not have it, and something else does. */
function containerConflicts(scene: Scene): readonly Suspect[] {
  return containersOf(scene).flatMap((known) => {
    const { container, host } = known
    if (container.state === 'running' && container.ports.length > 0) return []
    const { error } = container.run ?? {}
    const said =
      error !== undefined && TAKEN.test(error)
        ? [told(`the engine says of container ${container.name}: ${quote(error)}`, container.source)]
        : []
    const held = container.requestedPorts.flatMap((port) => holder(scene, known, port))
    if (said.length === 0 && (held.length === 0 || container.state === 'running')) return []
    return [
      suspected(
        'host.port-conflict',
        relevance(scene, (aim) => towardsContainer(scene, aim, known)),
        {
          where: { host: host ?? '', object: `port ${portsText(container)} of container ${container.name}`, source: container.source },
          because: [...said, ...held],
          // Without the engine's word it may have been stopped for another reason.
          likelihood: said.length > 0 ? 0.95 : container.run?.exitCode === undefined || container.run.exitCode === 128 ? 0.6 : 0.4,
        },
      ),
    ]
  })
}

const portsText = ({ requestedPorts }: DockerContainer): string =>
  requestedPorts.map(({ hostPort, protocol }) => `${hostPort}/${protocol}`).join(', ')

function holder(scene: Scene, { container, host }: Known, wanted: PortBinding): readonly Because[] {
  const other = containersOf(scene).find(
    (one) =>
      one.host === host &&
      one.container.id !== container.id &&
      one.container.state === 'running' &&
      one.container.ports.some((port) => port.hostPort === wanted.hostPort && port.protocol === wanted.protocol && overlaps(port, wanted)),
  )
  if (other)
    return [told(`container ${other.container.name} has published port ${wanted.hostPort}/${wanted.protocol}`, other.container.source)]
  const namespaces = host === undefined ? [...scene.model.hosts.values()] : [scene.model.hosts.get(host)]
  const socket = namespaces
    .flatMap((namespace) => namespace?.sockets ?? [])
    .find(
      ({ protocol, port, state, address, process }) =>
        protocol === wanted.protocol &&
        port === wanted.hostPort &&
        (state === 'LISTEN' || state === 'UNCONN') &&
        process !== 'docker-proxy' &&
        (address === undefined || wanted.hostAddress === undefined || address === wanted.hostAddress),
    )
  return socket
    ? [told(`${socket.process ?? 'a process'} listens on port ${wanted.hostPort}/${wanted.protocol} of the host`, socket.source)]
    : []
}

const overlaps = (a: PortBinding, b: PortBinding): boolean =>
  a.hostAddress === undefined || b.hostAddress === undefined || !a.hostAddress || !b.hostAddress || a.hostAddress === b.hostAddress

/** A pod that waits for a node with a free host port, or two that want the same one on one node. */
function podConflicts(scene: Scene): readonly Suspect[] {
  return podStates(scene).flatMap((state) => {
    const { pod, unscheduled } = state
    if (!isAlive(pod) || pod.ready === true) return []
    const messages = [
      ...(unscheduled ? [told(unscheduled.message, state.source)] : []),
      ...eventsAbout(scene, 'Pod', pod.namespace, pod.name).map(({ message, source }) => told(message, source)),
    ].filter(({ text }) => /didn't have free ports|HostPorts?\b.*conflict|host ?port.*already/i.test(text))
    const [first] = messages
    if (!first) return []
    const wanted = pod.containers.flatMap(({ ports }) => ports.flatMap(({ hostPort }) => hostPort ?? []))
    const holders = podStates(scene).filter(
      (other) =>
        other !== state &&
        isAlive(other.pod) &&
        other.pod.containers.some(({ ports }) => ports.some(({ hostPort }) => hostPort !== undefined && wanted.includes(hostPort))),
    )
    return [
      suspected(
        'host.port-conflict',
        relevance(scene, (aim) => towardsPod(scene, aim, pod)),
        {
          where: { host: pod.node ?? '', object: podName(state), source: state.source },
          because: [
            told(`${podName(state)}: ${quote(first.text)}`, first.source),
            ...holders.slice(0, 3).map((other) => told(`${podName(other)} has the same host port`, other.source)),
          ],
          likelihood: 0.85,
        },
      ),
    ]
  })
}
