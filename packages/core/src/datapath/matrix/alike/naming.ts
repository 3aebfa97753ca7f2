import { type Address, addressBits, familyOf, formatAddress } from '../../../net/address.ts'
import { contains, formatPrefix, type Prefix } from '../../../net/prefix.ts'
import type { Directory, Owner } from './directory.ts'
import { replaceTokens, type Token } from './tokens.ts'

/** Networks that are no single host's: who is in them and who is not tells addresses apart. */
export class Networks {
  readonly #common = new Map<string, Prefix>()
  readonly #confined = new Map<string, Prefix>()

  readonly #single = new Set<Address>()

  /** Grows with each network that was not known before. */
  get size(): number {
    return this.#common.size + this.#confined.size + this.#single.size
  }

  /** A network of several hosts, or of nobody. */
  addCommon(prefix: Prefix): void {
    if (prefix.length === addressBits(familyOf(prefix.address))) this.#single.add(prefix.address)
    else this.#common.set(formatPrefix(prefix), prefix)
  }

  /** A network of one host. */
  addConfined(prefix: Prefix): void {
    this.#confined.set(formatPrefix(prefix), prefix)
  }

  /** The common networks that hold an address, as text. */
  profile(address: Address): string {
    const names: string[] = this.#single.has(address) ? ['itself'] : []
    for (const [name, prefix] of this.#common)
      if (familyOf(prefix.address) === familyOf(address) && contains(prefix, address)) names.push(name)
    return names.join(' ')
  }

  /** Does an address that nobody is known to have lie in a network of one host? */
  isConfined(address: Address): boolean {
    for (const prefix of this.#confined.values())
      if (familyOf(prefix.address) === familyOf(address) && contains(prefix, address)) return true
    return false
  }
}

/**
 * Tells a fact of one host in words that do not name the host: its own addresses, and those of the others that it speaks of, by their roles.
 * Facts of two hosts that read the same mean the same to packets between hosts that stand in for each other.
 */
export class Naming {
  /** Other hosts that were spoken of, and residents of any host. */
  readonly nodes = new Set<number>()
  readonly residents = new Set<number>()
  readonly #directory: Directory
  readonly #networks: Networks
  readonly #node: number
  /** Names of this host's devices that lead to one resident. */
  readonly #ports: ReadonlyMap<string, number>

  constructor(directory: Directory, networks: Networks, node: number, ports: ReadonlyMap<string, number>) {
    this.#directory = directory
    this.#networks = networks
    this.#node = node
    this.#ports = ports
  }

  address(address: Address): string {
    const owner = this.#directory.owner(address)
    if (!owner) {
      this.#networks.addCommon({ address, length: addressBits(familyOf(address)) })
      return formatAddress(address)
    }
    return this.#role(owner)
  }

  mac(mac: string): string {
    const owner = this.#directory.ownerOfMac(mac)
    return owner ? `mac(${this.#role(owner)})` : mac
  }

  prefix(prefix: Prefix): string {
    if (prefix.length === 0) return 'any'
    if (prefix.length === addressBits(familyOf(prefix.address))) return this.address(prefix.address)
    const { node } = this.#directory.coverage(prefix)
    if (node === undefined || node < 0) {
      this.#networks.addCommon(prefix)
      return formatPrefix(prefix)
    }
    this.#networks.addConfined(prefix)
    if (node !== this.#node) this.nodes.add(node)
    const { text, apart } = this.#directory.members(prefix)
    for (const id of apart) this.residents.add(id)
    return `${node === this.#node ? 'own' : 'other'}/${prefix.length}(${text})`
  }

  #role({ node, resident, role }: Owner): string {
    if (node !== this.#node) this.nodes.add(node)
    if (resident) this.residents.add(resident.id)
    const [device = '', place = ''] = role.split('#')
    const port = node === this.#node && !resident ? this.#ports.get(device) : undefined
    if (port !== undefined) this.residents.add(port)
    return `${node === this.#node ? 'own' : 'other'}${resident ? ' resident' : ''}:${port === undefined ? role : `port#${place}`}`
  }

  token(token: Token): string | undefined {
    switch (token.kind) {
      case 'mac':
        return this.mac(token.mac)
      case 'address':
        return this.address(token.address)
      case 'prefix':
        return this.prefix(token.prefix)
    }
  }

  text(text: string): string {
    const port = this.#ports.get(text)
    if (port !== undefined) {
      this.residents.add(port)
      return 'port'
    }
    return replaceTokens(text, (token) => this.token(token))
  }

  /** Any value of the model, told field by field. Where it stood in the evidence is left out, and numbers that only count. */
  value(value: unknown): string {
    switch (typeof value) {
      case 'string':
        return this.text(value)
      case 'number':
        return value > 0xffffff && this.#directory.owner(value) ? this.address(value) : String(value)
      case 'bigint':
        return this.address(value)
      case 'object':
        return value === null ? 'null' : this.#object(value)
      default:
        return String(value)
    }
  }

  #object(value: object): string {
    if (Array.isArray(value)) return `[${value.map((item) => this.value(item)).join(',')}]`
    if (value instanceof Set) return `{${[...value].map((item) => this.value(item)).join(',')}}`
    const entries = Object.entries(value)
    if (isPrefix(value)) return this.prefix(value)
    return `{${entries
      .filter(([key, item]) => item !== undefined && !SKIPPED.has(key))
      .map(([key, item]) => `${key}:${this.value(item)}`)
      .join(',')}}`
  }
}

function isPrefix(value: object): value is Prefix {
  const keys = Object.keys(value)
  return keys.length === 2 && 'address' in value && 'length' in value && typeof value.length === 'number'
}

/** Places in the evidence, text that other fields tell, numbers of devices and namespaces (which veths are paired is told by itself). */
const SKIPPED: ReadonlySet<string> = new Set([
  'source',
  'text',
  'index',
  'peerIndex',
  'peerNetnsId',
  'peerNetns',
  'promiscuous',
  'publicKey',
  'process',
  'pid',
])
