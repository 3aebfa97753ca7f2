import type { Socket } from '../../../facts/network.ts'
import type { Namespace } from '../../../model/namespace.ts'
import { type Address, formatAddress } from '../../../net/address.ts'
import type { Target } from '../place.ts'
import { type Cluster, type Interner, profileOf } from './cluster.ts'
import type { Owner } from './directory.ts'
import type { HostRules, Reading } from './host-rules.ts'

/** What packets for an address of nobody, or for a port that rules answer to, come to on a host's rules. */
export interface Question {
  /** The same where rules, and those that packets are sent to, read the same. */
  readonly key: number
  /** Hosts of those that packets are sent to, in the order in which the rules name them. */
  readonly nodes: readonly number[]
  /** No other host stands in for this one. */
  readonly perHost: boolean
  /** Residents that the rules on the way name. */
  readonly named: ReadonlyMap<number, readonly number[]>
}

const NOBODY: ReadonlyMap<number, readonly number[]> = new Map()

/** Questions that hosts' rules were asked, kept for all hosts whose rules read the same. */
export class Questions {
  readonly #cluster: Cluster
  readonly #texts: Interner
  readonly #readings = new Map<string, Reading>()
  readonly #questions = new Map<Reading, Map<string, Question>>()

  constructor(cluster: Cluster, texts: Interner) {
    this.#cluster = cluster
    this.#texts = texts
  }

  clear(): void {
    this.#readings.clear()
  }

  /** What the rules of a host mean to packets for a target; `from` where the rules name the sender himself. */
  reading(rules: HostRules, node: number, { address, port, protocol }: Target, from: Address | undefined): Reading {
    const owner = this.#cluster.directory.owner(address)
    // The host's own addresses are part of every reading of its rules.
    const its = owner && owner.node === node && !owner.resident
    const asked = `${its ? owner.role : formatAddress(address)} ${protocol} ${port} ${from === undefined ? '' : formatAddress(from)}`
    const shared = `${rules.alike} ${asked}`
    const own = `host ${node} ${asked}`
    const known = this.#readings.get(shared) ?? this.#readings.get(own)
    if (known) return known
    const tracked = [...(its ? [] : [address]), ...(from === undefined ? [] : [from])]
    const reading = rules.read(tracked, port === undefined ? [] : [port])
    // Where the rules name addresses of hosts, each host reads them as its own affair.
    const named = this.#namesHosts(rules, rules.further(reading)) || (owner !== undefined && !its)
    this.#readings.set(named ? own : shared, reading)
    return reading
  }

  /** Do all hosts with these rules read it alike? */
  isShared(rules: HostRules, { address, port, protocol }: Target): boolean {
    return this.#readings.has(`${rules.alike} ${formatAddress(address)} ${protocol} ${port} `)
  }

  #namesHosts(rules: HostRules, pages: readonly string[]): boolean {
    let found = false
    rules.eachAsked(pages, (address) => {
      const owner = this.#cluster.directory.owner(address)
      if (owner && !owner.resident) found = true
    })
    return found
  }

  /** `likes`: what residents are like. `self`: the resident that sends, where the rules name him. */
  question(rules: HostRules, reading: Reading, target: Target, likes: readonly number[], self: number | undefined): Question {
    let known = this.#questions.get(reading)
    if (!known) {
      known = new Map()
      this.#questions.set(reading, known)
    }
    const asked = `${formatAddress(target.address)} ${target.protocol} ${target.port} ${target.kind === 'published'} ${self ?? ''}`
    let question = known.get(asked)
    if (!question) {
      question = this.#made(rules, reading, target, likes, self)
      known.set(asked, question)
    }
    return question
  }

  #made(rules: HostRules, reading: Reading, target: Target, likes: readonly number[], self: number | undefined): Question {
    const { networks, directory } = this.#cluster
    const nodes: number[] = []
    let perHost = reading.irregular || reading.redirects
    const parts = [{ address: target.address, port: target.port }, ...reading.targets].map(({ address, port }) => {
      const owner = directory.owner(address)
      if (!owner) {
        if (!networks.isConfined(address) && !directory.isShared(address)) return profileOf(networks, [address])
        perHost = true
        return formatAddress(address)
      }
      const order = nodes.indexOf(owner.node) < 0 ? nodes.push(owner.node) - 1 : nodes.indexOf(owner.node)
      const like = owner.resident ? likes[owner.resident.id] : 'host'
      const itself = self !== undefined && owner.resident?.id === self ? 'self' : ''
      return `${order} ${like} ${owner.role} ${this.listener(owner, target.protocol, port)} ${port} ${itself}`
    })
    const text = `${reading.key} ${target.protocol} ${target.port} ${target.kind === 'published'} ${parts.join(' | ')}`
    return { key: this.#texts.of(text), nodes, perHost, named: self === undefined ? this.#named(rules, reading) : NOBODY }
  }

  /** Residents that further pages of a reading ask for, or that it sends to, by host. */
  #named(rules: HostRules, reading: Reading): ReadonlyMap<number, readonly number[]> {
    const { directory } = this.#cluster
    const found = new Set<number>(reading.residents)
    const add = (address: Address): void => {
      const resident = directory.owner(address)?.resident
      if (resident) found.add(resident.id)
    }
    rules.eachAsked(rules.further(reading), add)
    for (const { address } of reading.targets) add(address)
    const byNode = new Map<number, number[]>()
    for (const id of found) {
      const node = directory.residents[id]?.node as number
      const known = byNode.get(node)
      if (known) known.push(id)
      else byNode.set(node, [id])
    }
    return byNode.size ? byNode : NOBODY
  }

  /** Who listens on a port of somebody, as far as the evidence tells. */
  listener(owner: Owner, protocol: string, port: number | undefined): string {
    const namespace = owner.resident ? owner.resident.namespace : this.#cluster.directory.nodes[owner.node]
    if (port === undefined || !namespace) return ''
    if (!namespace.sockets) return 'unknown'
    return this.socketsText(namespace, owner.node, (socket) => socket.port === port && socket.protocol === protocol)
  }

  socketsText(namespace: Namespace, node: number, wanted: (socket: Socket) => boolean): string {
    const naming = this.#cluster.naming(node)
    const text = ({ protocol, family, state, port, device, address }: Socket): string =>
      `${protocol} ${family} ${state} ${port} ${device} ${address === undefined ? '*' : naming.address(address)}`
    return (namespace.sockets ?? [])
      .filter((socket) => (socket.state === 'LISTEN' || socket.state === 'UNCONN') && wanted(socket))
      .map(text)
      .join(',')
  }
}
