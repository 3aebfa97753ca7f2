import type { InterfaceAddress, Route } from '../facts/network.ts'
import type { Document } from '../intake/document.ts'
import type { Address, Family } from '../net/address.ts'
import { isLoopback } from '../net/special.ts'
import { Fib } from './fib.ts'
import { emptyFacts, type Gathered, gather } from './gather.ts'
import { nameOfHost } from './host-name.ts'
import { addressesOfRoutes, impliedRoutes } from './implied-routes.ts'
import type { Model } from './model.ts'
import type { Namespace } from './namespace.ts'
import { withOverlay } from './overlay-links.ts'
import { pairVeths } from './peers.ts'
import { Sysctls } from './sysctls.ts'
import { normaliseTable } from './tables.ts'

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

function buildNamespace(facts: Gathered): Namespace {
  const links = new Map([...facts.links].map(([name, link]) => [name, withOverlay(link)] as const))
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
    fib: {
      ip: new Fib('ip', routes, facts.rules, captured.ip, facts.allRoutes),
      ip6: new Fib('ip6', routes, facts.rules, captured.ip6, facts.allRoutes),
    },
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
  return allRoutes || routes.some((route) => route.family === family && !isAssumed(route)) || (family === 'ip' && routes.length === 0)
}

/** Put in the place of routes that nobody showed. */
const isAssumed = ({ extra }: Route): boolean => extra.includes('assumed')

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
