import type { Link } from '../facts/network.ts'
import type { Model, Port } from '../model/model.ts'
import type { Namespace } from '../model/namespace.ts'
import { type Address, formatAddress } from '../net/address.ts'

const CHILDREN = new Set(['macvlan', 'macvtap', 'ipvlan', 'ipvtap'])

/** A device of its own on another one's wire, mostly moved into a container. */
export const isChild = (link: Link): boolean => CHILDREN.has(link.type ?? '')

/** The device below a macvlan or ipvlan: of the same namespace by name, else the host's of that index. */
export function parentOf(model: Model, namespace: Namespace, link: Link): Port | undefined {
  if (!isChild(link)) return undefined
  const beside = link.peerName === undefined ? undefined : namespace.links.get(link.peerName)
  if (beside) return { namespace, link: beside }
  const host = model.hosts.get(namespace.host)
  const below = link.peerIndex === undefined ? undefined : host?.linksByIndex.get(link.peerIndex)
  return host && below && below !== link ? { namespace: host, link: below } : undefined
}

/** The other children of the same device, which reach each other within the host unless their mode keeps them apart. */
export function siblingsOf(model: Model, namespace: Namespace, link: Link): readonly Port[] {
  const parent = parentOf(model, namespace, link)
  if (!parent || link.macvlanMode === 'private' || link.macvlanMode === 'vepa') return []
  return childrenOf(model, parent).filter((port) => port.link !== link)
}

function childrenOf(model: Model, parent: Port): readonly Port[] {
  return model.namespaces
    .filter((namespace) => namespace.host === parent.namespace.host)
    .flatMap((namespace) => [...namespace.links.values()].filter(isChild).map((link): Port => ({ namespace, link })))
    .filter((port) => parentOf(model, port.namespace, port.link)?.link === parent.link)
}

/** Why a device and one below it do not reach each other: what a child sends goes out by the wire, and the host below it never sees it; nor the other way. */
export function keptApart(model: Model, namespace: Namespace, link: Link, address: Address): string | undefined {
  if (!model.owners.get(address)?.some((owner) => owner.namespace.host === namespace.host)) return undefined
  const parent = parentOf(model, namespace, link)
  if (parent?.namespace.owned.has(address))
    return `${formatAddress(address)} is the host below ${link.name}: a ${link.type} and its host do not see each other's frames`
  const child = childrenOf(model, { namespace, link }).find((port) => port.namespace.owned.has(address) && port.namespace !== namespace)
  return (
    child &&
    `${formatAddress(address)} is behind ${child.link.name}, a ${child.link.type} on ${link.name}: it and its host do not see each other's frames`
  )
}
