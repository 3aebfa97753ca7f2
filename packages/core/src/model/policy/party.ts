import type { Address } from '../../net/address.ts'
import type { Node } from '../../parse/kubernetes/node.ts'
import type { Pod } from '../../parse/kubernetes/pod.ts'

/** One end of a flow as policies see it. A pod in its node's network is that node. */
export type Party =
  | { readonly kind: 'pod'; readonly pod: Pod }
  | { readonly kind: 'node'; readonly node: Node; readonly address: Address | undefined; readonly hostPod?: Pod }
  | { readonly kind: 'outside'; readonly address: Address | undefined }

/** A new connection, as policies are asked about it. */
export interface Flow {
  readonly from: Party
  readonly to: Party
  /** tcp, udp, sctp, icmp, icmpv6 */
  readonly protocol: string
  /** Of the destination, after any translation; undefined: the protocol has none. */
  readonly port: number | undefined
}

export type Direction = 'ingress' | 'egress'

export function addressesOf(party: Party): readonly Address[] {
  switch (party.kind) {
    case 'pod':
      return party.pod.addresses
    case 'node':
      return party.address === undefined ? [...party.node.internalAddresses, ...party.node.externalAddresses] : [party.address]
    case 'outside':
      return party.address === undefined ? [] : [party.address]
  }
}

/** The port that a destination's containers give this name, for the flow's protocol. */
export function namedPort(party: Party, name: string, protocol: string): number | undefined {
  if (party.kind !== 'pod') return undefined
  return party.pod.containers.flatMap((container) => container.ports).find((port) => port.name === name && port.protocol === protocol)?.port
}

export const isSame = (a: Party, b: Party): boolean =>
  a.kind === 'pod' && b.kind === 'pod' && a.pod.name === b.pod.name && a.pod.namespace === b.pod.namespace
