import type { ConntrackEntry, FdbEntry, InterfaceAddress, Link, Neighbour, Route, RoutingRule, Socket } from '../facts/network.ts'
import type { Document } from '../intake/document.ts'
import type { Ipset } from '../netfilter/ipset/ast.ts'
import type { IptablesRuleset } from '../netfilter/iptables/ast.ts'
import type { NftRuleset } from '../netfilter/nft/ast.ts'
import type { VirtualService } from '../parse/ipvs/ipvs.ts'
import { append } from '../parse/lines.ts'
import type { WireguardInterface } from '../parse/wireguard/wireguard.ts'
import type { EvidenceKind } from './namespace.ts'

/** Facts of one namespace while they are gathered. */
export interface Gathered {
  readonly host: string
  readonly name: string
  readonly folder: string
  readonly links: Map<string, Link>
  readonly addresses: InterfaceAddress[]
  readonly routes: Route[]
  /** `ip route show table all` was captured. */
  allRoutes: boolean
  readonly rules: RoutingRule[]
  readonly neighbours: Neighbour[]
  readonly fdb: FdbEntry[]
  readonly sysctls: Map<string, { readonly value: string; readonly line: number }>
  sysctlFile: string | undefined
  readonly iptables: IptablesRuleset[]
  readonly nft: NftRuleset[]
  readonly ipsets: Ipset[]
  readonly conntrack: ConntrackEntry[]
  sockets: Socket[] | undefined
  virtualServices: VirtualService[] | undefined
  wireguard: WireguardInterface[] | undefined
  readonly evidence: Set<EvidenceKind>
}

export function emptyFacts(host: string, name: string, folder: string): Gathered {
  return {
    host,
    name,
    folder,
    links: new Map(),
    addresses: [],
    routes: [],
    allRoutes: false,
    rules: [],
    neighbours: [],
    fdb: [],
    sysctls: new Map(),
    sysctlFile: undefined,
    iptables: [],
    nft: [],
    ipsets: [],
    conntrack: [],
    sockets: undefined,
    virtualServices: undefined,
    wireguard: undefined,
    evidence: new Set(),
  }
}

/** Adds what a document tells of its namespace. */
export function gather(facts: Gathered, { content, file }: Document): void {
  switch (content.kind) {
    case 'iptables':
      facts.iptables.push(content.ruleset)
      facts.evidence.add(content.ruleset.family === 'ip' ? 'iptables-save' : 'ip6tables-save')
      return
    case 'nft':
      facts.nft.push(content.ruleset)
      facts.evidence.add('nft')
      return
    case 'ipset':
      append(facts.ipsets, content.sets)
      facts.evidence.add('ipset-save')
      return
    case 'ip-addr':
      facts.addresses.push(
        ...content.addresses.filter(
          (address) => !facts.addresses.some((known) => known.device === address.device && known.address === address.address),
        ),
      )
      mergeLinks(facts.links, content.links)
      facts.evidence.add('ip-addr')
      return
    case 'ip-link':
    case 'bridge-link':
      mergeLinks(facts.links, content.links)
      facts.evidence.add(content.kind)
      return
    case 'ip-route':
      addRoutes(facts, content.routes)
      facts.allRoutes ||= content.complete
      facts.evidence.add('ip-route')
      return
    case 'ip-rule':
      append(facts.rules, content.rules)
      facts.evidence.add('ip-rule')
      return
    case 'ip-neigh':
      append(facts.neighbours, content.neighbours)
      facts.evidence.add('ip-neigh')
      return
    case 'bridge-fdb':
      append(facts.fdb, content.entries)
      facts.evidence.add('bridge-fdb')
      return
    case 'sysctl':
      for (const [name, value] of content.values) facts.sysctls.set(name, value)
      facts.sysctlFile = file
      facts.evidence.add('sysctl')
      return
    case 'ss':
      facts.sockets = [...(facts.sockets ?? []), ...content.sockets]
      facts.evidence.add('ss')
      return
    case 'conntrack':
      append(facts.conntrack, content.entries)
      facts.evidence.add('conntrack')
      return
    case 'ipvs':
      facts.virtualServices = [...(facts.virtualServices ?? []), ...content.services]
      facts.evidence.add('ipvsadm')
      return
    case 'wireguard':
      facts.wireguard = [...(facts.wireguard ?? []), ...content.interfaces]
      facts.evidence.add('wireguard')
      return
    default:
      return
  }
}

/** A route may be shown twice, by `ip route` and by `ip route show table all`. */
function addRoutes(facts: Gathered, routes: readonly Route[]): void {
  const known = new Set(facts.routes.map((route) => `${route.family} ${route.table} ${route.text}`))
  for (const route of routes) if (!known.has(`${route.family} ${route.table} ${route.text}`)) facts.routes.push(route)
}

/** The same link seen by several commands: each fills in what the others do not show. */
export function mergeLinks(links: Map<string, Link>, more: readonly Link[]): void {
  for (const link of more) {
    const known = links.get(link.name)
    if (!known) {
      links.set(link.name, link)
      continue
    }
    const told = Object.fromEntries(
      Object.entries(link).filter(
        ([key, value]) =>
          value !== undefined &&
          value !== '' &&
          key !== 'source' &&
          !(key === 'index' && value === 0) &&
          !(Array.isArray(value) && !value.length),
      ),
    )
    links.set(link.name, { ...known, ...told, promiscuous: known.promiscuous || link.promiscuous })
  }
}
