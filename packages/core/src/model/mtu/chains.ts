import type { Link } from '../../facts/network.ts'
import type { Source } from '../../facts/source.ts'
import { type Address, familyOf } from '../../net/address.ts'
import { contains, network } from '../../net/prefix.ts'
import { overheadOf, type TunnelKind } from '../../net/tunnel-overhead.ts'
import type { Model } from '../model.ts'
import { isUp, type Namespace } from '../namespace.ts'

/** A device of a chain, with its MTU. */
export interface MtuHop {
  readonly host: string
  readonly netns: string
  readonly device: string
  readonly mtu: number
  readonly source: Source
}

/** MTUs that do not fit together. */
export interface MtuChain {
  /**
   * `tunnel`: with its header a full packet does not fit what carries it. `veth`, `bridge`, `wire`: two ends of one link disagree, and what is too
   * large for the smaller is dropped without a word. `unproven`: more than Ethernet's 1500, which every switch between must carry too.
   */
  readonly kind: 'tunnel' | 'veth' | 'bridge' | 'wire' | 'unproven'
  /** From the inside out, or from the larger to the smaller. */
  readonly hops: readonly [MtuHop, ...MtuHop[]]
  /** Bytes that are put in front on the way from the first hop to the second. */
  readonly overhead: number
  /** The largest packet that passes, as the first hop counts it. */
  readonly fits: number
  readonly text: string
}

/** Every chain of MTUs in the evidence that cannot work, or that nothing proves to. */
export function mtuChains(model: Model): readonly MtuChain[] {
  return [
    ...model.namespaces.flatMap((namespace) => [...namespace.links.values()].flatMap((link) => tunnelChains(namespace, link))),
    ...vethChains(model),
    ...model.namespaces.flatMap(bridgeChains),
    ...wireChains(model),
    ...[...model.hosts.values()].flatMap(unprovenChains),
  ]
}

interface Measured extends Link {
  readonly mtu: number
}
const isMeasured = (link: Link | undefined): link is Measured => link?.mtu !== undefined && isUp(link)
const hop = (namespace: Namespace, link: Measured): MtuHop => ({
  host: namespace.host,
  netns: namespace.name,
  device: link.name,
  mtu: link.mtu,
  source: link.source,
})
const named = ({ host, netns, device, mtu }: MtuHop): string => `${device} of ${netns ? `${netns} on ` : ''}${host} (${mtu})`

const TUNNELS: ReadonlySet<string> = new Set<TunnelKind>(['vxlan', 'ipip', 'gre', 'wireguard'])

/** A tunnel's MTU and its header must fit the device by which its own packets leave. */
function tunnelChains(namespace: Namespace, link: Link): readonly MtuChain[] {
  if (!isMeasured(link) || !TUNNELS.has(link.type ?? '')) return []
  const chains = new Map<string, MtuChain>()
  for (const remote of remotesOf(namespace, link)) {
    const below = carrierOf(namespace, link, remote)
    if (!isMeasured(below)) continue
    const overhead = overheadOf(link.type as TunnelKind, familyOf(remote), link.tunnel?.key)
    if (link.mtu + overhead <= below.mtu) continue
    const [inner, outer] = [hop(namespace, link), hop(namespace, below)]
    const text = `${named(inner)} puts ${overhead} bytes in front: a full packet is ${link.mtu + overhead}, and ${named(outer)} carries ${below.mtu}; ${below.mtu - overhead} would fit`
    chains.set(below.name, { kind: 'tunnel', hops: [inner, outer], overhead, fits: below.mtu - overhead, text })
  }
  return [...chains.values()]
}

/** Where a tunnel's packets go: its own remote, its FDB's destinations, its peers' endpoints; with none known, its own address will do. */
function remotesOf(namespace: Namespace, link: Link): readonly Address[] {
  const fdb = namespace.fdb.filter((entry) => entry.device === link.name).flatMap((entry) => entry.destination ?? [])
  const peers = namespace.wireguard?.find((one) => one.device === link.name)?.peers.flatMap((peer) => peer.endpoint?.address ?? []) ?? []
  const own = [link.vxlan?.remote, link.vxlan?.group, link.tunnel?.remote].filter((address): address is Address => !!address)
  const all = [...new Set([...own, ...fdb, ...peers])]
  if (all.length > 0) return all
  const local = link.vxlan?.local ?? link.tunnel?.local
  return local ? [local] : []
}

function carrierOf(namespace: Namespace, link: Link, remote: Address): Link | undefined {
  if (link.vxlan?.device !== undefined) return namespace.links.get(link.vxlan.device)
  const holder = namespace.addresses.find((entry) => entry.address === (link.vxlan?.local ?? link.tunnel?.local))
  if (holder && holder.device !== link.name) return namespace.links.get(holder.device)
  const found = namespace.fib[familyOf(remote)].lookup({
    src: undefined,
    dst: remote,
    iif: 'lo',
    mark: 0,
    tos: 0,
    protocol: 0,
    sport: 0,
    dport: 0,
  })
  const device = found.kind === 'route' ? found.nextHops[0]?.device : undefined
  return device === undefined || device === link.name || device === 'lo' ? undefined : namespace.links.get(device)
}

/** The two ends of a veth: the larger sends what the smaller drops. */
function vethChains(model: Model): readonly MtuChain[] {
  return [...model.peers].flatMap(([key, far]) => {
    const [id = '', device = ''] = key.split('\0')
    const namespace = model.byId.get(id)
    const link = namespace?.links.get(device)
    if (!namespace || !isMeasured(link) || !isMeasured(far.link) || link.mtu <= far.link.mtu) return []
    return [disagreeing('veth', hop(namespace, link), hop(far.namespace, far.link), 'are the two ends of one veth')]
  })
}

function bridgeChains(namespace: Namespace): readonly MtuChain[] {
  return [...namespace.portsOf.values()].flatMap((all) => {
    const ports = all.filter(isMeasured).sort((a, b) => b.mtu - a.mtu)
    const [largest, smallest] = [ports[0], ports.at(-1)]
    if (!largest || !smallest || largest.mtu === smallest.mtu) return []
    return [disagreeing('bridge', hop(namespace, largest), hop(namespace, smallest), `are ports of one bridge, ${largest.master}`)]
  })
}

/** Hosts that share a prefix are taken to share a wire. */
function wireChains(model: Model): readonly MtuChain[] {
  const wires = new Map<string, MtuHop[]>()
  for (const host of model.hosts.values())
    for (const { device, address, prefixLength } of host.addresses) {
      const link = host.links.get(device)
      if (!isMeasured(link) || TUNNELS.has(link.type ?? '') || link.type === 'bridge' || link.flags.includes('LOOPBACK')) continue
      if (prefixLength === (typeof address === 'number' ? 32 : 128) || isLinkLocal(address)) continue
      const prefix = network(address, prefixLength)
      const key = `${prefix.address}/${prefix.length}`
      const known = wires.get(key)
      if (known) known.push(hop(host, link))
      else wires.set(key, [hop(host, link)])
    }
  return [...wires.values()].flatMap((hops) => {
    const sorted = hops.sort((a, b) => b.mtu - a.mtu)
    const [largest, smallest] = [sorted[0], sorted.at(-1)]
    if (!largest || !smallest || largest.mtu === smallest.mtu || largest.host === smallest.host) return []
    return [disagreeing('wire', largest, smallest, 'are taken to be on one wire: their addresses share a prefix')]
  })
}

const LINK_LOCAL = { address: 0xfe80n << 112n, length: 10 }
const isLinkLocal = (address: Address): boolean => contains(LINK_LOCAL, address)

function disagreeing(kind: 'veth' | 'bridge' | 'wire', larger: MtuHop, smaller: MtuHop, what: string): MtuChain {
  const text = `${named(larger)} and ${named(smaller)} ${what}: packets of more than ${smaller.mtu} bytes are dropped, and nobody is told`
  return { kind, hops: [larger, smaller], overhead: 0, fits: smaller.mtu, text }
}

const ETHERNET = 1500

/** Only where a tunnel makes use of it: that is when full frames go out. */
function unprovenChains(host: Namespace): readonly MtuChain[] {
  return [...host.links.values()].flatMap((link): readonly MtuChain[] => {
    if (!isMeasured(link) || !TUNNELS.has(link.type ?? '')) return []
    const [remote] = remotesOf(host, link)
    const below = remote === undefined ? undefined : carrierOf(host, link, remote)
    if (remote === undefined || !isMeasured(below) || below.mtu <= ETHERNET) return []
    const overhead = overheadOf(link.type as TunnelKind, familyOf(remote), link.tunnel?.key)
    const full = link.mtu + overhead
    if (full <= ETHERNET || full > below.mtu) return []
    const [inner, outer] = [hop(host, link), hop(host, below)]
    const text = `${named(inner)} makes packets of ${full} bytes, and ${named(outer)} sends them: every switch between must carry more than Ethernet's ${ETHERNET}, which nothing here shows`
    return [{ kind: 'unproven', hops: [inner, outer], overhead, fits: ETHERNET - overhead, text }]
  })
}
