import type { Address, Family } from '../net/address.ts'
import type { Prefix } from '../net/prefix.ts'
import type { Source } from './source.ts'

/** A link as `ip -d link` or `ip -d addr` shows it. `index` is 0 where the evidence does not tell. */
export interface Link {
  readonly index: number
  readonly name: string
  /** flags in angle brackets: UP (administratively), LOWER_UP (carrier), LOOPBACK, BROADCAST, NOARP, … */
  readonly flags: readonly string[]
  readonly mtu: number | undefined
  /** operstate: UP, DOWN, UNKNOWN, LOWERLAYERDOWN … */
  readonly state: string | undefined
  readonly mac: string | undefined
  /** Bridge or bond that it is a port of. */
  readonly master: string | undefined
  /** Peer or lower device: `veth0@if7` gives 7; a name where the peer is in the same namespace (`eth0.5@eth0`). */
  readonly peerIndex: number | undefined
  readonly peerName: string | undefined
  /** link-netnsid of the peer's namespace as this namespace numbers it. */
  readonly peerNetnsId: number | undefined
  /** `link-netns NAME` as ip(8) prints it where it knows the name. */
  readonly peerNetns: string | undefined
  /** info_kind: veth, bridge, vxlan, dummy, tun, wireguard, ipip, gre, macvlan, ipvlan, vlan, bond … */
  readonly type: string | undefined
  /** lower-case link type: ether, loopback, none, ipip … */
  readonly linkType: string | undefined
  readonly vxlan?:
    | {
        readonly id: number
        readonly local?: Address
        readonly remote?: Address
        readonly group?: Address
        readonly device?: string
        readonly port: number
        readonly learning: boolean
        readonly external: boolean
      }
    | undefined
  readonly tunnel?: { readonly local?: Address; readonly remote?: Address; readonly ttl?: number; readonly key?: number } | undefined
  readonly vlan?: { readonly id: number; readonly protocol: string } | undefined
  readonly macvlanMode?: string | undefined
  readonly bridge?:
    | { readonly vlanFiltering: boolean; readonly stp: boolean; readonly nfCallIptables?: boolean; readonly nfCallIp6tables?: boolean }
    | undefined
  /** Port settings on a bridge (`ip -d link`, `bridge -d link`). */
  readonly port?:
    | {
        readonly hairpin: boolean
        readonly isolated: boolean
        readonly state: string
        readonly flood: boolean
        readonly learning: boolean
        readonly neighSuppress?: boolean
      }
    | undefined
  /** STP state of a bridge port, which `bridge link` tells without `-d` too: forwarding, disabled, blocking, listening, learning */
  readonly portState?: string | undefined
  /** Routing table of a VRF device. */
  readonly vrfTable?: string | undefined
  readonly group: string | undefined
  readonly promiscuous: boolean
  readonly source: Source
}

export interface InterfaceAddress {
  readonly device: string
  readonly family: Family
  readonly address: Address
  readonly prefixLength: number
  readonly scope: 'global' | 'site' | 'link' | 'host' | 'nowhere'
  readonly broadcast: Address | undefined
  /** the other end of a point-to-point address */
  readonly peer: Address | undefined
  readonly secondary: boolean
  readonly deprecated: boolean
  readonly tentative: boolean
  readonly label: string | undefined
  readonly source: Source
}

export type RouteType =
  | 'unicast'
  | 'local'
  | 'broadcast'
  | 'anycast'
  | 'multicast'
  | 'blackhole'
  | 'unreachable'
  | 'prohibit'
  | 'throw'
  | 'nat'

export interface NextHop {
  readonly device: string | undefined
  readonly via: Address | undefined
  readonly weight: number
  readonly onlink: boolean
  /** linkdown, dead as ip(8) shows them */
  readonly flags: readonly string[]
}

export interface Route {
  readonly family: Family
  readonly type: RouteType
  /** `default` is length 0. */
  readonly destination: Prefix
  /** IPv6 `from PREFIX` (subtree). */
  readonly from?: Prefix | undefined
  /** `main`, `local`, `default`, or the number or name as shown (`52`). */
  readonly table: string
  readonly nextHops: readonly NextHop[]
  readonly source: Source
  readonly protocol: string | undefined
  readonly scope: string | undefined
  readonly preferredSource: Address | undefined
  /** IPv4: 0 when absent. IPv6: 1024 when absent. */
  readonly metric: number
  readonly tos: number
  readonly mtu: number | undefined
  /** `nhid N`, pref, etc. are kept here as they stood. */
  readonly extra: readonly string[]
  readonly text: string
}

export interface RoutingRule {
  readonly family: Family
  readonly priority: number
  readonly inverted: boolean
  readonly from: Prefix | undefined
  readonly to: Prefix | undefined
  readonly iif: string | undefined
  readonly oif: string | undefined
  readonly mark: { readonly value: number; readonly mask: number } | undefined
  readonly tos: number | undefined
  readonly protocol: number | undefined
  readonly sourcePorts: { readonly first: number; readonly last: number } | undefined
  readonly destinationPorts: { readonly first: number; readonly last: number } | undefined
  readonly uids: { readonly first: number; readonly last: number } | undefined
  readonly l3mdev: boolean
  /** Selectors that were not understood (`tun_id 7`): whether the rule matches a packet is then unknown. */
  readonly opaque?: readonly string[] | undefined
  readonly action:
    | {
        readonly kind: 'lookup'
        readonly table: string
        readonly suppressPrefixLength: number | undefined
        readonly suppressGroup: string | undefined
      }
    | { readonly kind: 'goto'; readonly priority: number }
    | { readonly kind: 'nop' }
    | { readonly kind: 'blackhole' | 'unreachable' | 'prohibit' }
  readonly text: string
  readonly source: Source
}

export interface Neighbour {
  readonly family: Family
  readonly address: Address
  readonly device: string
  readonly mac: string | undefined
  /** PERMANENT, REACHABLE, STALE, DELAY, PROBE, FAILED, INCOMPLETE, NOARP */
  readonly state: string
  readonly proxy: boolean
  readonly source: Source
}

export interface FdbEntry {
  readonly mac: string
  readonly device: string
  readonly master: string | undefined
  readonly destination: Address | undefined
  readonly vlan: number | undefined
  readonly vni: number | undefined
  readonly port: number | undefined
  /** permanent, static, extern_learn, offload, self, master */
  readonly flags: readonly string[]
  readonly source: Source
}

/** A socket as `ss` shows it. `address` undefined: any (`*`). */
export interface Socket {
  readonly protocol: 'tcp' | 'udp' | 'sctp' | 'dccp' | 'raw' | 'icmp'
  /** `any`: `*`, an IPv6 wildcard that takes IPv4 as well (no IPV6_V6ONLY). */
  readonly family: Family | 'any'
  readonly state: string
  readonly address: Address | undefined
  readonly port: number
  /** `%docker0` behind the address: bound to a device */
  readonly device: string | undefined
  readonly peerAddress: Address | undefined
  readonly peerPort: number
  readonly process: string | undefined
  readonly pid: number | undefined
  readonly receiveQueue: number
  readonly sendQueue: number
  readonly source: Source
}

/** A conntrack tuple. ICMP: `sport` is the identifier, type and code stand beside. */
export interface ConntrackTuple {
  readonly src: Address
  readonly dst: Address
  readonly protocol: number
  readonly sport: number
  readonly dport: number
  readonly icmpType?: number
  readonly icmpCode?: number
}

/** A line of `conntrack -L` or /proc/net/nf_conntrack. */
export interface ConntrackEntry {
  readonly protocol: number
  /** TCP state as conntrack names it, undefined for others */
  readonly state: string | undefined
  readonly timeout: number | undefined
  readonly original: ConntrackTuple
  readonly reply: ConntrackTuple
  /** ASSURED, UNREPLIED, OFFLOAD …: the words that conntrack prints in brackets, without these */
  readonly flags: readonly string[]
  readonly mark: number
  readonly zone: number
  /** Where it differs from `zone`: `zone-orig=2` alone leaves the reply in zone 0. */
  readonly replyZone?: number | undefined
  readonly source: Source
}
