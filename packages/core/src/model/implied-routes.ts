import type { InterfaceAddress, Route, RouteType } from '../facts/network.ts'
import { addressBits, type Family } from '../net/address.ts'
import { network, type Prefix, rangeOf } from '../net/prefix.ts'
import { isLoopback } from '../net/special.ts'
import { normaliseTable } from './tables.ts'

/**
 * The routes that the kernel makes by itself for an address (fib_add_ifaddr, addrconf): its own in table local, and the network of its
 * device. `ip route` without `table all` does not show the local table, so it is filled in where the evidence has none.
 */
export function impliedRoutes(
  family: Family,
  addresses: readonly InterfaceAddress[],
  routes: readonly Route[],
  which: 'local' | 'all',
): readonly Route[] {
  if (routes.some((route) => route.family === family && normaliseTable(route.table) === 'local')) return []
  return addresses.flatMap((address) => (address.family === family ? routesOf(address, which) : []))
}

function routesOf(address: InterfaceAddress, which: 'local' | 'all'): readonly Route[] {
  const { family, address: own, peer, prefixLength, secondary } = address
  const bits = addressBits(family)
  // The network is that of the other end, where the address is one of a point-to-point link (ifa_address).
  const net = network(peer ?? own, prefixLength)
  const out = [implied(address, 'local', 'local', { address: own, length: bits })]
  if (isLoopback(own) && family === 'ip') out.push(implied(address, 'local', 'local', net))
  if (family === 'ip' && prefixLength < 31 && !isLoopback(own))
    out.push(implied(address, 'broadcast', 'local', { address: rangeOf(net).last, length: bits }))
  if (which === 'all' && !secondary && !isLoopback(own) && (prefixLength < bits || peer !== undefined))
    out.push(implied(address, 'unicast', 'main', net))
  return out
}

function implied(address: InterfaceAddress, type: RouteType, table: string, destination: Prefix): Route {
  const family: Family = address.family
  return {
    family,
    type,
    destination,
    table,
    nextHops: [{ device: address.device, via: undefined, weight: 1, onlink: false, flags: [] }],
    source: address.source,
    protocol: 'kernel',
    scope: type === 'local' ? 'host' : 'link',
    preferredSource: family === 'ip' ? address.address : undefined,
    metric: family === 'ip' ? 0 : type === 'local' ? 0 : 256,
    tos: 0,
    mtu: undefined,
    extra: [],
    text: '',
  }
}

/** Without `ip addr` the networks that the kernel routes tell the addresses that they came with. */
export function addressesOfRoutes(routes: readonly Route[]): InterfaceAddress[] {
  return routes.flatMap(({ family, type, protocol, nextHops, preferredSource, destination, source }) => {
    const device = nextHops[0]?.device
    if (type !== 'unicast' || protocol !== 'kernel' || device === undefined || preferredSource === undefined) return []
    const common = { family, device, address: preferredSource, prefixLength: destination.length, scope: 'global' as const, source }
    return [{ ...common, broadcast: undefined, peer: undefined, secondary: false, deprecated: false, tentative: false, label: undefined }]
  })
}
