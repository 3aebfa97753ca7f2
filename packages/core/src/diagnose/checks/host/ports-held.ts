import type { Socket } from '../../../facts/network.ts'
import { because, type Check, type Examined, type Found, missing, seen, together } from '../check.ts'
import { rolesOf } from '../control-plane/roles.ts'
import { type CheckScene, capturedHosts } from '../scene.ts'

export const portsHeld: Check = {
  id: 'ports-held',
  holds: 'the ports that a host’s role needs are free, or held by the right process',
  why: 'the component that needs the port does not start',
  evidence: ['hosts/HOST/ss.txt'],
  causes: ['host.port-conflict'],
  run: (scene) =>
    together(
      capturedHosts(scene).flatMap(({ name, root, folder }) => {
        const roles = rolesOf(scene, name)
        const containers = scene.objects.containers.filter(({ host, container }) => (host ?? name) === name && container.complete)
        if (roles.size === 0 && containers.length === 0) return []
        if (!root.sockets) return [missing(`${folder}/ss.txt`)]
        const held = root.sockets.filter(
          (socket) => socket.process !== undefined && (socket.state === 'LISTEN' || socket.state === 'UNCONN'),
        )
        if (held.length === 0) return [missing(`${folder}/ss.txt (as root, so that it names the processes)`)]
        return [clusterPorts(scene, name, roles, held), publishedPorts(scene, name, held)]
      }),
    ),
}

function clusterPorts(scene: CheckScene, host: string, roles: ReadonlySet<string>, held: readonly Socket[]): Examined {
  const wanted = scene.components.ports.filter(({ role }) => roles.has(role))
  return together(
    wanted.map(({ port, protocol, what, process }) => {
      const pattern = new RegExp(`^(?:${process})$`)
      const wrong = held.filter((socket) => socket.port === port && socket.protocol === protocol && !pattern.test(socket.process ?? ''))
      return seen(...wrong.map((socket) => conflict(host, socket, `${what} needs ${port}/${protocol}, and ${socket.process} holds it`)))
    }),
  )
}

/** A port that a container asks for and does not have, since a process of the host has it. */
function publishedPorts(scene: CheckScene, host: string, held: readonly Socket[]): Examined {
  const own = scene.objects.containers.filter((known) => (known.host ?? host) === host && known.container.complete)
  return together(
    own.flatMap(({ container }) =>
      container.requestedPorts.map(({ hostPort, protocol, hostAddress }) => {
        if (hostPort === 0 || container.ports.some((port) => port.hostPort === hostPort && port.protocol === protocol)) return seen()
        const wrong = held.filter(
          (socket) =>
            socket.port === hostPort &&
            socket.protocol === protocol &&
            (hostAddress === undefined ||
              hostAddress === 0 ||
              socket.address === undefined ||
              socket.address === 0 ||
              socket.address === hostAddress),
        )
        return seen(
          ...wrong
            .slice(0, 1)
            .map((socket) =>
              conflict(
                host,
                socket,
                `container ${container.name} wants to publish ${hostPort}/${protocol}, and ${socket.process} holds it`,
              ),
            ),
        )
      }),
    ),
  )
}

const conflict = (host: string, socket: Socket, text: string): Found => ({
  severity: 'error',
  cause: 'host.port-conflict',
  host,
  object: `${socket.port}/${socket.protocol}`,
  text,
  because: [
    because(`${socket.process}${socket.pid === undefined ? '' : ` (pid ${socket.pid})`} listens on port ${socket.port}`, socket.source),
  ],
})
