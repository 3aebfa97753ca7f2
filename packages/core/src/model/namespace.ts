import type { ConntrackEntry, FdbEntry, InterfaceAddress, Link, Neighbour, Socket } from '../facts/network.ts'
import type { Address, Family } from '../net/address.ts'
import type { Ipset } from '../netfilter/ipset/ast.ts'
import type { IptablesRuleset } from '../netfilter/iptables/ast.ts'
import type { NftRuleset } from '../netfilter/nft/ast.ts'
import type { VirtualService } from '../parse/ipvs/ipvs.ts'
import type { WireguardInterface } from '../parse/wireguard/wireguard.ts'
import type { Fib } from './fib.ts'
import type { Sysctls } from './sysctls.ts'

/** Kinds of evidence that a namespace can have; what is absent is missing, not empty. */
export type EvidenceKind =
  | 'iptables-save'
  | 'ip6tables-save'
  | 'nft'
  | 'ipset-save'
  | 'ip-link'
  | 'ip-addr'
  | 'ip-route'
  | 'ip-rule'
  | 'ip-neigh'
  | 'bridge-link'
  | 'bridge-fdb'
  | 'sysctl'
  | 'ss'
  | 'conntrack'
  | 'ipvsadm'
  | 'wireguard'

/** One network namespace of one host, as far as the evidence shows it. */
export interface Namespace {
  readonly host: string
  /** '' is the host's own. */
  readonly name: string
  /** `host` or `host/name`: unique in the model. */
  readonly id: string
  readonly links: ReadonlyMap<string, Link>
  readonly linksByIndex: ReadonlyMap<number, Link>
  /** Ports of each bridge (or bond). */
  readonly portsOf: ReadonlyMap<string, readonly Link[]>
  readonly addresses: readonly InterfaceAddress[]
  /** Addresses of each device in the kernel's order (ifa_list). */
  readonly addressesOf: ReadonlyMap<string, readonly InterfaceAddress[]>
  /** Local addresses (of any device), to find who answers for an address. */
  readonly owned: ReadonlySet<Address>
  readonly fib: Readonly<Record<Family, Fib>>
  /** A local route that no address explains (net->ipv4.fib_has_custom_local_routes). */
  readonly customLocalRoutes: boolean
  readonly neighbours: readonly Neighbour[]
  readonly fdb: readonly FdbEntry[]
  readonly sysctls: Sysctls
  readonly iptables: readonly IptablesRuleset[]
  readonly nft: readonly NftRuleset[]
  readonly ipsets: readonly Ipset[]
  readonly conntrack: readonly ConntrackEntry[]
  /** IPVS's virtual services; undefined: no `ipvsadm` was captured. */
  readonly virtualServices?: readonly VirtualService[] | undefined
  /** undefined: no `wg show` was captured. */
  readonly wireguard?: readonly WireguardInterface[] | undefined
  /** undefined: no `ss` was captured, so nothing is known of listeners. */
  readonly sockets: readonly Socket[] | undefined
  readonly evidence: ReadonlySet<EvidenceKind>
  /** Folder of its evidence in the bundle, for naming what is missing: `hosts/H`, `hosts/H/netns/P1`. */
  readonly folder: string
}

export const isUp = (link: Link): boolean => link.flags.includes('UP')
/**
 * netif_carrier_ok(), by which dev_activate() lets packets through: a veth whose peer is down has none. ip(8) makes NO-CARRIER of the operational
 * state, which follows the carrier up to a second or more later (linkwatch), so LOWER_UP goes before it. Lists without flags tell by state.
 */
export const hasCarrier = (link: Link): boolean => link.flags.includes('LOWER_UP') || isOperational(link)
/** netif_oper_up(): a bridge lets a port take part only when it is (br_port_carrier_check). */
export const isOperational = (link: Link): boolean =>
  !link.flags.includes('NO-CARRIER') && (link.flags.includes('LOWER_UP') || (link.state !== 'DOWN' && link.state !== 'LOWERLAYERDOWN'))
