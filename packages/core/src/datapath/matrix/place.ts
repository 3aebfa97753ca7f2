import type { Address, Family } from '../../net/address.ts'

export type PlaceKind = 'host' | 'netns' | 'pod' | 'container' | 'service' | 'published' | 'outside' | 'address'

/** Who sends: a machine, one of its namespaces, a pod or container that is known by its address, or somebody outside who comes in at a host. */
export interface Sender {
  readonly kind: Exclude<PlaceKind, 'service' | 'published'>
  /** As INTERFACE.md writes places: `pod/default/web-1`, `outside` (with `host` telling where it comes in). */
  readonly place: string
  /** Host that it is on, or comes in at; undefined where the evidence does not tell. */
  readonly host: string | undefined
  /** Its captured namespace; undefined where only its address is known. */
  readonly namespace: string | undefined
  /** One for each family that it can speak. */
  readonly addresses: readonly Address[]
}

/** Who is asked for: an address with a protocol and, where it has one, a port. */
export interface Target {
  readonly kind: PlaceKind
  /** With port and protocol where they were asked: `svc/default/web:80/tcp`. */
  readonly place: string
  /** The same without them. */
  readonly bare: string
  readonly host: string | undefined
  readonly namespace: string | undefined
  readonly family: Family
  readonly address: Address
  readonly protocol: 'tcp' | 'udp' | 'sctp' | 'icmp'
  readonly port: number | undefined
}

/** Everybody that a matrix may be about. */
export interface Places {
  readonly senders: readonly Sender[]
  readonly targets: readonly Target[]
}

/** Addresses that stand for somebody beyond every captured host: TEST-NET-2 of RFC 5737 and the documentation prefix of RFC 3849. */
export const SOMEBODY: Readonly<Record<Family, Address>> = { ip: 0xc6336407, ip6: 0x20010db8000000000000000000000007n }
