import type { ConntrackEntry, FdbEntry, InterfaceAddress, Link, Neighbour, Route, RoutingRule, Socket } from '../facts/network.ts'
import type { Document } from '../intake/document.ts'
import type { Address, Family } from '../net/address.ts'
import { isLoopback } from '../net/special.ts'
import type { Ipset } from '../netfilter/ipset/ast.ts'
import type { IptablesRuleset } from '../netfilter/iptables/ast.ts'
import type { NftRuleset } from '../netfilter/nft/ast.ts'
import type { VirtualService } from '../parse/ipvs/ipvs.ts'
import type { WireguardInterface } from '../parse/wireguard/wireguard.ts'
import { Fib } from './fib.ts'
import { nameOfHost } from './host-name.ts'
import { impliedRoutes } from './implied-routes.ts'
import type { Model } from './model.ts'
import type { EvidenceKind, Namespace } from './namespace.ts'
import { pairVeths } from './peers.ts'
import { Sysctls } from './sysctls.ts'
import { normaliseTable } from './tables.ts'

/** Facts of one namespace while they are gathered. */
interface Gathered {
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

/** Puts the documents of a bundle together into machines. `namespaceOf` documents without a host go to the only host there is, or to `host`. */
export function assemble(documents: readonly Document[]): Model {
  const fallback = nameOfHost(documents)
  const gathered = new Map<string, Gathered>()
  for (const document of documents) {
    if (!isMachineState(document)) continue
    const host = document.place.host ?? fallback
    const id = document.place.netns ? `${host}/${document.place.netns}` : host
    let facts = gathered.get(id)
    if (!facts) {
      facts = emptyFacts(host, document.place.netns, folderOf(document.file, host, document.place.netns))
      gathered.set(id, facts)
    }
    gather(facts, document)
  }
  const namespaces = [...gathered.values()].map(buildNamespace)
  return {
    namespaces,
    hosts: new Map(namespaces.filter((namespace) => namespace.name === '').map((namespace) => [namespace.host, namespace])),
    byId: new Map(namespaces.map((namespace) => [namespace.id, namespace])),
    peers: pairVeths(namespaces),
    owners: ownersOf(namespaces),
    documents,
  }
}

const STATE = new Set([
  'iptables',
  'nft',
  'ipset',
  'ip-link',
  'ip-addr',
  'ip-route',
  'ip-rule',
  'ip-neigh',
  'bridge-link',
  'bridge-fdb',
  'sysctl',
  'ss',
  'conntrack',
  'ipvs',
  'wireguard',
])
/** A file below /etc is what will be loaded, not what is in force (`files/etc/sysctl.conf`, `files/etc/iptables/rules.v4`). */
const isMachineState = ({ content, file }: Document): boolean => STATE.has(content.kind) && !/(?:^|\/)files\/(?:etc|opt|root)\//.test(file)

function folderOf(file: string, host: string, netns: string): string {
  const folder = file.includes('/') ? file.slice(0, file.lastIndexOf('/')) : ''
  return folder || (netns ? `hosts/${host}/netns/${netns}` : `hosts/${host}`)
}

function emptyFacts(host: string, name: string, folder: string): Gathered {
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

function gather(facts: Gathered, { content, file }: Document): void {
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
      facts.ipsets.push(...content.sets)
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
      facts.rules.push(...content.rules)
      facts.evidence.add('ip-rule')
      return
    case 'ip-neigh':
      facts.neighbours.push(...content.neighbours)
      facts.evidence.add('ip-neigh')
      return
    case 'bridge-fdb':
      facts.fdb.push(...content.entries)
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
      facts.conntrack.push(...content.entries)
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
function mergeLinks(links: Map<string, Link>, more: readonly Link[]): void {
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

function buildNamespace(facts: Gathered): Namespace {
  const links = facts.links
  const addresses = facts.evidence.has('ip-addr') ? facts.addresses : addressesOfRoutes(facts.routes)
  const captured = { ip: isCaptured(facts, 'ip'), ip6: isCaptured(facts, 'ip6') }
  const routes = [
    ...facts.routes,
    ...impliedRoutes('ip', addresses, facts.routes, captured.ip ? 'local' : 'all'),
    ...impliedRoutes('ip6', addresses, facts.routes, captured.ip6 ? 'local' : 'all'),
  ]
  return {
    host: facts.host,
    name: facts.name,
    id: facts.name ? `${facts.host}/${facts.name}` : facts.host,
    links,
    linksByIndex: new Map([...links.values()].map((link) => [link.index, link])),
    portsOf: groupBy(
      [...links.values()].filter((link) => link.master !== undefined),
      (link) => link.master as string,
    ),
    addresses,
    addressesOf: groupBy(addresses, (address) => address.device),
    owned: new Set(addresses.map((address) => address.address)),
    fib: { ip: new Fib('ip', routes, facts.rules, captured.ip), ip6: new Fib('ip6', routes, facts.rules, captured.ip6) },
    customLocalRoutes: hasCustomLocalRoutes(routes, addresses),
    neighbours: facts.neighbours,
    fdb: facts.fdb,
    sysctls: new Sysctls(facts.sysctls, facts.sysctlFile),
    iptables: facts.iptables,
    nft: facts.nft,
    ipsets: facts.ipsets,
    conntrack: facts.conntrack,
    sockets: facts.sockets,
    virtualServices: facts.virtualServices,
    wireguard: facts.wireguard,
    evidence: facts.evidence,
    folder: facts.folder,
  }
}

/**
 * Are the routes of a family in the evidence? `ip route` alone shows those of IPv4, which may be none; where the whole of IPv6 is missing,
 * it was not asked for.
 */
function isCaptured({ routes, evidence, allRoutes }: Gathered, family: Family): boolean {
  if (!evidence.has('ip-route')) return false
  return allRoutes || routes.some((route) => route.family === family) || (family === 'ip' && routes.length === 0)
}

/** Without `ip addr` the networks that the kernel routes tell the addresses that they came with. */
function addressesOfRoutes(routes: readonly Route[]): InterfaceAddress[] {
  return routes.flatMap(({ family, type, protocol, nextHops, preferredSource, destination, source }) => {
    const device = nextHops[0]?.device
    if (type !== 'unicast' || protocol !== 'kernel' || device === undefined || preferredSource === undefined) return []
    const common = { family, device, address: preferredSource, prefixLength: destination.length, scope: 'global' as const, source }
    return [{ ...common, broadcast: undefined, peer: undefined, secondary: false, deprecated: false, tentative: false, label: undefined }]
  })
}

function groupBy<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const group = groups.get(key(item))
    if (group) group.push(item)
    else groups.set(key(item), [item])
  }
  return groups
}

function ownersOf(namespaces: readonly Namespace[]): Map<Address, { readonly namespace: Namespace; readonly address: InterfaceAddress }[]> {
  const owners = new Map<Address, { readonly namespace: Namespace; readonly address: InterfaceAddress }[]>()
  for (const namespace of namespaces)
    for (const address of namespace.addresses) {
      const known = owners.get(address.address)
      if (known) known.push({ namespace, address })
      else owners.set(address.address, [{ namespace, address }])
    }
  return owners
}

/** A route of type local that is not that of an address or of the loopback network. */
function hasCustomLocalRoutes(routes: readonly Route[], addresses: readonly InterfaceAddress[]): boolean {
  const own = new Set(addresses.map((address) => address.address))
  return routes.some(
    (route) =>
      route.family === 'ip' &&
      route.type === 'local' &&
      normaliseTable(route.table) === 'local' &&
      !isLoopback(route.destination.address) &&
      !own.has(route.destination.address),
  )
}
