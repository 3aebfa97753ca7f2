import type { Document } from '../../../intake/document.ts'
import { type Cluster, collectCluster } from '../../../model/kubernetes/cluster.ts'
import { collectObjects, type Objects } from '../../../model/objects.ts'
import { type Address, parseAddress } from '../../../net/address.ts'
import { contains, network } from '../../../net/prefix.ts'

/** An address that a captured namespace has. */
interface Owned {
  readonly host: string
  readonly netns: string
  readonly device: string
  readonly address: Address
  readonly prefixLength: number
}

/** What the evidence knows by name: to tell whom a note means. */
export interface Known {
  /** Hosts of which the state of a machine was captured. */
  readonly hosts: ReadonlySet<string>
  /** Hosts by the names of their captured namespaces. */
  readonly namespaces: ReadonlyMap<string, string>
  readonly objects: Objects
  readonly cluster: Cluster
  readonly owned: readonly Owned[]
  /** Namespaces of Services that are written out somewhere: `web.default.svc`. */
  readonly mentioned: ReadonlyMap<string, string>
}

const STATE = new Set([
  'iptables',
  'nft',
  'ip-link',
  'ip-addr',
  'ip-route',
  'ip-rule',
  'ip-neigh',
  'sysctl',
  'ss',
  'conntrack',
  'bridge-link',
])

export function knownIn(documents: readonly Document[]): Known {
  const hosts = new Set<string>()
  const namespaces = new Map<string, string>()
  const owned: Owned[] = []
  const state = documents.filter(({ content }) => STATE.has(content.kind))
  const named = new Set(state.map(({ place }) => place.host).filter((host) => host !== undefined))
  const only = named.size === 1 ? [...named][0] : named.size === 0 && state.length ? 'host' : undefined
  for (const { content, place } of state) {
    const host = place.host ?? only
    if (host === undefined) continue
    hosts.add(host)
    if (place.netns) namespaces.set(place.netns, host)
    if (content.kind !== 'ip-addr') continue
    for (const { device, address, prefixLength } of content.addresses)
      owned.push({ host, netns: place.netns, device, address, prefixLength })
  }
  return {
    hosts,
    namespaces,
    objects: collectObjects(documents),
    cluster: collectCluster(documents),
    owned,
    mentioned: servicesMentioned(documents),
  }
}

function servicesMentioned(documents: readonly Document[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const { content, text } of documents) {
    if (content.kind !== 'recognised' || content.format !== 'notes' || text === undefined) continue
    for (const [, name, namespace] of text.matchAll(/\b([a-z][a-z0-9-]{0,62})\.([a-z][a-z0-9-]{0,62})\.svc\b/g))
      found.set(name as string, namespace as string)
  }
  return found
}

/** Where a packet of an outside sender comes in: the host that owns the destination, and the device whose network the sender is in. */
export function entryOf(known: Known, to: string, src: string | undefined): { readonly host?: string; readonly iif?: string } {
  const target = parseAddress(to)
  const owner = target === undefined ? undefined : known.owned.find((one) => one.address === target && one.netns === '')
  const host = owner?.host ?? (known.hosts.size === 1 ? [...known.hosts][0] : undefined)
  if (host === undefined) return {}
  const source = src === undefined ? undefined : parseAddress(src)
  const near = known.owned.find(
    (one) =>
      source !== undefined &&
      one.host === host &&
      one.netns === '' &&
      one.device !== 'lo' &&
      contains(network(one.address, one.prefixLength), source),
  )
  return near ? { host, iif: near.device } : { host }
}
