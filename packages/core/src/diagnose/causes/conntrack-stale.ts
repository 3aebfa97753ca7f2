import type { ConntrackEntry } from '../../facts/network.ts'
import type { Cluster } from '../../model/kubernetes/cluster.ts'
import type { Namespace } from '../../model/namespace.ts'
import { type Address, formatAddress } from '../../net/address.ts'
import { PROTOCOL } from '../../net/packet.ts'
import type { Service, ServicePort } from '../../parse/kubernetes/service.ts'
import type { Scene } from '../scene.ts'
import type { Cause, Suspect } from './cause.ts'
import { clusterOf, endpointsOf, serviceName } from './cluster.ts'
import { relevance, towardsService } from './relevance.ts'
import { suspected, told } from './state.ts'

/** UDP entries that still send packets for a Service (DNS above all) to an endpoint that it has no more, or to nobody. */
export const conntrackStale: Cause = {
  id: 'conntrack.stale',
  suspects: (scene) => {
    const cluster = clusterOf(scene)
    const entrances = entrancesOf(cluster)
    if (entrances.size === 0) return []
    return scene.model.namespaces.flatMap((namespace) => groups(namespace, entrances).map((group) => suspect(scene, namespace, group)))
  },
}

interface Entrance {
  readonly service: Service
  readonly port: ServicePort
  /** `address port` of those that are ready. */
  readonly ready: ReadonlySet<string>
}

const key = (address: Address, port: number): string => `${formatAddress(address)} ${port}`

/** UDP ports of Services with endpoints that are known. */
function entrancesOf(cluster: Cluster): ReadonlyMap<string, Entrance> {
  const entrances = new Map<string, Entrance>()
  for (const service of cluster.services)
    for (const port of service.ports) {
      if (port.protocol !== 'udp') continue
      const known = endpointsOf(cluster, service, port)
      const ready = new Set(
        known?.backends.filter((backend) => backend.ready || backend.serving).map(({ address, port }) => key(address, port)),
      )
      if (!known?.complete || ready.size === 0) continue
      for (const address of service.clusterAddresses) entrances.set(key(address, port.port), { service, port, ready })
    }
  return entrances
}

interface Group {
  readonly entrance: Entrance
  readonly target: Address
  readonly entries: readonly ConntrackEntry[]
}

/** Entries that lead to an address that is no ready endpoint, by Service and address. */
function groups({ conntrack }: Namespace, entrances: ReadonlyMap<string, Entrance>): readonly Group[] {
  const found = new Map<string, { entrance: Entrance; target: Address; entries: ConntrackEntry[] }>()
  for (const entry of conntrack) {
    if (entry.protocol !== PROTOCOL.udp) continue
    const entrance = entrances.get(key(entry.original.dst, entry.original.dport))
    if (!entrance || entrance.ready.has(key(entry.reply.src, entry.reply.sport))) continue
    const id = `${entrance.service.namespace}/${entrance.service.name} ${formatAddress(entry.reply.src)}`
    const group = found.get(id)
    if (group) group.entries.push(entry)
    else found.set(id, { entrance, target: entry.reply.src, entries: [entry] })
  }
  return [...found.values()]
}

function suspect(scene: Scene, namespace: Namespace, { entrance, target, entries }: Group): Suspect {
  const { service } = entrance
  const silent = entries.filter(({ flags }) => flags.includes('UNREPLIED')).length
  const untranslated = service.clusterAddresses.includes(target)
  // A new connection takes a port that no entry has: only one whose port was told meets an entry on the model.
  const ports = new Set(scene.symptoms.flatMap(({ request }) => request.sport ?? []))
  const met = entries.filter(({ original }) => ports.has(original.sport))
  const where = untranslated ? 'are not translated to any endpoint' : `lead to ${formatAddress(target)}, which is no ready endpoint`
  return suspected(
    'conntrack.stale',
    relevance(scene, (aim) => towardsService(aim, service) && aim.symptom.result !== 'refused'),
    {
      where: { host: namespace.host, netns: namespace.name, object: `UDP entries of ${serviceName(service)}`, source: entries[0]?.source },
      because: [
        told(`${entries.length} conntrack entries for ${serviceName(service)} ${where}`, entries[0]?.source),
        ...(silent > 0
          ? [told(`${silent} of them have got no answer (UNREPLIED)`, entries.find(({ flags }) => flags.includes('UNREPLIED'))?.source)]
          : []),
      ],
      likelihood: silent > 0 ? 0.85 : 0.4,
      without: met.map(({ source }) => ({ kind: 'conntrack-removed' as const, entry: { source } })),
    },
  )
}
