import type { Link, Neighbour } from '../facts/network.ts'
import type { Source } from '../facts/source.ts'
import { type Model, type Port, portKey } from '../model/model.ts'
import { isOperational, isUp, type Namespace } from '../model/namespace.ts'
import { type Address, formatAddress } from '../net/address.ts'
import { contains, network } from '../net/prefix.ts'
import { isChild, keptApart, siblingsOf } from './macvlan.ts'

/** Who takes a frame for a next hop on a device. */
export type Resolution =
  /** A captured device answers. `assumption`: what was taken for granted to find it. */
  | { readonly kind: 'port'; readonly port: Port; readonly assumption?: string }
  /** Somebody outside the evidence, who is taken to answer. */
  | { readonly kind: 'beyond' }
  | { readonly kind: 'nobody'; readonly text: string; readonly source: Source | undefined }

/** All devices that share a link with one. */
interface Segment {
  readonly ports: readonly Port[]
  /** It leads to somewhere that was not captured. */
  readonly open: boolean
}

const BRIDGES = new Set(['bridge', 'openvswitch'])
export const isBridge = (namespace: Namespace, link: Link): boolean => BRIDGES.has(link.type ?? '') || namespace.portsOf.has(link.name)

/** Neighbour resolution (ARP, neighbour discovery) over the captured links. Answers are kept: a link does not change during a trace. */
export class Resolver {
  #wired: readonly { readonly port: Port; readonly address: Address }[] | undefined
  readonly #model: Model
  /** Hosts, and the namespaces with a device of their own on a host's wire. */
  readonly #onWires: readonly Namespace[]
  readonly #answers = new Map<Link, Map<Address, Resolution>>()
  readonly #segments = new Map<Link, Segment>()
  readonly #peers = new Map<Namespace, Map<string, Port | undefined>>()

  constructor(model: Model) {
    this.#model = model
    this.#onWires = model.namespaces.filter((namespace) => namespace.name === '' || [...namespace.links.values()].some(isChild))
  }

  peer(namespace: Namespace, device: string): Port | undefined {
    let ofNamespace = this.#peers.get(namespace)
    if (!ofNamespace) {
      ofNamespace = new Map()
      this.#peers.set(namespace, ofNamespace)
    }
    if (!ofNamespace.has(device)) ofNamespace.set(device, this.#model.peers.get(portKey(namespace, device)))
    return ofNamespace.get(device)
  }

  resolve(namespace: Namespace, link: Link, nextHop: Address): Resolution {
    let ofLink = this.#answers.get(link)
    if (!ofLink) {
      ofLink = new Map()
      this.#answers.set(link, ofLink)
    }
    let answer = ofLink.get(nextHop)
    if (!answer) {
      answer = this.#resolve(namespace, link, nextHop)
      ofLink.set(nextHop, answer)
    }
    return answer
  }

  #resolve(namespace: Namespace, link: Link, nextHop: Address): Resolution {
    const segment = this.segment(namespace, link)
    const entry = namespace.neighbours.find((known) => known.address === nextHop && known.device === link.name && !known.proxy)
    if (entry && isFailed(entry))
      return {
        kind: 'nobody',
        text: `${formatAddress(nextHop)} did not answer on ${link.name} (neighbour ${entry.state})`,
        source: entry.source,
      }
    const answering = segment.ports.filter((port) => port.namespace.owned.has(nextHop))
    if (entry?.mac !== undefined) {
      const named = segment.ports.filter((port) => port.link.mac === entry.mac)
      const best = named.find((port) => answering.includes(port)) ?? named[0]
      if (best) return { kind: 'port', port: best }
      if (segment.open) return answering.length ? this.#best(answering, nextHop) : { kind: 'beyond' }
      return {
        kind: 'nobody',
        text: `nothing on ${link.name} has the address ${entry.mac} that the neighbour entry of ${formatAddress(nextHop)} gives`,
        source: entry.source,
      }
    }
    if (answering.length) return this.#best(answering, nextHop)
    const apart = segment.open ? keptApart(this.#model, namespace, link, nextHop) : undefined
    if (apart !== undefined) return { kind: 'nobody', text: apart, source: link.source }
    if (segment.open) return { kind: 'beyond' }
    return {
      kind: 'nobody',
      text: `nothing on ${link.name} has the address ${formatAddress(nextHop)}`,
      source: entry?.source ?? link.source,
    }
  }

  /** Of several that have the address, the device that carries it itself answers. */
  #best(ports: readonly Port[], address: Address): Resolution {
    const own = ports.find((port) => (port.namespace.addressesOf.get(port.link.name) ?? []).some((entry) => entry.address === address))
    const port = own ?? ports[0]
    return port ? { kind: 'port', port } : { kind: 'beyond' }
  }

  segment(namespace: Namespace, link: Link): Segment {
    let segment = this.#segments.get(link)
    if (!segment) {
      segment = this.#build(namespace, link)
      this.#segments.set(link, segment)
    }
    return segment
  }

  #build(namespace: Namespace, link: Link): Segment {
    const ports: Port[] = []
    let open = false
    const visited = new Set<Link>([link])
    const queue: Port[] = [{ namespace, link }]
    for (let at = queue.pop(); at; at = queue.pop()) {
      for (const next of this.#adjacent(at)) {
        if (next === 'outside') {
          open = true
          ports.push(...this.#underlay(namespace, link).filter((port) => !visited.has(port.link)))
          continue
        }
        if (visited.has(next.link)) continue
        visited.add(next.link)
        // A bridge port carries no packets of its own; its bridge does.
        if (next.link.master === undefined) ports.push(next)
        queue.push(next)
      }
    }
    return { ports, open }
  }

  /** Devices one wire or one bridge away. */
  #adjacent({ namespace, link }: Port): (Port | 'outside')[] {
    const out: (Port | 'outside')[] = []
    for (const port of namespace.portsOf.get(link.name) ?? []) if (isOperational(port)) out.push({ namespace, link: port })
    if (link.master !== undefined) {
      const master = namespace.links.get(link.master)
      // br_dev_stop(), br_port_carrier_check(): a bridge that is down, or a port that is not operational, passes no question on.
      if (master && isUp(master) && isOperational(link)) out.push({ namespace, link: master })
    }
    const peer = this.peer(namespace, link.name)
    if (peer) out.push(peer)
    else if (!isBridge(namespace, link)) out.push('outside', ...siblingsOf(this.#model, namespace, link))
    return out
  }

  /** Devices of other hosts whose addresses share a prefix with this one's: taken to be on one wire. */
  #underlay(namespace: Namespace, link: Link): Port[] {
    const networks = (namespace.addressesOf.get(link.name) ?? []).map((entry) => network(entry.address, entry.prefixLength))
    if (!networks.length) return []
    this.#wired ??= this.#devicesOnWires()
    return this.#wired
      .filter(({ port, address }) => port.namespace.host !== namespace.host && networks.some((prefix) => contains(prefix, address)))
      .map(({ port }) => port)
  }

  /** Each address of each device that may be on a wire with other hosts. */
  #devicesOnWires(): readonly { readonly port: Port; readonly address: Address }[] {
    return this.#onWires.flatMap((namespace) =>
      namespace.addresses.flatMap(({ device: name, address }) => {
        const link = namespace.links.get(name)
        const wired = link && (namespace.name === '' || isChild(link)) && !isOverlay(link) && !this.peer(namespace, name)
        return wired ? [{ port: { namespace, link }, address }] : []
      }),
    )
  }

  /** The device of another captured host that has this address, where a router between would deliver it. */
  hostWith(address: Address, sender: Namespace): Port | undefined {
    for (const owner of this.#model.owners.get(address) ?? []) {
      const link = owner.namespace.links.get(owner.address.device)
      if (owner.namespace.name === '' && owner.namespace.host !== sender.host && link && !isOverlay(link))
        return { namespace: owner.namespace, link }
    }
    return undefined
  }

  /** The port of a bridge behind which a device lies. */
  portTowards(namespace: Namespace, bridge: Link, target: Port): Link | undefined {
    return namespace.portsOf.get(bridge.name)?.find((port) => this.#leadsTo(namespace, port, target, new Set([bridge])))
  }

  /** `passed`: bridges that were looked behind already; cabling may lead round in a circle. */
  #leadsTo(namespace: Namespace, port: Link, target: Port, passed: Set<Link>): boolean {
    const peer = this.peer(namespace, port.name)
    if (!peer) return target.namespace.host !== namespace.host
    if (peer.link === target.link) return true
    const master = peer.link.master === undefined ? undefined : peer.namespace.links.get(peer.link.master)
    if (!master || passed.has(master)) return false
    passed.add(master)
    return (
      master === target.link ||
      (peer.namespace.portsOf.get(master.name) ?? []).some(
        (next) => next !== peer.link && this.#leadsTo(peer.namespace, next, target, passed),
      )
    )
  }
}

const isFailed = (entry: Neighbour): boolean => entry.state === 'FAILED' || entry.state === 'INCOMPLETE'
const OVERLAYS = new Set(['vxlan', 'ipip', 'gre', 'sit', 'wireguard', 'tun', 'geneve', 'bridge', 'dummy'])
const isOverlay = (link: Link): boolean => OVERLAYS.has(link.type ?? '') || link.flags.includes('LOOPBACK')
