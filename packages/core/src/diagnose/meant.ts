import type { Document } from '../intake/document.ts'
import { type Cluster, collectCluster } from '../model/kubernetes/cluster.ts'
import { endpointsOfPort } from '../model/kubernetes/service-endpoints.ts'
import type { Model } from '../model/model.ts'
import { collectObjects, type Objects } from '../model/objects.ts'
import { parsePlace } from '../model/place.ts'
import { type Address, familyOf, formatAddress } from '../net/address.ts'
import { isLoopback } from '../net/special.ts'
import type { Service, ServicePort } from '../parse/kubernetes/service.ts'
import type { Symptom } from './scene.ts'

/** Who should answer a connection, as the objects tell. */
export interface Meant {
  /** Keys of `endText`. */
  readonly ends: ReadonlySet<string>
  /** "Service default/web", "container web" */
  readonly who: string
}

/** `10.244.0.3:80` */
export const endText = (address: Address, port: number): string =>
  `${typeof address === 'bigint' ? `[${formatAddress(address)}]` : formatAddress(address)}:${port}`

/** Of each connection that another server answers: who should, where the objects tell. */
export function withMeant(documents: readonly Document[], model: Model, symptoms: readonly Symptom[]): readonly Symptom[] {
  if (!symptoms.some(({ result }) => result === 'wrong-server')) return symptoms
  const cluster = collectCluster(documents)
  const objects = collectObjects(documents)
  return symptoms.map((symptom) => {
    const asked = symptom.result === 'wrong-server' ? askedOf(symptom) : undefined
    const meant = asked && (byService(cluster, model, asked) ?? byContainer(objects, model, asked))
    return meant ? { ...symptom, meant } : symptom
  })
}

interface Asked {
  readonly address: Address
  readonly port: number
}

/** The address and port that were asked for: of the packet, else as they are written. */
export function askedOf({ outcomes, request }: Symptom): Asked | undefined {
  const sent = outcomes[0]?.sent
  if (sent) return { address: sent.dst, port: sent.dport }
  const to = parsePlace(request.to)
  return to?.place.kind === 'address' && typeof to.port === 'number' ? { address: to.place.address, port: to.port } : undefined
}

/** Two Services that claim one address and port tell nothing of who should have it. */
function byService(cluster: Cluster, model: Model, asked: Asked): Meant | undefined {
  const [found, ...others] = cluster.services.flatMap((service) =>
    service.ports.filter((port) => isAt(model, service, port, asked)).map((port) => ({ service, port })),
  )
  if (!found || others.length > 0) return undefined
  const { service, port } = found
  const family = familyOf(service.clusterAddresses[0] ?? asked.address)
  const endpoints = endpointsOfPort(cluster, service, port, family)
  if (!endpoints?.complete || endpoints.backends.length === 0) return undefined
  return {
    ends: new Set(endpoints.backends.map((backend) => endText(backend.address, backend.port))),
    who: `Service ${service.namespace}/${service.name}`,
  }
}

function isAt(model: Model, service: Service, { port, nodePort }: ServicePort, asked: Asked): boolean {
  const own = [...service.clusterAddresses, ...service.externalAddresses, ...service.loadBalancerAddresses]
  if (port === asked.port && own.includes(asked.address)) return true
  return nodePort === asked.port && isHosts(model, asked.address)
}

const isHosts = (model: Model, address: Address): boolean =>
  isLoopback(address) || (model.owners.get(address) ?? []).some(({ namespace }) => namespace.name === '')

/** A port of a host that one running container publishes. */
function byContainer({ containers }: Objects, model: Model, { address, port }: Asked): Meant | undefined {
  if (!isHosts(model, address)) return undefined
  const found = containers.flatMap(({ container }) =>
    container.state === 'running' && container.complete
      ? container.ports
          .filter(
            ({ hostPort, hostAddress }) => hostPort === port && (hostAddress === undefined || !hostAddress || hostAddress === address),
          )
          .map(({ containerPort }) => ({ container, containerPort }))
      : [],
  )
  const [first] = found
  if (!first || found.some(({ container }) => container !== first.container)) return undefined
  const ends = first.container.endpoints.flatMap(({ addresses }) => addresses.map((own) => endText(own, first.containerPort)))
  return ends.length === 0 ? undefined : { ends: new Set(ends), who: `container ${first.container.name}` }
}
