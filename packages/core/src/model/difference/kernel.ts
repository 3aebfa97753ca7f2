import type { Socket } from '../../facts/network.ts'
import { formatAddress } from '../../net/address.ts'
import { formatPrefix } from '../../net/prefix.ts'
import type { RealServer, VirtualService } from '../../parse/ipvs/ipvs.ts'
import type { Namespace } from '../namespace.ts'
import type { Item } from './items.ts'

/** Settings of the network that nobody sets: counts, keys, and what follows from the machine's memory or time. */
const MOVING =
  /(?:_count$|_key$|stable_secret$|_mem$|\.mtu$|\.neigh\.|\.route\.|flush$|tcp_available|tcp_allowed|inet_peer|optmem|fastopen_key|\.conf\..*\.(?:base_reachable|ra_|router_|mc_forwarding|temp|regen|dad_|max_|optimistic|enhanced|hop_limit|addr_gen))/
const OF_DEVICE = /^net\.ipv[46]\.conf\.(?!(?:all|default)\.)/

/** Settings below net.; those of a device count where both snapshots have the device. */
export function sysctlItems({ sysctls }: Namespace): readonly Item[] {
  return [...sysctls.all()].flatMap(([name, value]): readonly Item[] => {
    if (!name.startsWith('net.') || MOVING.test(name)) return []
    const written = value.trim().replace(/\s+/g, ' ')
    const source = { file: sysctls.file ?? '', line: sysctls.line(name) ?? 0 }
    return [
      {
        kind: 'sysctl',
        key: name,
        object: name,
        side: { text: `${name} = ${written}`, source },
        fields: { value: written },
        ...(OF_DEVICE.test(name) ? { onlyIfBoth: true } : {}),
      },
    ]
  })
}

/** ip_local_port_range, where a system does not tell its own. */
const EPHEMERAL = [32_768, 60_999] as const

/** Sockets that wait for others. A UDP port that the kernel chose is a client's: it comes and goes. */
export function socketItems({ sockets = [], sysctls }: Namespace): readonly Item[] {
  const range = [...sysctls.all()].find(([name]) => name === 'net.ipv4.ip_local_port_range')?.[1].split(/\s+/)
  const [first, last] = [Number(range?.[0] ?? EPHEMERAL[0]), Number(range?.[1] ?? EPHEMERAL[1])]
  const listens = ({ protocol, state, port }: Socket): boolean =>
    protocol === 'udp' ? state === 'UNCONN' && (port < first || port > last) : state === 'LISTEN'
  const seen = new Set<string>()
  return sockets.filter(listens).flatMap((one): readonly Item[] => {
    const host = one.address === undefined ? '*' : formatAddress(one.address)
    const key = `${one.protocol} ${host.includes(':') ? `[${host}]` : host}${one.device ? `%${one.device}` : ''}:${one.port}`
    // SO_REUSEPORT: several sockets of one service.
    const id = `${key} ${one.family}`
    if (seen.has(id)) return []
    seen.add(id)
    const by = one.process === undefined ? '' : ` (${one.process})`
    return [{ kind: 'socket', key: id, object: key, side: { text: `${key}${by}`, source: one.source }, fields: { process: one.process } }]
  })
}

/** IPVS's services and the servers behind them. */
export const ipvsItems = ({ virtualServices = [] }: Namespace): readonly Item[] =>
  virtualServices.flatMap((service) => [
    {
      kind: 'virtual-service',
      key: serviceText(service),
      object: serviceText(service),
      side: { text: serviceText(service), source: service.source },
      fields: { scheduler: service.scheduler, persistent: `${service.persistent ?? 'no'}` },
    } satisfies Item,
    ...service.servers.map(
      (server): Item => ({
        kind: 'virtual-service',
        key: `${serviceText(service)} → ${serverText(server)}`,
        object: serviceText(service),
        side: { text: `${serviceText(service)} → ${serverText(server)} weight ${server.weight}`, source: server.source },
        fields: { weight: `${server.weight}`, forward: server.forward },
      }),
    ),
  ])

const serviceText = ({ match }: VirtualService): string =>
  match.kind === 'mark' ? `mark ${match.mark} ${match.family}` : `${match.protocol} ${formatAddress(match.address)} ${match.port}`
const serverText = ({ address, port }: RealServer): string => `${formatAddress(address)} ${port}`

/** WireGuard's peers, by their public keys. */
export const wireguardItems = ({ wireguard = [] }: Namespace): readonly Item[] =>
  wireguard.flatMap(({ device, peers }) =>
    peers.map(
      (peer): Item => ({
        kind: 'wireguard-peer',
        key: `${device} ${peer.publicKey}`,
        object: `peer ${peer.publicKey} of ${device}`,
        side: { text: `${device} peer ${peer.publicKey} allowed ${peer.allowed.map(formatPrefix).join(', ')}`, source: peer.source },
        fields: {
          endpoint: peer.endpoint ? `${formatAddress(peer.endpoint.address)} ${peer.endpoint.port}` : 'none',
          allowed: peer.allowed.map(formatPrefix).sort().join(', '),
        },
      }),
    ),
  )
