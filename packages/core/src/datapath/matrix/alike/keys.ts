import type { Model } from '../../../model/model.ts'
import type { Namespace } from '../../../model/namespace.ts'
import type { Objects } from '../../../model/objects.ts'
import { type Address, formatAddress } from '../../../net/address.ts'
import { startOf } from '../../start.ts'
import type { Places, Sender, Target } from '../place.ts'
import { Library } from './book.ts'
import { type Cluster, Interner, profileOf, readCluster } from './cluster.ts'
import { divide } from './divides.ts'
import type { Column, Row } from './groups.ts'
import { ALWAYS, HostRules, PageIds } from './host-rules.ts'
import type { Networks } from './naming.ts'
import { type Question, Questions } from './questions.ts'
import { residentRules } from './resident-rules.ts'

/** Somebody as a group knows him. */
interface Known {
  readonly node: number | undefined
  readonly resident: number | undefined
  /** Members of one group have this in common, and their host. */
  readonly group: string
  readonly key: number
}

interface KnownTarget extends Known {
  readonly residentGroup: string
  readonly plain: boolean
}

/**
 * What a pair's packets may meet, as a key: pairs with the same key have the same outcome. It is made of what sender and target are like, what
 * their hosts are like, what these know of each other, and what the rules on the sender's host mean to this very question.
 */
export class Keys {
  readonly #cluster: Cluster
  readonly #texts = new Interner()
  readonly #rules: readonly HostRules[]
  /** What each host is like, by itself. */
  readonly #own: readonly number[]
  readonly #pairs: Int32Array
  readonly #residents: readonly number[]
  readonly #questions: Questions
  readonly #model: Model
  readonly #objects: Objects
  readonly #strangers = new Map<string, number>()
  readonly #senders = new Map<number, Sender>()

  constructor(model: Model, objects: Objects, places: Places, networks: Networks) {
    this.#model = model
    this.#objects = objects
    const strangers = places.senders.filter(isStranger)
    this.#cluster = readCluster(model, strangers, networks)
    this.#questions = new Questions(this.#cluster, this.#texts)
    const { directory } = this.#cluster
    const captured = directory.residents.filter((resident) => resident.namespace).length
    for (const [i, sender] of strangers.filter(({ host }) => directory.node(host) !== undefined).entries()) {
      this.#strangers.set(sender.place, captured + i)
      this.#tellStart(sender, captured + i)
    }
    const library = new Library()
    this.#rules = this.#readRules(library, places.targets)
    this.#compareRules()
    const ports = new Set([...ALWAYS, ...places.targets.flatMap(({ port }) => port ?? [])])
    for (const entry of library.dividing)
      if (entry.ports === undefined || entry.ports.some((port) => ports.has(port))) divide(this.#cluster, entry)
    for (const sender of places.senders) {
      const { resident } = this.#who(sender)
      if (resident !== undefined) this.#senders.set(resident, sender)
    }
    const rules = directory.residents.map(({ namespace }, id) => (namespace ? residentRules(this.#cluster, namespace, id) : ''))
    this.#own = directory.nodes.map((namespace, node) => this.#texts.of(this.#nodeText(namespace, node)))
    this.#pairs = new Int32Array(directory.nodes.length ** 2).fill(-1)
    this.#residents = directory.residents.map((_, id) => this.#texts.of(this.#residentText(id, rules[id] ?? '')))
  }

  /** Reads the rules of all hosts, and those that questions lead to, until all ports that packets may have are known. */
  #readRules(library: Library, targets: readonly Target[]): readonly HostRules[] {
    const ids = new PageIds()
    const ports = new Set(this.#directPorts(targets))
    const questions = targets.filter((target) => this.#isQuestion(target))
    for (;;) {
      const rules = this.#cluster.directory.nodes.map((_, node) => new HostRules(this.#cluster, library, this.#texts, ids, node, ports))
      const before = ports.size
      this.#questions.clear()
      for (const target of questions) for (const port of this.#readAhead(rules, target)) ports.add(port)
      if (ports.size === before) return rules
    }
  }

  #compareRules(): void {
    const { directory, irregularNodes, irregularResidents } = this.#cluster
    for (const [node, { skeleton, speaksOf }] of this.#rules.entries()) {
      const elsewhere = skeleton.targets.some(({ address }) => {
        const owner = directory.owner(address)
        return owner === undefined || owner.node !== node || owner.resident !== undefined
      })
      if (skeleton.irregular || elsewhere) irregularNodes.add(node)
      for (const other of speaksOf.nodes) this.#tellTowards(node, other)
      for (const resident of [...speaksOf.residents, ...skeleton.residents]) irregularResidents.add(resident)
    }
  }

  /** A pod that was not captured sends in from its own host, by the device that leads to it. */
  #tellStart(sender: Sender, id: number): void {
    const { residents, irregularResidents } = this.#cluster
    for (const address of sender.addresses) {
      const family = typeof address === 'number' ? 'ip' : 'ip6'
      const start = startOf(this.#model, this.#objects, { kind: 'address', address }, { from: '', to: '' }, undefined, family)
      if (start.kind !== 'entering' || start.namespace.host !== sender.host || start.namespace.name !== '') irregularResidents.add(id)
      else residents[id]?.push(`enters by ${start.device} for ${start.addressed}`)
    }
  }

  /** Ports that packets between hosts and residents may have. */
  #directPorts(targets: readonly Target[]): ReadonlySet<number> {
    const ports = new Set<number>()
    for (const target of targets)
      if (target.port !== undefined && target.namespace !== undefined && target.kind !== 'published') ports.add(target.port)
    for (const { links } of this.#cluster.directory.nodes) for (const link of links.values()) if (link.vxlan) ports.add(link.vxlan.port)
    for (const { wireguard } of this.#cluster.directory.nodes)
      for (const device of wireguard ?? []) if (device.listenPort) ports.add(device.listenPort)
    return ports
  }

  #tellTowards(node: number, other: number): void {
    const { directory, towards } = this.#cluster
    const rules = this.#rules[node] as HostRules
    const addresses = [
      ...(directory.nodes[other]?.addresses ?? []).map((entry) => entry.address),
      ...directory.residents
        .filter((resident) => resident.node === other)
        .flatMap(({ namespace }) => (namespace?.addresses ?? []).map((entry) => entry.address)),
    ]
    const reading = rules.read(addresses, [])
    const lines = towards[node]?.get(other) ?? []
    lines.push(`rules ${reading.key}${reading.irregular ? ` ${node} ${other}` : ''}`)
    towards[node]?.set(other, lines)
  }

  #nodeText(namespace: Namespace, node: number): string {
    const { own, irregularNodes, networks } = this.#cluster
    if (irregularNodes.has(node)) return `host ${node}`
    const profile = profileOf(
      networks,
      namespace.addresses.map((entry) => entry.address),
    )
    const { skeleton } = this.#rules[node] as HostRules
    const sockets = skeleton.redirects ? this.#questions.socketsText(namespace, node, () => true) : ''
    return [...(own[node] ?? []), `rules ${skeleton.key}`, profile, sockets].join('\n')
  }

  #residentText(id: number, rules: string): string {
    const { residents, irregularResidents, networks, directory } = this.#cluster
    if (irregularResidents.has(id)) return `resident ${id}`
    const { namespace } = directory.residents[id] as { readonly namespace: Namespace | undefined }
    return [
      ...(residents[id] ?? []),
      rules,
      profileOf(networks, namespace?.addresses.map((entry) => entry.address) ?? this.#strangerAddresses(id)),
    ].join('\n')
  }

  #strangerAddresses(id: number): readonly Address[] {
    const sender = this.#senders.get(id)
    return sender?.addresses ?? []
  }

  #who(sender: Sender): { readonly node: number | undefined; readonly resident: number | undefined } {
    const { directory } = this.#cluster
    const node = sender.host === undefined ? undefined : directory.node(sender.host)
    if (sender.namespace === undefined) return { node, resident: this.#strangers.get(sender.place) }
    const namespace = this.#model.byId.get(sender.namespace)
    return { node, resident: namespace && directory.resident(namespace)?.id }
  }

  sender(sender: Sender): Known {
    const { node, resident } = this.#who(sender)
    if (node === undefined) return this.#alone(`sender ${sender.place} ${sender.addresses.map(formatAddress).join()}`)
    if (sender.kind === 'outside') return { node, resident: undefined, group: 'outside', key: this.#texts.of('outside') }
    if (resident === undefined)
      return sender.namespace ? { node, resident, group: 'host', key: this.#texts.of('host') } : this.#alone(`sender ${sender.place}`)
    const key = this.#residents[resident] as number
    return { node, resident, group: `${key}`, key }
  }

  #alone(text: string): Known {
    return { node: undefined, resident: undefined, group: text, key: this.#texts.of(text) }
  }

  target(target: Target): KnownTarget {
    const owner = this.#cluster.directory.owner(target.address)
    if (!owner || this.#isQuestion(target)) {
      const text = `target ${formatAddress(target.address)}`
      return { node: undefined, resident: undefined, group: text, key: 0, residentGroup: '', plain: false }
    }
    const { node, resident } = owner
    const like = resident ? `${this.#residents[resident.id]}` : 'host'
    const listener = this.#questions.listener(owner, target.protocol, target.port)
    const key = this.#texts.of(`${like} ${owner.role} ${target.protocol} ${target.port} ${listener}`)
    return { node, resident: resident?.id, group: `${key}`, key, residentGroup: like, plain: true }
  }

  /** Asked by an address of nobody, or by a port that rules may answer to. */
  #isQuestion(target: Target): boolean {
    return target.kind === 'published' || this.#cluster.directory.owner(target.address) === undefined
  }

  /** Rules are read for questions before hosts are compared, so that all networks that they name are known. */
  #readAhead(all: readonly HostRules[], target: Target): readonly number[] {
    const seen = new Set<number>()
    const ports = new Set<number>()
    const owner = this.#cluster.directory.owner(target.address)
    for (const [node, rules] of all.entries()) {
      if ((owner && owner.node !== node) || seen.has(rules.alike)) continue
      seen.add(rules.alike)
      for (const { port } of this.#questions.reading(rules, node, target, undefined).targets) if (port !== undefined) ports.add(port)
    }
    return [...ports]
  }

  #pair(a: number, b: number): number {
    const at = a * this.#own.length + b
    let pair = this.#pairs[at] as number
    if (pair < 0) {
      const { towards } = this.#cluster
      const lines = [...(towards[a]?.get(b) ?? []), '|', ...(towards[b]?.get(a) ?? [])]
      pair = this.#texts.of(`${this.#own[a]} ${this.#own[b]} ${lines.join('\n')}`)
      this.#pairs[at] = pair
    }
    return pair
  }

  /** The key of all pairs of a row and a column but those in `exceptions`. */
  of(row: Row, column: Column): string {
    const { node } = row
    if (node === undefined) return `${row.key} alone ${column.first.place}`
    const sender = `${row.kind === 'outside' ? 'outside ' : ''}${row.key} ${this.#own[node]}`
    if (!column.plain) return `${sender} ${this.#questionKey(this.#asked(node, column), node)}`
    const to = column.node as number
    const same = row.residentGroup !== undefined && row.residentGroup === column.residentGroup
    return `${sender} to ${to === node ? `here ${same}` : this.#pair(node, to)} ${column.key}`
  }

  /** The key of a pair whose sender the rules name. */
  ofException(row: Row, sender: Sender, column: Column): string {
    const node = row.node as number
    const { resident } = this.#who(sender)
    const { first: target } = column
    const rules = this.#rules[node] as HostRules
    const from = sender.addresses.find((address) => typeof address === typeof target.address)
    const reading = this.#questions.reading(rules, node, target, from)
    const question = this.#questions.question(rules, reading, target, this.#residents, resident)
    return `named ${row.key} ${this.#own[node]} ${this.#questionKey(question, node)}`
  }

  #questionKey({ key, nodes, perHost }: Question, node: number): string {
    let text = perHost ? `${key} on ${node}` : `${key}`
    for (const other of nodes) text += other === node ? ' here' : ` ${this.#pair(node, other)}`
    return text
  }

  /** The question that a column is to a host; hosts with the same rules have the same. */
  #asked(node: number, column: Column): Question {
    const rules = this.#rules[node] as HostRules
    let question = column.questions.get(rules.alike) ?? column.questions.get(-1 - node)
    if (!question) {
      const reading = this.#questions.reading(rules, node, column.first, undefined)
      question = this.#questions.question(rules, reading, column.first, this.#residents, undefined)
      const shared = this.#questions.isShared(rules, column.first)
      column.questions.set(shared ? rules.alike : -1 - node, question)
    }
    return question
  }

  /** Members of a row that rules on the way of this question name: each is looked at by itself. */
  exceptions(row: Row, column: Column): readonly Sender[] {
    if (column.plain || row.node === undefined || row.residentGroup === undefined) return NO_SENDERS
    const named = this.#asked(row.node, column).named.get(row.node)
    if (!named) return NO_SENDERS
    return named.flatMap((id) => {
      const sender = this.#senders.get(id)
      return sender && row.has(sender) ? sender : []
    })
  }
}

const NO_SENDERS: readonly Sender[] = []

type Stranger = Sender & { readonly host: string }
const isStranger = (sender: Sender): sender is Stranger =>
  sender.namespace === undefined && sender.host !== undefined && (sender.kind === 'pod' || sender.kind === 'container')
