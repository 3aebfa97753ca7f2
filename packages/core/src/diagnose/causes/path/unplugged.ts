import type { Change, Spot } from '../../../model/change/change.ts'
import { type Model, type Port, portKey } from '../../../model/model.ts'
import { isUp, type Namespace } from '../../../model/namespace.ts'
import { familyOf, formatAddress } from '../../../net/address.ts'
import { contains, formatPrefix, network } from '../../../net/prefix.ts'
import type { Blame } from '../../blame.ts'
import type { Scene } from '../../scene.ts'
import type { Cause, Fault, Suspect } from '../cause.ts'
import { accuse } from '../suspect.ts'

/** A container's or pod's link to its host is down, in no bridge, or in a bridge that is down or has no address. */
export const UNPLUGGED: Cause = {
  id: 'host.interface-down',
  suspects: (scene) => scene.blames.flatMap((blame) => unpluggedOf(scene, blame)),
}

/** What is wrong with the links of the namespaces that a blame's packet comes from, passes, or is meant for. */
export function unpluggedOf({ model }: Scene, blame: Blame): readonly Suspect[] {
  if (blame.kind !== 'stopped' && blame.kind !== 'no-answer' && blame.kind !== 'wrong-answer') return []
  return [...guestsOf(model, blame)].flatMap((guest) =>
    guest.addresses.flatMap(({ address, device, prefixLength }) => {
      const theirs = guest.links.get(device)
      const ours = model.peers.get(portKey(guest, device))
      if (!theirs || !ours || ours.namespace.name !== '') return []
      const broken = linkDown(guest, device, ours) ?? inNoBridge(ours, address) ?? bridgeOff(guest, ours, address, prefixLength)
      return broken
        ? [
            accuse('host.interface-down', blame, {
              where: broken.where,
              because: [{ text: broken.text, source: broken.where.source }],
              likelihood: 0.95,
              without: [...broken.without, ...unanswered(guest, device), ...unanswered(ours.namespace, ours.link.master ?? ours.link.name)],
            }),
          ]
        : []
    }),
  )
}

/** Neighbours that were given up while the link was as it is: nobody need be missing there. */
const unanswered = ({ host, name, neighbours }: Namespace, wanted: string): readonly Change[] =>
  neighbours
    .filter(({ device, state }) => device === wanted && (state === 'FAILED' || state === 'INCOMPLETE'))
    .map(({ device, address }) => ({ kind: 'neighbour-removed', at: { host, netns: name }, device, address: formatAddress(address) }))

interface Broken {
  readonly where: Fault
  readonly text: string
  readonly without: readonly Change[]
}

function guestsOf(model: Model, { outcome, part }: Blame): ReadonlySet<Namespace> {
  const passed = [outcome.at, part.at, ...outcome.steps, ...part.steps].flatMap(
    ({ host, netns }) => model.byId.get(`${host}/${netns}`) ?? [],
  )
  const meant = [outcome.packet.dst, part.packet.dst].flatMap((dst) => model.owners.get(dst) ?? []).map(({ namespace }) => namespace)
  return new Set([...passed, ...meant].filter(({ name }) => name !== ''))
}

const spotOf = ({ host, name }: Namespace): Spot => ({ host, netns: name })
const up = (at: Spot, device: string): Change => ({ kind: 'link', at, device, set: { up: true } })

function linkDown(guest: Namespace, device: string, ours: Port): Broken | undefined {
  const theirs = guest.links.get(device)
  if (!theirs || (isUp(theirs) && isUp(ours.link))) return undefined
  const [at, link] = isUp(theirs) ? [ours.namespace, ours.link] : [guest, theirs]
  return {
    where: { ...spotOf(at), object: `device ${link.name} is down`, source: link.source },
    text: `${link.name}, ${at === guest ? `the device of ${guest.id}` : `the link to ${guest.id}`}, is down`,
    without: [up(spotOf(guest), device), up(spotOf(ours.namespace), ours.link.name)],
  }
}

/** A link that is routed to has addresses or routes of its own; one that was a bridge's port has nothing without it. */
function inNoBridge({ namespace: host, link }: Port, address: Parameters<typeof familyOf>[0]): Broken | undefined {
  const bridge = bridgeFor(host, address)
  const { routes } = host.fib[familyOf(address)]
  if (link.master !== undefined || bridge === undefined || host.addressesOf.get(link.name)?.some((own) => own.family === 'ip'))
    return undefined
  if (
    routes.some(
      ({ nextHops, protocol, type }) => type === 'unicast' && protocol !== 'kernel' && nextHops.some((hop) => hop.device === link.name),
    )
  )
    return undefined
  return {
    where: { ...spotOf(host), object: `device ${link.name} is no port of ${bridge}`, source: link.source },
    text: `${link.name}, the link to ${formatAddress(address)}, is not plugged into ${bridge}`,
    without: [{ kind: 'link', at: spotOf(host), device: link.name, set: { master: bridge } }],
  }
}

/** The bridge that has the network of an address. */
const bridgeFor = ({ addresses, links }: Namespace, wanted: Parameters<typeof familyOf>[0]): string | undefined =>
  addresses.find(
    ({ device, address, prefixLength }) => links.get(device)?.type === 'bridge' && contains(network(address, prefixLength), wanted),
  )?.device

function bridgeOff(
  guest: Namespace,
  { namespace: host, link }: Port,
  address: Parameters<typeof familyOf>[0],
  length: number,
): Broken | undefined {
  const bridge = link.master === undefined ? undefined : host.links.get(link.master)
  if (!bridge) return undefined
  const family = familyOf(address)
  const own = (host.addressesOf.get(bridge.name) ?? []).filter((one) => one.family === family)
  const at = spotOf(host)
  const routed = (prefix: string): Change => ({ kind: 'route-added', at, text: `${prefix} dev ${bridge.name} proto kernel scope link` })
  if (!isUp(bridge))
    return {
      where: { ...at, object: `device ${bridge.name} is down`, source: bridge.source },
      text: `${bridge.name}, the bridge of ${guest.id}, is down`,
      without: [up(at, bridge.name), up(at, link.name), ...own.map((one) => routed(formatPrefix(network(one.address, one.prefixLength))))],
    }
  const gateway = gatewayOf(guest, host, address, length)
  if (own.length > 0 || gateway === undefined) return undefined
  return {
    where: { ...at, object: `device ${bridge.name} has no address`, source: bridge.source },
    text: `${bridge.name}, the bridge of ${guest.id}, has no address, and ${guest.id} has ${gateway} for its router`,
    without: [
      { kind: 'address-added', at, device: bridge.name, address: `${gateway}/${length}` },
      routed(formatPrefix(network(address, length))),
    ],
  }
}

/** The router that a namespace has on its own network, and which its host does not own. */
function gatewayOf(guest: Namespace, host: Namespace, address: Parameters<typeof familyOf>[0], length: number): string | undefined {
  const own = network(address, length)
  const via = guest.fib[familyOf(address)].routes.flatMap(({ nextHops }) => nextHops[0]?.via ?? []).find((hop) => contains(own, hop))
  return via === undefined || host.owned.has(via) ? undefined : formatAddress(via)
}
