import type { ConntrackTuple } from '../facts/network.ts'
import type { Address, Family } from '../net/address.ts'
import type { Packet } from '../net/packet.ts'
import type { Decision, Unknown } from './decision.ts'

/** The hooks that culprit's datapath walks: `enum nf_inet_hooks`, and netdev's two. */
export type Hook = 'ingress' | 'prerouting' | 'input' | 'forward' | 'output' | 'postrouting' | 'egress'

/** One direction's header as nf_conntrack keys it: the captured table's and the model's are the same. */
export type Tuple = ConntrackTuple

/** What a rule can see of the packet's connection (`struct nf_conn`, enum ip_conntrack_info). */
export interface ConntrackView {
  readonly state: 'new' | 'established' | 'related'
  readonly direction: 'original' | 'reply'
  readonly original: Tuple
  /** The tuple that a reply carries: the inverse of original after NAT. */
  readonly reply: Tuple
  readonly mark: number
  readonly labels: bigint
  readonly zone: number
  readonly helper: string | undefined
  /** IPS_ bits: expected, seen-reply, assured, confirmed, snat (IPS_SRC_NAT), dnat (IPS_DST_NAT). */
  readonly status: {
    readonly expected: boolean
    readonly seenReply: boolean
    readonly assured: boolean
    readonly confirmed: boolean
    readonly snat: boolean
    readonly dnat: boolean
  }
}

/**
 * `'template'`: a CT rule in raw has left a template for it; nf_ct_get() gives that, with IP_CT_NEW.
 * `'none'`: conntrack has not seen it (raw table; ctinfo is 0 and nf_ct_get() NULL): xt_conntrack and nft_ct call that INVALID.
 * `'invalid'`: seen and not valid. `'untracked'`: IP_CT_UNTRACKED.
 */
export type ConntrackState = ConntrackView | 'template' | 'none' | 'invalid' | 'untracked'

export type AddressType =
  | 'UNSPEC'
  | 'UNICAST'
  | 'LOCAL'
  | 'BROADCAST'
  | 'ANYCAST'
  | 'MULTICAST'
  | 'BLACKHOLE'
  | 'UNREACHABLE'
  | 'PROHIBIT'
  | 'THROW'
  | 'NAT'
  | 'XRESOLVE'

/** What of a packet, beside the address itself, an nft look-up for its type goes by. */
export interface AddressFlow {
  readonly src: Address
  readonly mark: number
  readonly tos: number
  readonly protocol: number
}

/** What a rule can ask the routing tables (fib_lookup, inet_addr_type_dev_table, nft_fib). */
export interface FibOracle {
  /** inet_addr_type_dev_table(): the type of an address; with `device`, only that device's local addresses count. */
  /**
   * `flow`: nft's `fib … type` asks as the packet is routed, and the device says only which addresses are local there; xt_addrtype asks for the
   * address alone, and for IPv6 demands a route by the device.
   */
  addressType(address: Address, device?: string, flow?: AddressFlow): AddressType | Unknown
  /** A FIB look-up as xt_rpfilter or nft_fib makes it. undefined: no route. */
  lookup(query: {
    readonly src: Address
    readonly dst: Address
    readonly iif?: string
    readonly oif?: string
    readonly mark: number
    readonly tos: number
    readonly protocol?: number
  }): { readonly type: AddressType; readonly device: string | undefined } | undefined | Unknown
}

/** An ipset as a rule sees it: `xt_set` matches dimensions by src and dst flags. */
export interface SetOracle {
  /** undefined when the evidence holds no such set. */
  test(
    name: string,
    directions: readonly ('src' | 'dst')[],
    scene: Scene,
    query?: { readonly returnNomatch?: boolean },
  ): Decision | undefined
}

/** All that a match, target, expression or statement may look at while it decides. Read-only. */
export interface Scene {
  readonly packet: Packet
  readonly family: Family
  readonly hook: Hook
  /** Interface names; '' where the hook has none (iif in OUTPUT and POSTROUTING of local packets, oif in PREROUTING and INPUT). */
  readonly iif: string
  readonly oif: string
  /** Bridge ports where the packet is bridged or came in through one (nf_bridge_info); '' otherwise. */
  readonly physIn: string
  readonly physOut: string
  /** True while br_netfilter passes a bridged (not routed) frame through the IP hooks. */
  readonly bridged: boolean
  readonly conntrack: ConntrackState
  readonly fib: FibOracle
  readonly ipsets: SetOracle
  /** Properties of an interface for `meta iiftype`, `iifgroup`, `iif` by index; undefined when it is not in the evidence. */
  interface(name: string): { readonly index: number; readonly group: number; readonly type: string; readonly kind: string } | undefined
  /** Does a socket listen for this packet (xt_socket, nft socket)? */
  socket(packet: Packet): { readonly transparent: boolean; readonly wildcard: boolean; readonly mark: number } | undefined | Unknown
}
