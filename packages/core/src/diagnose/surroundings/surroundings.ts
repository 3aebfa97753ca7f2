import type { InterfaceAddress, Link, Route } from '../../facts/network.ts'
import type { Source } from '../../facts/source.ts'
import type { Content, Document } from '../../intake/document.ts'
import { nameOfHost } from '../../model/host-name.ts'
import { type Address, parseAddress } from '../../net/address.ts'
import { contains, type Prefix } from '../../net/prefix.ts'
import { isLoopback } from '../../net/special.ts'
import type { Observed } from '../observations/observation.ts'
import { impliedNetworks, memberOf } from './networks.ts'
import { outsideOf, podNetworks } from './pod-networks.ts'
import { uplinkOf } from './uplink.ts'

/**
 * People paste the rules and leave out `ip addr` and `ip route`. What every such host has is put in their place: the bridges that its own
 * masquerading rules name, a way out, and br_netfilter on, as Docker and kubelet have it. Only for hosts that notes tell of: a bundle that
 * lacks a file is asked for it. What is assumed bears the line that it rests on.
 */
export function withSurroundings(documents: readonly Document[], observed: readonly Observed[]): readonly Document[] {
  const notes = new Set(documents.filter(({ content }) => isNotes(content)).map(({ file }) => file))
  if (notes.size === 0) return documents
  const fallback = nameOfHost(documents)
  const hosts = new Map<string, Document[]>()
  for (const document of documents) {
    if (!notes.has(document.file) || document.place.netns !== '' || !STATE.has(document.content.kind)) continue
    const host = document.place.host ?? fallback
    hosts.set(host, [...(hosts.get(host) ?? []), document])
  }
  const own = hosts.size === 1 ? targetsFromOutside(observed) : []
  const docker = hosts.size === 1 && observed.some(isOfContainer)
  return [...documents, ...[...hosts].flatMap(([host, state]) => assumedOf(host, state, own, docker))]
}

const isNotes = (content: Content): boolean => content.kind === 'recognised' && content.format === 'notes'
const STATE: ReadonlySet<Content['kind']> = new Set([
  'iptables',
  'nft',
  'ip-addr',
  'ip-route',
  'ip-rule',
  'ip-neigh',
  'sysctl',
  'ss',
  'conntrack',
])

/** Somebody tried from a container, or packets of one were seen. */
const isOfContainer = (one: Observed): boolean =>
  ((one.kind === 'works' || one.kind === 'fails') && one.attempt.from?.startsWith('container/') === true) ||
  (one.kind === 'packet' && one.flow?.src !== undefined && contains(DOCKER0.prefix, one.flow.src))

/** Addresses that somebody outside tried: the host's own, where there is but one. */
const targetsFromOutside = (observed: readonly Observed[]): readonly Address[] =>
  observed.flatMap((one) => {
    if ((one.kind !== 'works' && one.kind !== 'fails') || one.attempt.from !== 'outside') return []
    const address = parseAddress(one.attempt.to.replace(/:\d+(?:\/\w+)?$|\/\w+$/, ''))
    return typeof address === 'number' && !isLoopback(address) ? [address] : []
  })

function assumedOf(host: string, state: readonly Document[], targets: readonly Address[], docker: boolean): readonly Document[] {
  const file = state[0]?.file ?? ''
  const document = (content: Content): Document => ({ place: { host, netns: '' }, file, content, notes: [], partial: true })
  const known = state.flatMap(({ content }) => (content.kind === 'ip-addr' ? content.addresses : []))
  const links = state.flatMap(({ content }) => (content.kind === 'ip-addr' || content.kind === 'ip-link' ? content.links : []))
  const routes = state.flatMap(({ content }) => (content.kind === 'ip-route' ? content.routes : []))
  const rules = state.some(({ content }) => content.kind === 'iptables' || content.kind === 'nft')
  const uplink = uplinkOf(state, known, links)
  const source = uplink.source ?? { file, line: 1 }
  const bare = known.length === 0 && routes.length === 0
  const made = bare && rules ? surrounding(state, uplink.device, targets, source, docker) : undefined
  const addresses = made?.addresses ?? known
  return [
    ...(made ? [document({ kind: 'ip-addr', ...made })] : []),
    ...(routes.length === 0 && addresses.some(({ device }) => device !== 'lo')
      ? [document({ kind: 'ip-route', routes: routesOf(state, uplink.device, source), complete: false })]
      : []),
    ...(rules && !asksForBridges(state) ? [document({ kind: 'sysctl', values: BRIDGED })] : []),
  ]
}

/** More than a few settings were shown, or this one: what is not among them is not there. */
const LISTED = 8
const asksForBridges = (state: readonly Document[]): boolean =>
  state.some(({ content }) => content.kind === 'sysctl' && (content.values.size >= LISTED || content.values.has(CALLS)))
const CALLS = 'net.bridge.bridge-nf-call-iptables'
const BRIDGED: ReadonlyMap<string, { readonly value: string; readonly line: number }> = new Map([[CALLS, { value: '1', line: 0 }]])

/** Where Docker puts its first bridge, unless it is told otherwise. */
const DOCKER0 = { device: 'docker0', prefix: { address: 0xac110000, length: 16 } } as const

/** A stand-in for the host's own address, where nothing tells it: TEST-NET-1. */
const ANY_HOST = 0xc0000205

function surrounding(
  state: readonly Document[],
  uplink: string,
  targets: readonly Address[],
  source: Source,
  docker: boolean,
): { readonly links: readonly Link[]; readonly addresses: readonly InterfaceAddress[] } {
  const implied = impliedNetworks(state).filter(({ device }) => device !== uplink)
  const networks = implied.length === 0 && docker ? [{ ...DOCKER0, source }] : implied
  const inside = (address: Address): boolean => networks.some(({ prefix }) => contains(prefix, address))
  const own = targets.find((address) => !inside(address) && !isTranslated(state, address)) ?? ANY_HOST
  return {
    links: [
      linkOf('lo', undefined, source),
      linkOf(uplink, undefined, source),
      ...networks.flatMap((one) => [linkOf(one.device, 'bridge', one.source), portOf(one.device, one.source)]),
    ],
    addresses: [
      addressOf('lo', 0x7f000001, 8, 'host', source),
      addressOf(uplink, own, 24, 'global', source),
      ...networks.map((one) => addressOf(one.device, memberOf(one.prefix, 1), one.prefix.length, 'global', one.source)),
    ],
  }
}

/** A cluster IP is nobody's: `-d 10.96.0.1/32 … -j KUBE-SVC-`. */
const isTranslated = (state: readonly Document[], address: Address): boolean =>
  state.some(
    ({ content }) =>
      content.kind === 'iptables' &&
      content.ruleset.tables.some(({ chains }) =>
        chains.get('KUBE-SERVICES')?.rules.some(({ text }) => text.includes(`-d ${dotted(address)}/32`)),
      ),
  )

const dotted = (address: Address): string =>
  typeof address === 'number' ? [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join('.') : ''

const linkOf = (name: string, type: string | undefined, source: Source): Link => ({
  index: 0,
  name,
  flags: name === 'lo' ? ['LOOPBACK', 'UP', 'LOWER_UP'] : ['BROADCAST', 'MULTICAST', 'UP', 'LOWER_UP'],
  mtu: undefined,
  state: 'UP',
  mac: undefined,
  master: undefined,
  peerIndex: undefined,
  peerName: undefined,
  peerNetnsId: undefined,
  peerNetns: undefined,
  type,
  linkType: undefined,
  group: undefined,
  promiscuous: false,
  source,
})

/** Something hangs on the bridge: what tried, or what the rules lead to. */
const portOf = (bridge: string, source: Source): Link => ({ ...linkOf(`veth.${bridge}`.slice(0, 15), 'veth', source), master: bridge })

const addressOf = (
  device: string,
  address: Address,
  prefixLength: number,
  scope: InterfaceAddress['scope'],
  source: Source,
): InterfaceAddress => ({
  device,
  family: 'ip',
  address,
  prefixLength,
  scope,
  broadcast: undefined,
  peer: undefined,
  secondary: false,
  deprecated: false,
  tentative: false,
  label: undefined,
  source,
})

/** A way out for whatever is not known to be a pod's: where those are, only the routes themselves tell. */
function routesOf(state: readonly Document[], uplink: string, source: Source): readonly Route[] {
  return outsideOf(podNetworks(state)).map((prefix) => routeOf(prefix, uplink, source))
}

const routeOf = (destination: Prefix, device: string, source: Source): Route => ({
  family: 'ip',
  type: 'unicast',
  destination,
  table: 'main',
  nextHops: [{ device, via: undefined, weight: 1, onlink: false, flags: [] }],
  source,
  protocol: undefined,
  scope: undefined,
  preferredSource: undefined,
  metric: 0,
  tos: 0,
  mtu: undefined,
  extra: ['assumed'],
  text: '',
})
