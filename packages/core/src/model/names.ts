import type { Document, Place } from '../intake/document.ts'
import { type Address, addressBits, familyOf, formatAddress } from '../net/address.ts'
import type { Named, Names } from '../netfilter/owners/names.ts'
import { servicePortHash } from '../netfilter/owners/sha256.ts'
import type { DockerContainer } from '../parse/docker/container.ts'
import { nodeOf } from '../parse/kubernetes/node.ts'
import { podOf } from '../parse/kubernetes/pod.ts'
import { serviceOf } from '../parse/kubernetes/service.ts'

type Objects = Extract<Document['content'], { kind: 'kubernetes' }>['objects']

interface Tables {
  readonly addresses: Map<string, Named>
  readonly interfaces: Map<string, Named>
  readonly ids: Map<string, Named>
  readonly bridges: string[]
}

/**
 * Who has which address, interface and id, as one machine sees it: Docker's objects of the same host, Kubernetes objects of the
 * whole cluster, and routes of the same namespace that lead to one pod.
 */
export function createNames(documents: readonly Document[], place: Place): Names {
  const tables: Tables = { addresses: new Map(), interfaces: new Map(), ids: new Map(), bridges: [] }
  const near = (document: Document): boolean =>
    document.place.host === place.host || document.place.host === undefined || place.host === undefined
  for (const document of documents) if (document.content.kind === 'kubernetes') addObjects(document.content.objects, tables)
  for (const document of documents.filter(near)) addDocker(document, tables)
  for (const document of documents) if (near(document) && document.place.netns === place.netns) addRoutes(document, tables)
  return {
    address: (text) => tables.addresses.get(text),
    interface: (name) => tables.interfaces.get(name),
    id: (text) => tables.ids.get(text) ?? tables.ids.get(text.slice(0, 12)),
    service: serviceByHash(documents),
    dockerBridges: tables.bridges,
  }
}

function addObjects(objects: Objects, { addresses }: Tables): void {
  for (const sourced of objects) {
    const { source } = sourced
    const pod = podOf(sourced)
    const service = serviceOf(sourced)
    const node = nodeOf(sourced)
    const put = (list: readonly Address[], named: Named): void => {
      for (const address of list) addresses.set(formatAddress(address), named)
    }
    // A pod in its node's network has the node's address, which names the node.
    if (pod && !pod.hostNetwork) put(pod.addresses, { kind: 'pod', name: `${pod.namespace}/${pod.name}`, source })
    if (service)
      put([...service.clusterAddresses, ...service.loadBalancerAddresses], {
        kind: 'service',
        name: `${service.namespace}/${service.name}`,
        source,
      })
    if (node) put([...node.internalAddresses, ...node.externalAddresses], { kind: 'node', name: node.name, source })
  }
}

function addDocker({ content }: Document, tables: Tables): void {
  if (content.kind === 'docker-inspect' || content.kind === 'docker-ps')
    for (const container of content.objects) addContainer(container, tables)
  if (content.kind !== 'docker-network') return
  for (const network of content.objects) {
    const { name, bridge, source } = network
    if (bridge !== undefined && bridge !== '') {
      tables.bridges.push(bridge)
      tables.interfaces.set(bridge, { kind: 'network', name, source })
    }
    for (const member of network.members)
      for (const address of member.addresses)
        if (!tables.addresses.has(formatAddress(address)))
          tables.addresses.set(formatAddress(address), { kind: 'container', name: member.name, source })
  }
}

function addContainer(container: DockerContainer, { addresses, ids }: Tables): void {
  const named = { ...kubernetesName(container.name), source: container.source }
  for (const { addresses: own } of container.endpoints) for (const address of own) addresses.set(formatAddress(address), named)
  if (container.id === '') return
  ids.set(container.id, named)
  ids.set(container.id.slice(0, 12), named)
}

/** dockershim names a pod's containers `k8s_CONTAINER_POD_NAMESPACE_UID_N`. */
function kubernetesName(name: string): Pick<Named, 'kind' | 'name'> {
  const match = /^k8s_[^_]+_([^_]+)_([^_]+)_/.exec(name)
  return match ? { kind: 'pod', name: `${match[2]}/${match[1]}` } : { kind: 'container', name }
}

/** A route to a single address by an interface of its own leads to the pod that has the address (Calico, AWS, Cilium). */
function addRoutes({ content }: Document, { addresses, interfaces }: Tables): void {
  if (content.kind !== 'ip-route') return
  for (const route of content.routes) {
    const { address, length } = route.destination
    const device = route.nextHops[0]?.device
    if (route.type !== 'unicast' || device === undefined || length !== addressBits(familyOf(address))) continue
    const known = addresses.get(formatAddress(address))
    if (known?.kind === 'pod' && !interfaces.has(device)) interfaces.set(device, { ...known, source: route.source })
  }
}

/** Hashes cost some microseconds each, and comments mostly tell: they are made when the first is asked for. */
function serviceByHash(documents: readonly Document[]): Names['service'] {
  let known: Map<string, Named> | undefined
  return (hash) => {
    known ??= new Map(documents.flatMap(({ content }) => (content.kind === 'kubernetes' ? content.objects.flatMap(servicePorts) : [])))
    return known.get(hash)
  }
}

function servicePorts(sourced: Objects[number]): readonly (readonly [string, Named])[] {
  const service = serviceOf(sourced)
  return (service?.ports ?? []).map((port) => {
    const name = `${service?.namespace}/${service?.name}${port.name === undefined ? '' : `:${port.name}`}`
    return [servicePortHash(name, port.protocol.toLowerCase()), { kind: 'service', name, source: sourced.source }]
  })
}
