import { containerNamed, networkOf } from '../model/container.ts'
import type { Model } from '../model/model.ts'
import { isOperational, isUp, type Namespace } from '../model/namespace.ts'
import type { Objects } from '../model/objects.ts'
import type { Place } from '../model/place.ts'
import { type Address, type Family, familyOf, formatAddress } from '../net/address.ts'
import { contains, network } from '../net/prefix.ts'
import { isLinkLocal, isLoopback } from '../net/special.ts'
import { type BadRequest, bad, isBad } from './bad-request.ts'
import type { TraceRequest } from './trace.ts'

/** Where a packet begins. */
export type Start =
  /** A program in this namespace sends it. `source` undefined: the kernel chooses. */
  | { readonly kind: 'local'; readonly namespace: Namespace; readonly source: Address | undefined }
  /**
   * It comes in by a device, from somebody who was not captured. `addressed`: its frame is for this host, or for the destination itself where that is
   * on the same link. `assumption`: what was taken for granted of the sender.
   */
  | {
      readonly kind: 'entering'
      readonly namespace: Namespace
      readonly device: string
      readonly source: Address
      readonly addressed: 'host' | 'destination'
      readonly assumption: string | undefined
    }

/** Resolves `from`, with `src`, `host` and `iif`, to where the packet begins. */
export function startOf(
  model: Model,
  objects: Objects,
  from: Place,
  request: TraceRequest,
  source: Address | undefined,
  family: Family,
): Start | BadRequest {
  switch (from.kind) {
    case 'host':
      return local(model, from.host, source)
    case 'netns':
      return local(model, `${from.host}/${from.name}`, source)
    case 'outside':
      return outside(model, request, source, family)
    case 'address':
      return atAddress(model, from.address, request, request.host)
    case 'container':
      return fromContainer(model, objects, from.name, request, source, family)
    default: {
      const address = addressOf(model, objects, from, family)
      return isBadAddress(address) ? address : atAddress(model, address, request)
    }
  }
}

/** A container of one host: others may have the same address on theirs. One in its host's network is that host. */
function fromContainer(
  model: Model,
  objects: Objects,
  name: string,
  request: TraceRequest,
  source: Address | undefined,
  family: Family,
): Start | BadRequest {
  const found = containerNamed(objects, name)
  if (found.kind !== 'found') return noContainer(name, found.kind === 'several' ? found.names : [])
  const { known } = found
  const network = networkOf(objects, known)
  const host = known.host ?? (model.hosts.size === 1 ? [...model.hosts.keys()][0] : undefined)
  if (network.kind === 'host' && host !== undefined) return local(model, host, source)
  const address = addressOf(model, objects, { kind: 'container', name }, family)
  return isBadAddress(address) ? address : atAddress(model, address, request, host)
}

function noContainer(name: string, several: readonly string[]): BadRequest {
  return several.length > 0
    ? bad(`"${name}" is ${several.length} containers`, `name one of ${several.slice(0, 12).join(', ')}`)
    : bad(`there is no container ${name} in the evidence`, 'add docker/inspect.json (docker inspect of all containers)')
}

const isBadAddress = (value: Address | BadRequest): value is BadRequest => typeof value === 'object' && isBad(value)

function local(model: Model, id: string, source: Address | undefined): Start | BadRequest {
  const namespace = model.byId.get(id)
  if (!namespace)
    return bad(
      `there is no ${id.includes('/') ? `namespace ${id}` : `host ${id}`} in the evidence`,
      `known: ${[...model.byId.keys()].slice(0, 12).join(', ') || 'none'}`,
    )
  return { kind: 'local', namespace, source }
}

function outside(model: Model, request: TraceRequest, source: Address | undefined, family: Family): Start | BadRequest {
  const hosts = [...model.hosts.values()]
  const namespace = request.host === undefined ? (hosts.length === 1 ? hosts[0] : undefined) : model.hosts.get(request.host)
  if (!namespace)
    return request.host === undefined
      ? bad(
          'the evidence has several hosts: where does the packet come in?',
          `give --host with one of ${[...model.hosts.keys()].join(', ')}`,
        )
      : bad(`there is no host ${request.host} in the evidence`, `known: ${[...model.hosts.keys()].join(', ')}`)
  const device = request.iif ?? uplinkOf(namespace, family)
  if (device === undefined) return bad(`by which interface does the packet come in to ${namespace.host}?`, 'give --iif')
  if (namespace.links.size && !namespace.links.has(device))
    return bad(`${namespace.host} has no interface ${device}`, `it has ${[...namespace.links.keys()].slice(0, 12).join(', ')}`)
  if (source === undefined) {
    const example = family === 'ip' ? 0xc6336407 : 0x20010db8000000000000000000000007n
    return {
      kind: 'entering',
      namespace,
      device,
      source: example,
      addressed: 'host',
      assumption: `no source address was given; ${formatAddress(example)} stands for somebody outside`,
    }
  }
  return { kind: 'entering', namespace, device, source, addressed: 'host', assumption: undefined }
}

export function uplinkOf(namespace: Namespace, family: Family): string | undefined {
  return deviceOfRoute(namespace, family === 'ip' ? 0x01010101 : 0x26064700n << 96n)
}

function deviceOfRoute(namespace: Namespace, address: Address): string | undefined {
  const result = routeTowards(namespace, address)
  return result.kind === 'route' && result.route.type === 'unicast' ? result.nextHops[0]?.device : undefined
}

const routeTowards = (namespace: Namespace, dst: Address) =>
  namespace.fib[familyOf(dst)].lookup({ src: undefined, dst, iif: 'lo', mark: 0, tos: 0, protocol: 0, sport: 0, dport: 0 })

/** An address: that of a captured namespace, of somebody behind an interface of one, or of somebody outside. */
function atAddress(model: Model, address: Address, request: TraceRequest, host?: string): Start | BadRequest {
  const here = (namespace: Namespace): boolean => host === undefined || namespace.host === host
  const owner = model.owners.get(address)?.find((entry) => here(entry.namespace) && (!isLoopback(address) || entry.namespace.name === ''))
  if (owner) return { kind: 'local', namespace: owner.namespace, source: address }
  if (request.iif !== undefined) return outside(model, request, address, familyOf(address))
  const behind = model.namespaces
    .filter(here)
    .flatMap((namespace) => deviceTowards(namespace, address))
    .sort((a, b) => b.rank - a.rank)[0]
  if (!behind) return beyondGateway(model, address, here)
  const where = `${behind.namespace.id}, behind ${behind.device}`
  return {
    kind: 'entering',
    namespace: behind.namespace,
    device: behind.device,
    source: address,
    addressed: 'destination',
    assumption: `the namespace of ${formatAddress(address)} was not captured; it is taken to be on ${where}, and to send what it sends there`,
  }
}

/** Somebody whom the only captured host would answer by a gateway: he comes in the same way. */
function beyondGateway(model: Model, address: Address, here: (namespace: Namespace) => boolean): Start | BadRequest {
  const who = formatAddress(address)
  const ways = [...model.hosts.values()].filter(here).flatMap((namespace) => {
    const device = deviceOfRoute(namespace, address)
    return device === undefined ? [] : [{ namespace, device }]
  })
  const [way] = ways
  if (!way)
    return bad(
      `nothing in the evidence owns ${who}, and no captured host is connected to its network`,
      'give --from outside with --host, --iif and --src',
    )
  if (ways.length > 1)
    return bad(
      `${who} is outside of all captured hosts: where does the packet come in?`,
      `give --host with one of ${ways.map(({ namespace }) => namespace.host).join(', ')}`,
    )
  const { namespace, device } = way
  const assumption = `${who} was not captured; it is taken to come in to ${namespace.host} by ${device}, where the answer to it would leave`
  return { kind: 'entering', namespace, device, source: address, addressed: 'host', assumption }
}

interface Behind {
  readonly namespace: Namespace
  readonly device: string
  readonly rank: number
}

/** The devices that an address may be directly connected to. A neighbour entry tells best; then bridges with live ports, where pods and containers hang. */
function deviceTowards(namespace: Namespace, address: Address): readonly Behind[] {
  const own = namespace.name === '' ? 1 : 0
  const entry = namespace.neighbours.find((known) => known.address === address && known.mac !== undefined)
  if (entry) return [{ namespace, device: entry.device, rank: 10 + own }]
  const devices = new Set(
    namespace.addresses
      .filter((known) => !isLoopback(known.address) && isOnLink(namespace, known.device, address))
      .map((known) => known.device),
  )
  const result = routeTowards(namespace, address)
  if (result.kind === 'route' && result.route.type === 'unicast')
    for (const hop of result.nextHops) if (hop.device && hop.via === undefined) devices.add(hop.device)
  return [...devices].map((device) => ({ namespace, device, rank: own + rankOf(namespace, device) }))
}

function rankOf(namespace: Namespace, device: string): number {
  const link = namespace.links.get(device)
  if (!link || !isUp(link)) return 0
  const live = (namespace.portsOf.get(device) ?? []).some(isOperational)
  return 2 + (live ? 4 : link.type === 'bridge' ? 0 : 2)
}

/** The address that a named place answers to. */
export function addressOf(model: Model, objects: Objects, place: Place, family: Family | undefined): Address | BadRequest {
  const fits = (addresses: readonly Address[]) => addresses.find((address) => family === undefined || familyOf(address) === family)
  const none = (what: string) =>
    bad(
      `${what} has no ${family === 'ip6' ? 'IPv6 ' : ''}address in the evidence`,
      'give an address instead, or add the evidence that shows it',
    )
  switch (place.kind) {
    case 'address':
      return place.address
    case 'outside':
      return bad('"outside" is no destination', 'give the address that is to be reached')
    case 'host':
    case 'netns': {
      const id = place.kind === 'host' ? place.host : `${place.host}/${place.name}`
      const namespace = model.byId.get(id)
      if (!namespace)
        return bad(`there is no ${place.kind} ${id} in the evidence`, `known: ${[...model.byId.keys()].slice(0, 12).join(', ') || 'none'}`)
      return fits(mainAddresses(namespace)) ?? none(id)
    }
    case 'pod': {
      const pod = objects.pods.find((known) => known.name === place.name && known.namespace === place.namespace)
      if (!pod)
        return bad(
          `there is no pod ${place.namespace}/${place.name} in the evidence`,
          'add cluster/pods.json (kubectl get pods -A -o json)',
        )
      return fits(pod.addresses) ?? none(`pod ${place.namespace}/${place.name}`)
    }
    case 'service': {
      const service = objects.services.find((known) => known.name === place.name && known.namespace === place.namespace)
      if (!service)
        return bad(
          `there is no Service ${place.namespace}/${place.name} in the evidence`,
          'add cluster/services.json (kubectl get services -A -o json)',
        )
      return (
        fits(service.clusterAddresses) ??
        bad(`Service ${place.namespace}/${place.name} has no cluster IP`, 'a headless Service is reached by its pods: give a pod')
      )
    }
    case 'container': {
      const found = containerNamed(objects, place.name)
      if (found.kind !== 'found') return noContainer(place.name, found.kind === 'several' ? found.names : [])
      const network = networkOf(objects, found.known)
      if (network.kind === 'no-network')
        return bad(`container ${place.name} has no network (mode none)`, 'it can reach nothing, and nothing can reach it')
      if (network.kind === 'own') return fits(network.addresses) ?? none(`container ${place.name}`)
      const host = network.host === undefined ? [...model.hosts.values()][0] : model.hosts.get(network.host)
      return (host && fits(mainAddresses(host))) ?? none(`the host of container ${place.name}`)
    }
  }
}

/** A namespace's addresses with the one on its default route first. */
export function mainAddresses(namespace: Namespace): readonly Address[] {
  const uplinks = (['ip', 'ip6'] as const).map((family) => uplinkOf(namespace, family))
  const usable = namespace.addresses.filter((entry) => !isLoopback(entry.address) && !isLinkLocal(entry.address))
  return [...usable.filter((entry) => uplinks.includes(entry.device)), ...usable].map((entry) => entry.address)
}

/** Is an address on the network of one of a device's addresses? */
export const isOnLink = (namespace: Namespace, device: string, address: Address): boolean =>
  (namespace.addressesOf.get(device) ?? []).some((entry) => contains(network(entry.address, entry.prefixLength), address))
