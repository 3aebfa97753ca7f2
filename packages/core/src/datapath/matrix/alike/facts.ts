import type { FdbEntry, Link, Neighbour } from '../../../facts/network.ts'
import type { Model } from '../../../model/model.ts'
import { portKey } from '../../../model/model.ts'
import type { Namespace } from '../../../model/namespace.ts'
import type { Address } from '../../../net/address.ts'
import type { Directory } from './directory.ts'
import type { Naming } from './naming.ts'

/** A thing that a namespace's packets may depend on. */
export interface Fact {
  readonly text: string
  /** Other hosts that it speaks of; residents of any host. */
  readonly nodes: readonly number[]
  readonly residents: readonly number[]
  /** It matters only to packets of those that it speaks of: a route to their network, their neighbour entry. */
  readonly confined: boolean
}

/** What is read of a namespace for facts, and what is not: a field that is new must be placed here. */
export const FIELDS: Readonly<Record<keyof Namespace, 'told' | 'derived' | 'rules' | 'name'>> = {
  host: 'name',
  name: 'name',
  id: 'name',
  folder: 'name',
  links: 'told',
  addresses: 'told',
  fib: 'told',
  neighbours: 'told',
  fdb: 'told',
  sysctls: 'told',
  conntrack: 'told',
  virtualServices: 'rules',
  wireguard: 'told',
  evidence: 'told',
  customLocalRoutes: 'told',
  linksByIndex: 'derived',
  portsOf: 'derived',
  addressesOf: 'derived',
  owned: 'derived',
  sockets: 'rules',
  iptables: 'rules',
  nft: 'rules',
  ipsets: 'rules',
}

/** Settings that the datapath asks for: the rest of `sysctl -a` changes no packet's way. */
const SETTING =
  /^net\.(?:bridge\.bridge-nf-call-ip6?tables|ipv4\.ip_forward|ipv[46]\.conf\.(.+)\.(?:forwarding|rp_filter|accept_local|route_localnet|src_valid_mark|[\w-]+))$/

/** Everything that a namespace's packets may depend on beside rules and sockets. `naming` begins anew for each fact. */
export function* factsOf(model: Model, directory: Directory, namespace: Namespace, naming: () => Naming): Generator<Fact> {
  const tell = (what: string, key: readonly unknown[] | undefined, ...rest: readonly unknown[]): Fact => told(what, key, rest, naming)
  for (const link of namespace.links.values()) yield tell('link', undefined, link, peerText(model, directory, namespace, link))
  for (const address of namespace.addresses) yield tell('address', undefined, address)
  for (const family of ['ip', 'ip6'] as const) {
    const { rules, routes, hasCustomRules } = namespace.fib[family]
    yield tell(`fib ${family} ${hasCustomRules}`, undefined, namespace.customLocalRoutes)
    for (const rule of rules) yield tell('rule', undefined, rule)
    for (const route of routes) yield tell('route', [route.destination], route)
  }
  for (const neighbour of namespace.neighbours)
    if (!isPlain(directory, namespace, neighbour)) yield tell('neighbour', [neighbour.address], { ...neighbour, state: isBad(neighbour) })
  for (const entry of namespace.fdb) if (matters(directory, entry)) yield tell('fdb', [entry.mac], { ...entry, flags: undefined })
  for (const [name, value] of namespace.sysctls.all()) {
    const setting = SETTING.exec(name)
    if (setting) yield tell('setting', undefined, name.replace(setting[1] ?? '', ''), setting[1] ?? '', value)
  }
  yield tell('settings', undefined, namespace.sysctls.known)
  for (const { peers, ...device } of namespace.wireguard ?? []) {
    yield tell('wireguard', undefined, device)
    for (const peer of peers) yield tell('peer', peer.allowed, peer, device.device)
  }
  yield tell(
    'evidence',
    undefined,
    [...namespace.evidence].sort(),
    namespace.virtualServices === undefined,
    namespace.wireguard === undefined,
  )
  yield tell('conntrack', undefined, namespace.conntrack.length > 0, namespace.conntrack.some(isAsked) ? namespace.id : '')
}

/** `key`: what packets are matched by; a fact that speaks of others only behind its key is not theirs alone. */
function told(what: string, key: readonly unknown[] | undefined, rest: readonly unknown[], naming: () => Naming): Fact {
  const whole = naming()
  const text = `${what} ${rest.map((value) => whole.value(value)).join(' ')}`
  let confined = true
  if (whole.nodes.size > 0 || whole.residents.size > 0) {
    confined = key?.length === 1
    const keyed = naming()
    for (const part of key ?? []) keyed.value(part)
    if (![...whole.nodes].every((node) => keyed.nodes.has(node))) confined = false
    // What speaks of a resident's device or address alone is the resident's own affair.
    if (key === undefined) confined = whole.nodes.size === 0 && whole.residents.size === 1
    else if (![...whole.residents].every((resident) => keyed.residents.has(resident))) confined = false
  }
  return { text, nodes: [...whole.nodes], residents: [...whole.residents], confined }
}

function peerText(model: Model, directory: Directory, namespace: Namespace, link: Link): string {
  const peer = model.peers.get(portKey(namespace, link.name))
  if (!peer) return 'no peer'
  const resident = directory.resident(peer.namespace)
  return peer.namespace.host === namespace.host
    ? `peer ${resident ? 'resident' : 'host'} ${peer.link.name === link.name ? '' : 'other name'}`
    : `peer on ${peer.namespace.host}`
}

const isBad = ({ state }: Neighbour): string => (state === 'FAILED' || state === 'INCOMPLETE' ? 'bad' : 'good')
const TUNNELS: ReadonlySet<string> = new Set(['vxlan', 'geneve', 'gre', 'ipip', 'sit', 'wireguard', 'tun'])

/** An entry that says what asking would find: the device that has the address itself, and no other. */
function isPlain(directory: Directory, namespace: Namespace, entry: Neighbour): boolean {
  if (entry.proxy || entry.mac === undefined || isBad(entry) === 'bad') return false
  const type = namespace.links.get(entry.device)?.type
  if (type !== undefined && TUNNELS.has(type)) return false
  const owner = directory.owner(entry.address)
  const holder = directory.ownerOfMac(entry.mac)
  if (!owner || !holder) return false
  return (holder.namespace.addressesOf.get(holder.link.name) ?? []).some((known) => known.address === entry.address)
}

/** Groups and what a bridge learned of captured devices lead nowhere that the devices do not. */
function matters(directory: Directory, { mac, destination }: FdbEntry): boolean {
  if (destination !== undefined) return true
  return (Number.parseInt(mac.slice(0, 2), 16) & 1) === 0 && !directory.ownerOfMac(mac)
}

/** Source port of a request, a tunnel's source port, and the id of a ping: entries with these may be met by what the matrix sends. */
const ASKED_PORTS: ReadonlySet<number> = new Set([45678, 49152, 1])
const isAsked = ({ original, reply }: { readonly original: Tuple; readonly reply: Tuple }): boolean =>
  [original, reply].some((tuple) => ASKED_PORTS.has(tuple.sport) || ASKED_PORTS.has(tuple.dport))
interface Tuple {
  readonly src: Address
  readonly sport: number
  readonly dport: number
}
