import type { InterfaceAddress } from '../../../facts/network.ts'
import type { Namespace } from '../../../model/namespace.ts'
import { formatAddress } from '../../../net/address.ts'
import { formatPrefix, network } from '../../../net/prefix.ts'
import { because, type Check, type Found, missing, seen, together } from '../check.ts'
import { capturedHosts } from '../scene.ts'
import { containerBridges } from './forwards.ts'

export const addressOverlap: Check = {
  id: 'address-overlap',
  holds: 'packets for a container or pod network leave by its own bridge',
  why: 'a VPN, an overlay or another bridge claims the same addresses, and takes the packets',
  evidence: ['hosts/HOST/ip-addr.json', 'hosts/HOST/ip-route.json', 'hosts/HOST/ip-rule.json'],
  causes: ['route.overlap'],
  runbook: 'prefer-main-table',
  run: (scene) =>
    together(
      capturedHosts(scene).flatMap(({ name, root, folder }) => {
        const bridges = containerBridges(root).flatMap((link) => root.addressesOf.get(link.name) ?? [])
        const four = bridges.filter(({ address, prefixLength }) => typeof address === 'number' && prefixLength < 32)
        if (four.length === 0) return []
        if (!root.evidence.has('ip-route')) return [missing(`${folder}/ip-route.json`)]
        return [seen(...four.flatMap((entry) => taken(name, root, entry) ?? []))]
      }),
    ),
}

/** Asks for an address of the bridge's network that nobody of the host has. */
function taken(host: string, root: Namespace, entry: InterfaceAddress): Found | undefined {
  const range = network(entry.address, entry.prefixLength)
  const base = range.address as number
  const size = 2 ** (32 - range.length)
  const sample = [base + 2, base + 3, base + Math.floor(size / 2) + 1].find(
    (address) => address < base + size - 1 && !root.owned.has(address),
  )
  if (sample === undefined) return undefined
  const found = root.fib.ip.lookup({ src: undefined, dst: sample, iif: 'lo', mark: 0, tos: 0, protocol: 0, sport: 0, dport: 0 })
  const device = found.kind === 'route' ? found.nextHops[0]?.device : undefined
  if (found.kind !== 'route' || device === undefined || device === entry.device || device === 'lo') return undefined
  // A bridge that is down has no route; then nobody takes the packets from it.
  const own = root.fib.ip.routes.some(
    ({ nextHops, destination }) =>
      destination.length === range.length && destination.address === range.address && nextHops.some((hop) => hop.device === entry.device),
  )
  if (!own) return undefined
  return {
    severity: 'error',
    cause: 'route.overlap',
    host,
    object: entry.device,
    text: `packets for ${formatAddress(sample)} in ${formatPrefix(range)}, the network of ${entry.device}, leave by ${device}`,
    because: [
      because(found.route.text, found.route.source),
      because(`${entry.device} has ${formatAddress(entry.address)}/${entry.prefixLength}`, entry.source),
    ],
  }
}
