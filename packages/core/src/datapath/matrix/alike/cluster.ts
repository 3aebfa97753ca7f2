import { type Model, portKey } from '../../../model/model.ts'
import { type Address, familyOf } from '../../../net/address.ts'
import { isLinkLocal, isPrivate } from '../../../net/special.ts'
import { Directory, type Resident } from './directory.ts'
import { type Fact, factsOf } from './facts.ts'
import { Naming, type Networks } from './naming.ts'

/** Gives the same number to the same text. */
export class Interner {
  readonly #numbers = new Map<string, number>()

  of(text: string): number {
    let number = this.#numbers.get(text)
    if (number === undefined) {
      number = this.#numbers.size
      this.#numbers.set(text, number)
    }
    return number
  }
}

/**
 * What each host and each of its residents is like, beside rules: facts told by roles, sorted by whose packets they matter to.
 * A host is irregular where a fact may lead packets to others than those it speaks of: nothing stands in for it.
 */
export interface Cluster {
  readonly directory: Directory
  readonly networks: Networks
  /** Of each host: what concerns everybody. */
  readonly own: readonly string[][]
  /** Of each host: what concerns one other host. */
  readonly towards: readonly Map<number, string[]>[]
  readonly residents: readonly string[][]
  readonly irregularNodes: Set<number>
  readonly irregularResidents: Set<number>
  naming(node: number): Naming
  /** Device names of a host that lead to one resident each. */
  readonly ports: readonly ReadonlyMap<string, number>[]
}

export function readCluster(
  model: Model,
  strangers: readonly { readonly host: string; readonly addresses: readonly Address[] }[],
  networks: Networks,
): Cluster {
  const directory = new Directory(model, strangers)
  const ports = portsOf(model, directory)
  const naming = (node: number): Naming => new Naming(directory, networks, node, ports[node] ?? new Map())
  const cluster = {
    directory,
    networks,
    own: directory.nodes.map((): string[] => []),
    towards: directory.nodes.map(() => new Map<number, string[]>()),
    residents: directory.residents.map((): string[] => []),
    irregularNodes: new Set<number>(),
    irregularResidents: new Set<number>(),
    naming,
    ports,
  }
  for (const [node, namespace] of directory.nodes.entries())
    for (const fact of factsOf(model, directory, namespace, () => naming(node))) place(cluster, node, fact)
  for (const resident of directory.residents) addResident(model, cluster, resident)
  return cluster
}

function portsOf(model: Model, directory: Directory): readonly ReadonlyMap<string, number>[] {
  const ports = directory.nodes.map(() => new Map<string, number>())
  for (const { id, node, namespace } of directory.residents) {
    const host = directory.nodes[node]
    for (const name of namespace?.links.keys() ?? []) {
      const peer = namespace && model.peers.get(portKey(namespace, name))
      if (peer && peer.namespace === host) ports[node]?.set(peer.link.name, id)
    }
  }
  return ports
}

function place(cluster: Cluster, node: number, { text, nodes, residents, confined }: Fact): void {
  const [other, ...others] = nodes
  if (residents.length === 0 && other === undefined) {
    cluster.own[node]?.push(text)
    return
  }
  if (!confined || others.length > 0) {
    cluster.irregularNodes.add(node)
    for (const resident of residents) cluster.irregularResidents.add(resident)
    return
  }
  if (residents.length === 0 && other !== undefined) {
    const known = cluster.towards[node]?.get(other)
    if (known) known.push(text)
    else cluster.towards[node]?.set(other, [text])
    return
  }
  // A fact about some residents and not others tells these apart, wherever it stands.
  const where = residents.length === 1 && other === undefined ? '' : `${node} ${residents.join(' ')} `
  for (const resident of residents) cluster.residents[resident]?.push(`${where}${text}`)
}

function addResident(model: Model, cluster: Cluster, { id, node, namespace }: Resident): void {
  const lines = cluster.residents[id] as string[]
  if (!namespace) {
    lines.push('unseen')
    return
  }
  for (const { text, nodes, residents } of factsOf(model, cluster.directory, namespace, () => cluster.naming(node))) {
    const spoken = residents.filter((resident) => resident !== id)
    if (nodes.length > 0 || spoken.length > 0) for (const one of [id, ...spoken]) cluster.irregularResidents.add(one)
    lines.push(text)
  }
  if (namespace.addresses.some(({ address }) => cluster.directory.isShared(address))) cluster.irregularResidents.add(id)
}

/** What tells an address apart beside facts: the networks of the evidence that it lies in, and the kernel's own special ones. */
export function profileOf(networks: Networks, addresses: readonly Address[]): string {
  return addresses
    .map((address) => `${familyOf(address)} ${isPrivate(address)} ${isLinkLocal(address)} ${networks.profile(address)}`)
    .join(';')
}
