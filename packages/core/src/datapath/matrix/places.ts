import type { Model } from '../../model/model.ts'
import type { Namespace } from '../../model/namespace.ts'
import type { Objects } from '../../model/objects.ts'
import { type Address, type Family, familyOf, formatAddress } from '../../net/address.ts'
import { isLinkLocal, isLoopback } from '../../net/special.ts'
import type { DockerContainer } from '../../parse/docker/container.ts'
import type { Pod } from '../../parse/kubernetes/pod.ts'
import { mainAddresses, uplinkOf } from '../start.ts'
import { type KnownServices, knownServices, type NodePort } from './known-services.ts'
import { type Places, type Sender, SOMEBODY, type Target } from './place.ts'
import { type AskedPort, listenedPorts, portText } from './ports.ts'

/** Something that has addresses of its own: a machine, a namespace, a pod or container. */
interface Party {
  readonly kind: 'host' | 'netns' | 'pod' | 'container'
  readonly place: string
  readonly host: string | undefined
  readonly namespace: Namespace | undefined
  readonly addresses: readonly Address[]
  readonly ports: readonly AskedPort[]
}

/**
 * Everybody in the evidence who can send or be asked for. A captured namespace that has a pod's or container's address goes by that name;
 * pods and containers that were not captured are known by their addresses.
 */
export function allPlaces(model: Model, objects: Objects): Places {
  const parties = partiesOf(model, objects)
  const services = knownServices(model, objects)
  const outside = [...model.hosts.values()].flatMap(somebodyAt)
  return {
    senders: [...parties.filter((party) => party.addresses.length > 0).map(senderOf), ...outside],
    targets: [
      ...parties.flatMap(targetsOf),
      ...serviceTargets(services),
      ...[...model.hosts.values()].flatMap((host) => publishedAt(host, services.nodePorts)),
      ...beyond(model),
    ],
  }
}

function partiesOf(model: Model, objects: Objects): readonly Party[] {
  const names = namesOf(objects)
  const parties: Party[] = []
  const named = new Set<string>()
  for (const namespace of model.namespaces) {
    const addresses = firstOfEach(mainAddresses(namespace))
    if (namespace.name === '') {
      parties.push({ kind: 'host', place: `host/${namespace.host}`, host: namespace.host, namespace, addresses, ports: [] })
      continue
    }
    const name = addresses
      .map((address) => names.get(nameKey(namespace.host, address)) ?? names.get(nameKey(undefined, address)))
      .find(Boolean)
    if (name) named.add(name.place)
    const ports = name?.ports.length ? name.ports : listenedPorts(namespace)
    const place = name?.place ?? `netns/${namespace.host}/${namespace.name}`
    parties.push({ kind: name?.kind ?? 'netns', place, host: namespace.host, namespace, addresses, ports })
  }
  for (const party of new Set(names.values())) if (!named.has(party.place)) parties.push(party)
  return parties
}

/** Container addresses are each host's own affair; pod addresses are the cluster's. */
const nameKey = (host: string | undefined, address: Address): string => `${host ?? ''} ${formatAddress(address)}`

function namesOf({ pods, containers }: Objects): ReadonlyMap<string, Party> {
  const names = new Map<string, Party>()
  for (const { container, host } of containers) {
    const party = containerParty(container, host)
    for (const address of party.addresses) names.set(nameKey(host, address), party)
  }
  for (const pod of pods) {
    if (pod.hostNetwork || pod.phase === 'Succeeded' || pod.phase === 'Failed') continue
    const party = podParty(pod)
    for (const address of party.addresses) names.set(nameKey(undefined, address), party)
  }
  return names
}

function podParty(pod: Pod): Party {
  const ports = pod.containers.flatMap((container) =>
    container.ports.map((port): AskedPort => ({ port: port.port, protocol: port.protocol.toLowerCase() })),
  )
  return {
    kind: 'pod',
    place: `pod/${pod.namespace}/${pod.name}`,
    host: pod.node,
    namespace: undefined,
    addresses: firstOfEach(pod.addresses),
    ports: unique(ports),
  }
}

function containerParty(container: DockerContainer, host: string | undefined): Party {
  const ports = container.ports.map((binding): AskedPort => ({ port: binding.containerPort, protocol: binding.protocol }))
  return {
    kind: 'container',
    place: `container/${container.name}`,
    host,
    namespace: undefined,
    addresses: firstOfEach(container.endpoints.flatMap((endpoint) => endpoint.addresses)),
    ports: unique(ports),
  }
}

const unique = (ports: readonly AskedPort[]): readonly AskedPort[] => [...new Map(ports.map((port) => [portText(port), port])).values()]

/** The first address of each family that others can speak to. */
function firstOfEach(addresses: readonly Address[]): readonly Address[] {
  const usable = addresses.filter((address) => !isLoopback(address) && !isLinkLocal(address))
  return (['ip', 'ip6'] as const).flatMap((family) => usable.find((address) => familyOf(address) === family) ?? [])
}

const senderOf = ({ kind, place, host, namespace, addresses }: Party): Sender => ({
  kind,
  place,
  host,
  namespace: namespace?.id,
  addresses,
})

/** Each port that is known to be served; a ping where none is. */
function targetsOf({ kind, place, host, namespace, addresses, ports }: Party): readonly Target[] {
  const asked: readonly (AskedPort | undefined)[] = ports.length ? ports : [undefined]
  const base = { kind, bare: place, host, namespace: namespace?.id }
  return addresses.flatMap((address) =>
    asked.map((port): Target => {
      const family = familyOf(address)
      const text = family === 'ip6' && addresses.length > 1 ? `[${formatAddress(address)}]` : ''
      return { ...base, place: `${place}${portText(port)}${text && ` ${text}`}`, family, address, ...protocolOf(port) }
    }),
  )
}

function protocolOf(port: AskedPort | undefined): Pick<Target, 'protocol' | 'port'> {
  if (port?.protocol === 'udp' || port?.protocol === 'sctp') return { protocol: port.protocol, port: port.port }
  return port ? { protocol: 'tcp', port: port.port } : { protocol: 'icmp', port: undefined }
}

function serviceTargets({ services, external }: KnownServices): readonly Target[] {
  const several = new Set<string>()
  const seen = new Map<string, Address>()
  for (const { name, address } of [...services, ...external]) {
    const first = seen.get(name)
    if (first === undefined) seen.set(name, address)
    else if (first !== address) several.add(name)
  }
  return [...services, ...external].map(({ name, address, port, protocol }, i): Target => {
    const place = `svc/${name}${portText({ port, protocol })}${several.has(name) ? ` [${formatAddress(address)}]` : ''}`
    const kind = i < services.length ? 'service' : 'published'
    return {
      kind,
      place,
      bare: `svc/${name}`,
      host: undefined,
      namespace: undefined,
      family: familyOf(address),
      address,
      ...protocolOf({ port, protocol }),
    }
  })
}

function publishedAt(host: Namespace, nodePorts: readonly NodePort[]): readonly Target[] {
  return nodePorts
    .filter((at) => at.host === undefined || at.host === host.host)
    .flatMap((at) => {
      const addresses = at.address === undefined ? firstOfEach(mainAddresses(host)) : isLoopback(at.address) ? [] : [at.address]
      return addresses.map((address): Target => {
        const text = addresses.length > 1 && familyOf(address) === 'ip6' ? ` [${formatAddress(address)}]` : ''
        return {
          kind: 'published',
          place: `host/${host.host}${portText(at)}${text}`,
          bare: `host/${host.host}`,
          host: host.host,
          namespace: host.id,
          family: familyOf(address),
          address,
          ...protocolOf(at),
        }
      })
    })
}

/** Somebody outside who comes in by the host's default route's device. */
function somebodyAt(host: Namespace): readonly Sender[] {
  const families = (['ip', 'ip6'] as const).filter((family) => uplinkOf(host, family) !== undefined)
  const addresses = families.map((family) => SOMEBODY[family])
  return addresses.length ? [{ kind: 'outside', place: 'outside', host: host.host, namespace: undefined, addresses }] : []
}

/** Somebody outside who is asked for, in the families that any host has a default route of; IPv4 where none has. */
function beyond(model: Model): readonly Target[] {
  const hosts = [...model.hosts.values()]
  const families = (['ip', 'ip6'] as const).filter((family) => hosts.some((host) => uplinkOf(host, family) !== undefined))
  const asked: readonly Family[] = families.length ? families : ['ip']
  return asked.map(
    (family): Target => ({
      kind: 'outside',
      place: `outside${family === 'ip6' ? ' (IPv6)' : ''}:443/tcp`,
      bare: 'outside',
      host: undefined,
      namespace: undefined,
      family,
      address: SOMEBODY[family],
      protocol: 'tcp',
      port: 443,
    }),
  )
}
