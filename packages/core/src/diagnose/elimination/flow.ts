import type { Document } from '../../intake/document.ts'
import { type Cluster, collectCluster } from '../../model/kubernetes/cluster.ts'
import { parsePlace } from '../../model/place.ts'
import { type Address, formatAddress, parseAddress } from '../../net/address.ts'
import { contains, network, type Prefix, parsePrefix } from '../../net/prefix.ts'
import { isLoopback } from '../../net/special.ts'
import type { Attempted, Observation, Result, Role } from '../observations/observation.ts'
import { type NamedRange, prefixText } from './ranges.ts'
import { type TargetPorts, targetPortsOf } from './target-ports.ts'

/** A connection that was tried, as elimination sees it. */
export interface Flow {
  /** Id of the observation. */
  readonly id: string
  readonly works: boolean
  readonly result: Result
  readonly sender: { readonly role: Role | undefined; readonly place: string | undefined; readonly node: string | undefined }
  readonly target: {
    readonly role: Role | undefined
    /** `namespace/name` of a Service, where it is told. */
    readonly service: string | undefined
    readonly address: Address | undefined
    /** What was asked for, without a port. */
    readonly name: string
    readonly port: number | undefined
    readonly protocol: string
    /** Node port or published port: something else answers behind the node's address. */
    readonly published: boolean
  }
  /** Port that the backend sees; undefined: not known. */
  readonly backendPort: number | undefined
  /** To an address of its own, which never leaves its namespace. */
  readonly self: boolean
  readonly sameNode: boolean | undefined
  readonly text: string
}

interface Context {
  readonly cluster: Cluster
  readonly ranges: readonly { readonly prefix: Prefix; readonly kind: NamedRange['kind'] }[]
  readonly ports: TargetPorts
  /** Services by an address that one of the attempts shows. */
  readonly services: ReadonlyMap<Address, string>
  /** Who has an address, as far as captured. */
  placesOf(address: Address): ReadonlySet<string>
  /** The node that has an address, or a bridge to its network. */
  nodeOf(address: Address): string | undefined
}

type Tried = Attempted & { readonly id: string }

/** The attempts among the observations, with what is known of both ends. */
export function flowsOf(observations: readonly Observation[], documents: readonly Document[]): readonly Flow[] {
  const tried = observations.filter((one): one is Tried => one.kind === 'works' || one.kind === 'fails')
  const cluster = collectCluster(documents)
  const context: Context = {
    cluster,
    ranges: rangesOf(documents),
    ports: targetPortsOf(documents, cluster),
    services: servicesOf(tried, cluster),
    placesOf: addressBook(documents, cluster),
    nodeOf: nodeFinder(documents),
  }
  return tried.map((one) => flowOf(one, context))
}

function rangesOf(documents: readonly Document[]): Context['ranges'] {
  return documents.flatMap(({ content, text }) => {
    if (content.kind !== 'recognised' || content.format !== 'notes' || text === undefined) return []
    return text.split('\n').flatMap((line) => {
      const found = line.length < 400 ? prefixText(line) : undefined
      const prefix = found && parsePrefix(found.prefix)
      return found && prefix ? [{ prefix, kind: found.kind }] : []
    })
  })
}

function servicesOf(tried: readonly Tried[], cluster: Cluster): ReadonlyMap<Address, string> {
  const found = new Map<Address, string>()
  for (const { name, namespace, clusterAddresses } of cluster.services)
    for (const address of clusterAddresses) found.set(address, `${namespace}/${name}`)
  for (const { attempt } of tried) {
    const service = serviceNamed(attempt.name)
    const place = parsePlace(attempt.to)?.place
    if (service !== undefined && place?.kind === 'address') found.set(place.address, service)
  }
  return found
}

function serviceNamed(name: string | undefined): string | undefined {
  const found = /^([a-z0-9-]+)\.([a-z0-9-]+)\.svc\b/.exec(name ?? '')
  return found ? `${found[2]}/${found[1]}` : undefined
}

function flowOf({ id, kind, attempt, text }: Tried, context: Context): Flow {
  const { from, to, name, result, roles } = attempt
  const parsed = parsePlace(to)
  const place = parsed?.place
  const loose = /^(.*?)(?::(\d{1,5}))?(?:\/(tcp|udp))?$/.exec(to)
  const port = typeof parsed?.port === 'number' ? parsed.port : loose?.[2] === undefined ? undefined : Number(loose[2])
  const address = place?.kind === 'address' ? place.address : undefined
  const service =
    place?.kind === 'service'
      ? `${place.namespace}/${place.name}`
      : (serviceNamed(name) ?? (address === undefined ? undefined : context.services.get(address)))
  const role =
    service !== undefined
      ? 'service'
      : (roleOfPlace(place?.kind) ?? (address === undefined ? undefined : roleOfAddress(address, context)) ?? roles?.to)
  const published = role === 'node' && port !== undefined && port >= 30000 && port <= 32767
  const backendPort = role === 'service' ? (port === undefined ? undefined : context.ports(service, port)) : port
  return {
    id,
    works: kind === 'works',
    result,
    sender: { role: senderRole(from, context) ?? roles?.from, place: from, node: from?.startsWith('host/') ? from.slice(5) : attempt.host },
    target: {
      role,
      service,
      address,
      name: loose?.[1] ?? to,
      port,
      protocol: parsed?.protocol ?? (port === undefined && address !== undefined ? 'icmp' : 'tcp'),
      published,
    },
    backendPort,
    self: from !== undefined && !from.startsWith('host/') && address !== undefined && context.placesOf(address).has(from),
    sameNode: roles?.sameNode ?? nodesOf(from, address, context),
    text,
  }
}

function roleOfPlace(kind: string | undefined): Role | undefined {
  switch (kind) {
    case 'pod':
    case 'netns':
      return 'pod'
    case 'container':
    case 'service':
    case 'outside':
      return kind
    case 'host':
      return 'node'
    default:
      return undefined
  }
}

function senderRole(from: string | undefined, context: Context): Role | undefined {
  if (from === undefined) return undefined
  const place = parsePlace(from)?.place
  if (place?.kind === 'address') return roleOfAddress(place.address, context)
  return roleOfPlace(place?.kind)
}

const isHosts = (places: ReadonlySet<string>): boolean => [...places].some((place) => place.startsWith('host/'))

/** By objects, by ranges that the notes name, then by what most clusters and Docker use. */
function roleOfAddress(address: Address, { cluster, ranges, services, placesOf }: Context): Role | undefined {
  if (isLoopback(address)) return 'node'
  if (services.has(address)) return 'service'
  if (cluster.pods.some((pod) => pod.addresses.includes(address) && !pod.hostNetwork)) return 'pod'
  if (cluster.nodes.some((node) => node.internalAddresses.includes(address)) || isHosts(placesOf(address))) return 'node'
  const range = ranges.find(({ prefix }) => contains(prefix, address))
  // The first address of such a network is the bridge's, which is the node itself, or nobody's: a flow to it tells nothing of the way to a pod.
  const isFirst = typeof address === 'number' && (address & 0xff) === 1
  if (range) return isFirst && (range.kind === 'docker' || range.kind === 'pods') ? 'node' : RANGE_ROLES[range.kind]
  const usual = USUAL.find(([prefix]) => contains(prefix, address))?.[1]
  return isFirst && (usual === 'pod' || usual === 'container') ? 'node' : usual
}

const RANGE_ROLES: Readonly<Record<NamedRange['kind'], Role>> = {
  pods: 'pod',
  services: 'service',
  docker: 'container',
  nodes: 'node',
  vpn: 'outside',
}

/** Defaults of kubeadm with flannel, k3s, Calico and Docker. */
const USUAL: readonly (readonly [Prefix, Role])[] = (
  [
    ['10.96.0.0/12', 'service'],
    ['10.43.0.0/16', 'service'],
    ['10.42.0.0/16', 'pod'],
    ['10.244.0.0/16', 'pod'],
    ['172.17.0.0/16', 'container'],
    ['172.18.0.0/15', 'container'],
    ['172.20.0.0/14', 'container'],
  ] as const
).flatMap(([text, role]) => {
  const prefix = parsePrefix(text)
  return prefix ? [[prefix, role] as const] : []
})

/** Do sender and target stand on one node, as objects or the captured addresses tell? */
function nodesOf(from: string | undefined, to: Address | undefined, context: Context): boolean | undefined {
  const sender = parsePlace(from ?? '')?.place
  const own =
    sender?.kind === 'host' || sender?.kind === 'netns'
      ? sender.host
      : sender?.kind === 'pod'
        ? context.cluster.pods.find((pod) => pod.name === sender.name && pod.namespace === sender.namespace)?.node
        : sender?.kind === 'address'
          ? podNode(sender.address, context)
          : undefined
  const other = to === undefined ? undefined : podNode(to, context)
  return own === undefined || other === undefined ? undefined : own === other
}

const podNode = (address: Address, { cluster, nodeOf }: Context): string | undefined =>
  cluster.pods.find((pod) => pod.addresses.includes(address))?.node ?? nodeOf(address)

/** Places that have an address: `host/h`, `netns/h/web`, `pod/default/web`. */
function addressBook(documents: readonly Document[], cluster: Cluster): Context['placesOf'] {
  const places = new Map<Address, Set<string>>()
  const put = (address: Address, place: string): void => {
    places.set(address, (places.get(address) ?? new Set()).add(place))
  }
  for (const { content, place } of documents)
    if (content.kind === 'ip-addr' && place.host !== undefined)
      for (const { address } of content.addresses)
        if (!isLoopback(address)) put(address, place.netns ? `netns/${place.host}/${place.netns}` : `host/${place.host}`)
  for (const pod of cluster.pods)
    if (!pod.hostNetwork) for (const address of pod.addresses) put(address, `pod/${pod.namespace}/${pod.name}`)
  const nobody: ReadonlySet<string> = new Set()
  return (address) => places.get(address) ?? nobody
}

const BRIDGE = /^(?:cni|cbr|docker|br-|kube-bridge|lxdbr|virbr|weave|podman)/

function nodeFinder(documents: readonly Document[]): Context['nodeOf'] {
  const owned = documents.flatMap(({ content, place }) =>
    content.kind === 'ip-addr' && place.host !== undefined ? content.addresses.map((one) => ({ ...one, host: place.host as string })) : [],
  )
  return (address) =>
    owned.find((one) => one.address === address)?.host ??
    owned.find((one) => BRIDGE.test(one.device) && contains(network(one.address, one.prefixLength), address))?.host
}

/** `10.43.143.185:80`, for a sentence or a filter. */
export const targetText = ({ target: { address, name, port } }: Flow): string =>
  `${address === undefined ? name : typeof address === 'bigint' && port !== undefined ? `[${formatAddress(address)}]` : formatAddress(address)}${port === undefined ? '' : `:${port}`}`

export const isAddress = (text: string): boolean => parseAddress(text) !== undefined
