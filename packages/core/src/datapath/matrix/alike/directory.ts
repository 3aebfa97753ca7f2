import type { Link } from '../../../facts/network.ts'
import { type Model, portKey } from '../../../model/model.ts'
import type { Namespace } from '../../../model/namespace.ts'
import { type Address, familyOf } from '../../../net/address.ts'
import { type Prefix, rangeOf } from '../../../net/prefix.ts'
import type { AddressRange } from '../../../net/range.ts'
import { isLoopback, isMulticast, isUnspecified } from '../../../net/special.ts'

/** Somebody with addresses of his own on a host: a namespace, or a pod or container that was not captured. */
export interface Resident {
  readonly id: number
  readonly node: number
  readonly namespace: Namespace | undefined
}

/** Whose an address is. `resident` undefined: the host's own. `role`: device and place in its list, the same on hosts that are alike. */
export interface Owner {
  readonly node: number
  readonly resident: Resident | undefined
  readonly role: string
}

/** Addresses of a network, by whose they are. */
export interface Coverage {
  /** undefined: more than one host's. -1: nobody's. */
  readonly node: number | undefined
  readonly owners: readonly Owner[]
}

/** Who has which address and link address, in a model of several hosts. What several have is nobody's. */
export class Directory {
  readonly nodes: readonly Namespace[]
  readonly residents: readonly Resident[]
  readonly #owners = new Map<Address, Owner | null>()
  readonly #macs = new Map<string, (Owner & { readonly link: Link; readonly namespace: Namespace }) | null>()
  readonly #sorted: Readonly<Record<'ip' | 'ip6', { readonly addresses: readonly Address[]; readonly owners: readonly Owner[] }>>
  readonly #nodeOf = new Map<string, number>()
  readonly #residentOf = new Map<Namespace, Resident>()
  readonly #coverage = new Map<string, Coverage>()
  readonly #members = new Map<Coverage, { readonly text: string; readonly apart: readonly number[] }>()
  readonly #attached: readonly ReadonlyMap<string, readonly number[]>[]

  /** `strangers`: addresses of uncaptured pods and containers, with the host that they are on. */
  constructor(model: Model, strangers: readonly { readonly host: string; readonly addresses: readonly Address[] }[]) {
    this.nodes = [...model.hosts.values()]
    for (const [i, node] of this.nodes.entries()) this.#nodeOf.set(node.host, i)
    const residents: Resident[] = []
    for (const namespace of model.namespaces) {
      const node = this.#nodeOf.get(namespace.host)
      if (node === undefined) continue
      const resident = namespace.name === '' ? undefined : { id: residents.length, node, namespace }
      if (resident) {
        residents.push(resident)
        this.#residentOf.set(namespace, resident)
      }
      this.#enlist(namespace, node, resident)
    }
    for (const { host, addresses } of strangers) {
      const node = this.#nodeOf.get(host)
      if (node === undefined) continue
      const resident = { id: residents.length, node, namespace: undefined }
      residents.push(resident)
      for (const [i, address] of addresses.entries()) this.#put(address, { node, resident, role: `#${i}` })
    }
    this.residents = residents
    this.#attached = this.nodes.map((_, node) =>
      attachments(
        model,
        residents.filter((resident) => resident.node === node),
      ),
    )
    this.#sorted = { ip: this.#sort('ip'), ip6: this.#sort('ip6') }
  }

  #enlist(namespace: Namespace, node: number, resident: Resident | undefined): void {
    const places = new Map<string, number>()
    for (const { device, address } of namespace.addresses) {
      const place = places.get(device) ?? 0
      places.set(device, place + 1)
      this.#put(address, { node, resident, role: `${device}#${place}` })
    }
    for (const link of namespace.links.values()) {
      const { mac, name } = link
      if (mac === undefined || /^0[01](?::00){5}$|^00(?::00){5}$/.test(mac)) continue
      const known = this.#macs.get(mac)
      const owner = { node, resident, role: name, link, namespace }
      // A bridge that was given no address of its own has that of a port, and it is the bridge that answers.
      if (known?.namespace === namespace && known.link.master === name) this.#macs.set(mac, owner)
      else if (!(known?.namespace === namespace && link.master === known.link.name)) this.#macs.set(mac, known === undefined ? owner : null)
    }
  }

  #put(address: Address, owner: Owner): void {
    if (isLoopback(address) || isMulticast(address) || isUnspecified(address)) return
    this.#owners.set(address, this.#owners.has(address) ? null : owner)
  }

  #sort(family: 'ip' | 'ip6') {
    const entries = [...this.#owners].filter((entry): entry is [Address, Owner] => entry[1] !== null && familyOf(entry[0]) === family)
    entries.sort(([a], [b]) => (a < b ? -1 : 1))
    return { addresses: entries.map(([address]) => address), owners: entries.map(([, owner]) => owner) }
  }

  /** undefined: nobody's, or several have it. */
  owner(address: Address): Owner | undefined {
    return this.#owners.get(address) ?? undefined
  }

  /** Several have this address. */
  isShared(address: Address): boolean {
    return this.#owners.get(address) === null
  }

  ownerOfMac(mac: string): (Owner & { readonly link: Link; readonly namespace: Namespace }) | undefined {
    return this.#macs.get(mac) ?? undefined
  }

  node(host: string): number | undefined {
    return this.#nodeOf.get(host)
  }

  resident(namespace: Namespace): Resident | undefined {
    return this.#residentOf.get(namespace)
  }

  /** Residents of a host by the bridge that they hang on. */
  attached(node: number): ReadonlyMap<string, readonly number[]> {
    return this.#attached[node] ?? new Map()
  }

  /** Who of one host is in a network: its own addresses, residents by the bridge that they all hang on, and how many others, which it tells apart. */
  members(prefix: Prefix): { readonly text: string; readonly apart: readonly number[] } {
    const coverage = this.coverage(prefix)
    let known = this.#members.get(coverage)
    if (!known) {
      known = this.#membersOf(coverage)
      this.#members.set(coverage, known)
    }
    return known
  }

  #membersOf({ node = -1, owners }: Coverage): { readonly text: string; readonly apart: readonly number[] } {
    const own = owners.flatMap(({ resident, role }) => (resident ? [] : role))
    const inside = new Set(owners.flatMap(({ resident }) => resident?.id ?? []))
    const whole: string[] = []
    for (const [bridge, residents] of this.attached(node)) {
      if (!residents.every((id) => inside.has(id))) continue
      whole.push(`all on ${bridge}`)
      for (const id of residents) inside.delete(id)
    }
    const text = [...own, ...whole, ...(inside.size ? [`${inside.size} residents`] : [])].join(' ')
    return { text, apart: [...inside] }
  }

  /** Whose addresses a network holds. */
  coverage(prefix: Prefix): Coverage {
    const key = `${prefix.address}/${prefix.length}`
    let known = this.#coverage.get(key)
    if (!known) {
      known = this.#covered(prefix)
      this.#coverage.set(key, known)
    }
    return known
  }

  /** Everybody with an address in a range. */
  within({ first, last }: AddressRange): readonly Owner[] {
    const { addresses, owners } = this.#sorted[familyOf(first)]
    const from = firstAtLeast(addresses, first)
    let to = from
    while (to < addresses.length && (addresses[to] as Address) <= last) to++
    return owners.slice(from, to)
  }

  #covered(prefix: Prefix): Coverage {
    const { addresses, owners } = this.#sorted[familyOf(prefix.address)]
    const { first, last } = rangeOf(prefix)
    const from = firstAtLeast(addresses, first)
    let to = from
    let node = -1
    let several = false
    while (to < addresses.length && (addresses[to] as Address) <= last) {
      const at = (owners[to] as Owner).node
      several ||= node >= 0 && node !== at
      node = at
      to++
      if (several) return { node: undefined, owners: [] }
    }
    return { node, owners: owners.slice(from, to) }
  }
}

function attachments(model: Model, residents: readonly Resident[]): ReadonlyMap<string, readonly number[]> {
  const bridges = new Map<string, number[]>()
  for (const { id, namespace } of residents) {
    const ports = namespace ? [...namespace.links.keys()].flatMap((name) => model.peers.get(portKey(namespace, name)) ?? []) : []
    const bridge = namespace ? ports.map((port) => port.link.master ?? '-').join(' ') || 'nothing' : 'unseen'
    const known = bridges.get(bridge)
    if (known) known.push(id)
    else bridges.set(bridge, [id])
  }
  return bridges
}

function firstAtLeast(sorted: readonly Address[], value: Address): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((sorted[middle] as Address) < value) low = middle + 1
    else high = middle
  }
  return low
}
