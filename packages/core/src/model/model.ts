import type { InterfaceAddress, Link } from '../facts/network.ts'
import type { Document } from '../intake/document.ts'
import type { Address } from '../net/address.ts'
import type { Namespace } from './namespace.ts'

/** An end of a link: a device in a namespace. */
export interface Port {
  readonly namespace: Namespace
  readonly link: Link
}

/** All captured machines, assembled from the evidence. */
export interface Model {
  readonly namespaces: readonly Namespace[]
  /** The host's own namespace by the host's name. */
  readonly hosts: ReadonlyMap<string, Namespace>
  readonly byId: ReadonlyMap<string, Namespace>
  /** The other end of a veth, where it is in the evidence. Keys are `namespaceId\0device`. */
  readonly peers: ReadonlyMap<string, Port>
  /** Who has this address, on any host. */
  readonly owners: ReadonlyMap<Address, readonly { readonly namespace: Namespace; readonly address: InterfaceAddress }[]>
  readonly documents: readonly Document[]
}

/** The namespace of a step, a blame or a change; undefined where the evidence has none. `netns` '' (or left out): the host's own. */
export const namespaceIn = (
  { byId }: Model,
  { host, netns = '' }: { readonly host: string; readonly netns?: string | undefined },
): Namespace | undefined => byId.get(netns === '' ? host : `${host}/${netns}`)

export const portKey = (namespace: Namespace, device: string): string => `${namespace.id}\0${device}`
