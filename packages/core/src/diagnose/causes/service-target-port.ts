import type { Change } from '../../model/change/change.ts'
import type { Namespace } from '../../model/namespace.ts'
import type { Pod } from '../../parse/kubernetes/pod.ts'
import type { Service, ServicePort } from '../../parse/kubernetes/service.ts'
import type { Scene } from '../scene.ts'
import type { Because, Cause, Suspect } from './cause.ts'
import { clusterOf, selectedPods, serviceName } from './cluster.ts'
import { relevance, towardsService } from './relevance.ts'
import { suspected, told } from './state.ts'

/** targetPort names no port of the pods, or one where nothing listens while something does on another. */
export const serviceTargetPort: Cause = {
  id: 'service.target-port',
  suspects: (scene) => {
    const cluster = clusterOf(scene)
    return cluster.services.flatMap((service) => {
      if (service.partial || service.selector === undefined) return []
      const pods = selectedPods(cluster, service).filter((pod) => !pod.partial || pod.containers.length > 0)
      return pods.length === 0 ? [] : service.ports.flatMap((port) => suspect(scene, service, port, pods))
    })
  },
}

interface Found {
  readonly because: readonly Because[]
  readonly likelihood: number
  readonly without?: readonly Change[]
}

function suspect(scene: Scene, service: Service, port: ServicePort, pods: readonly Pod[]): readonly Suspect[] {
  const found = typeof port.targetPort === 'string' ? named(service, port, pods) : numbered(scene, service, port, pods)
  if (!found) return []
  const needed = relevance(scene, (aim) => towardsService(aim, service) && (aim.ports.size === 0 || hasPort(aim.ports, port)))
  return [
    suspected('service.target-port', needed, {
      where: { host: '', object: `port ${port.name ?? port.port} of ${serviceName(service)}`, source: service.source },
      ...found,
    }),
  ]
}

const hasPort = (ports: ReadonlySet<number>, { port, nodePort }: ServicePort): boolean =>
  ports.has(port) || (nodePort !== undefined && ports.has(nodePort))

const portsOf = (pods: readonly Pod[]) => pods.flatMap((pod) => pod.containers.flatMap((container) => container.ports))

function named(service: Service, port: ServicePort, pods: readonly Pod[]): Found | undefined {
  const same = portsOf(pods).filter(({ name }) => name === port.targetPort)
  if (same.some(({ protocol }) => protocol === port.protocol) || pods.some(({ partial }) => partial)) return undefined
  const others = portsOf(pods).map(({ name, port: number, protocol }) => `${name ?? 'unnamed'} ${number}/${protocol}`)
  const [first] = pods
  return {
    because: [
      told(`port ${port.port} of ${serviceName(service)} leads to the container port named ${port.targetPort}`, service.source),
      told(
        same.length > 0
          ? `the pods have it for ${same[0]?.protocol} and not for ${port.protocol}`
          : `its pods have no such port, but ${[...new Set(others)].slice(0, 5).join(', ') || 'none at all'}`,
        first?.source,
      ),
    ],
    likelihood: 0.95,
  }
}

function numbered(scene: Scene, service: Service, port: ServicePort, pods: readonly Pod[]): Found | undefined {
  const target = typeof port.targetPort === 'number' ? port.targetPort : port.port
  const heard = pods.flatMap((pod) => {
    const namespace = namespaceOf(scene, pod)
    return namespace?.sockets && !pod.hostNetwork ? [{ pod, namespace, open: openPorts(namespace, port.protocol) }] : []
  })
  const silent = heard.filter(({ open }) => !open.has(target))
  if (heard.length > 0) {
    const [first] = silent
    if (!first || silent.length < heard.length || first.open.size === 0) return undefined
    return {
      because: [
        told(`port ${port.port} of ${serviceName(service)} leads to port ${target} of its pods`, service.source),
        ...silent.slice(0, 3).map(({ pod, namespace, open }) =>
          told(`Pod ${pod.namespace}/${pod.name} listens on ${[...open.keys()].slice(0, 5).join(', ')}, not on ${target}`, {
            file: [...open.values()][0]?.file ?? `${namespace.folder}/ss.txt`,
            line: [...open.values()][0]?.line ?? 1,
          }),
        ),
      ],
      likelihood: 0.9,
      without: silent.map(({ namespace }) => ({
        kind: 'socket-added' as const,
        at: { host: namespace.host, netns: namespace.name },
        protocol: port.protocol === 'udp' ? ('udp' as const) : ('tcp' as const),
        port: target,
      })),
    }
  }
  return declared(service, port, target, pods)
}

/** containerPort is a mere declaration: that it differs makes a wrong number likely, no more. */
function declared(service: Service, port: ServicePort, target: number, pods: readonly Pod[]): Found | undefined {
  if (pods.some((pod) => portsOf([pod]).length === 0 || portsOf([pod]).some((one) => one.port === target))) return undefined
  const numbers = [...new Set(portsOf(pods).map((one) => `${one.port}/${one.protocol}`))]
  return {
    because: [
      told(`port ${port.port} of ${serviceName(service)} leads to port ${target} of its pods`, service.source),
      told(`the pods declare ${numbers.slice(0, 5).join(', ')} and not ${target}`, pods[0]?.source),
    ],
    likelihood: 0.65,
  }
}

function namespaceOf(scene: Scene, pod: Pod): Namespace | undefined {
  return pod.addresses.map((address) => scene.model.owners.get(address)?.[0]?.namespace).find((namespace) => namespace !== undefined)
}

const openPorts = ({ sockets = [] }: Namespace, protocol: string) =>
  new Map(
    sockets
      .filter((socket) => socket.protocol === protocol && (socket.state === 'LISTEN' || socket.state === 'UNCONN'))
      .map(({ port, source }) => [port, source]),
  )
