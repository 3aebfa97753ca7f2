import type { Link } from '../facts/network.ts'
import { type Port, portKey } from './model.ts'
import type { Namespace } from './namespace.ts'

/**
 * Pairs veths across the namespaces of a host. `ip link` gives each end the other's ifindex; a pair fits when both say so.
 * Where several fit (every pod's eth0 is often ifindex 2), the name that `link-netns` gave, the bridge's FDB, or the namespace number decide.
 */
export function pairVeths(namespaces: readonly Namespace[]): Map<string, Port> {
  const peers = new Map<string, Port>()
  const byHost = new Map<string, Namespace[]>()
  for (const namespace of namespaces) byHost.set(namespace.host, [...(byHost.get(namespace.host) ?? []), namespace])
  for (const group of byHost.values()) pairWithin(group, peers)
  return peers
}

function pairWithin(group: readonly Namespace[], peers: Map<string, Port>): void {
  for (const namespace of group) pairByName(namespace, peers)
  const ends = group.flatMap((namespace) => [...namespace.links.values()].filter(mayBePaired).map((link): Port => ({ namespace, link })))
  const byIndexes = new Map<string, Port[]>()
  for (const end of ends) {
    const key = `${end.link.index}>${end.link.peerIndex}`
    byIndexes.set(key, [...(byIndexes.get(key) ?? []), end])
  }
  const bestOf = (end: Port): Port | undefined => {
    const candidates = (byIndexes.get(`${end.link.peerIndex}>${end.link.index}`) ?? []).filter(
      (other) => fits(end, other) && !peers.has(portKey(other.namespace, other.link.name)),
    )
    return candidates.length > 1 ? narrow(end, candidates) : candidates[0]
  }
  for (const end of ends) {
    if (peers.has(portKey(end.namespace, end.link.name))) continue
    const best = bestOf(end)
    // The other end may have several to choose from.
    if (!best || bestOf(best)?.link !== end.link) continue
    peers.set(portKey(end.namespace, end.link.name), best)
    peers.set(portKey(best.namespace, best.link.name), end)
  }
}

/** Within one namespace ip(8) gives names: `a@b` and `b@a`. A VLAN or macvlan names its lower device, which does not name it back. */
function pairByName(namespace: Namespace, peers: Map<string, Port>): void {
  for (const link of namespace.links.values()) {
    const other = link.peerName === undefined ? undefined : namespace.links.get(link.peerName)
    if (other && other !== link && other.peerName === link.name) peers.set(portKey(namespace, link.name), { namespace, link: other })
  }
}

const mayBePaired = (link: Link): boolean =>
  link.peerIndex !== undefined && (link.type === 'veth' || link.type === undefined || link.type === 'netkit')

function fits(end: Port, other: Port): boolean {
  if (other.namespace === end.namespace) return other.link.name !== end.link.name && end.link.peerNetnsId === undefined
  return end.link.peerNetnsId !== undefined || end.link.peerNetns !== undefined || end.namespace !== other.namespace
}

function narrow(end: Port, candidates: readonly Port[]): Port | undefined {
  const named = candidates.filter((other) => end.link.peerNetns !== undefined && sameName(end.link.peerNetns, other.namespace.name))
  if (named.length === 1) return named[0]
  const reverse = candidates.filter((other) => other.link.peerNetns !== undefined && sameName(other.link.peerNetns, end.namespace.name))
  if (reverse.length === 1) return reverse[0]
  const learned = candidates.filter((other) =>
    end.namespace.fdb.some((entry) => entry.device === end.link.name && entry.mac === other.link.mac),
  )
  return learned.length === 1 ? learned[0] : undefined
}

/** `ip netns` names carry prefixes of their own (`cni-…`, `lab_p1`); the bundle's folder may be the short one. */
const sameName = (given: string, folder: string): boolean =>
  given === folder || given.endsWith(`_${folder}`) || given.endsWith(`-${folder}`)
