import { formatAddress } from '../../net/address.ts'
import { contains, formatPrefix } from '../../net/prefix.ts'
import { containerRanges, leadsToContainers, type Range } from '../elimination/container-ranges.ts'
import type { Observation, PacketsSeen, SeenFlow } from '../observations/observation.ts'
import type { Scene } from '../scene.ts'
import type { Cause, Suspect } from './cause.ts'

/** Devices that a VPN makes; a container's network is never behind one. */
const VPN = /^(?:tailscale|wg|tun|tap|utun|ppp|zt|nebula|netmaker|nm-|warp|gpd|cscotun|ipsec|vpn|headscale|wt\d)/
/**
 * The packets themselves show it, without a route or rule in the evidence: a capture line has a packet for a container's or pod's own network
 * leaving by a VPN's or the LAN's device. (What routes there are, is causes/path's to judge.)
 */
export const routeOverlapSeen: Cause = {
  id: 'route.overlap',
  suspects(scene: Scene): readonly Suspect[] {
    const seen = scene.observations.filter((one): one is PacketsSeen & { readonly id: string } => one.kind === 'packet')
    const ranges = containerRanges(scene.documents)
    return seen.flatMap((one) => suspectOf(scene, one, ranges) ?? [])
  },
}

function suspectOf(scene: Scene, seen: PacketsSeen & { readonly id: string }, ranges: readonly Range[]): Suspect | undefined {
  if (seen.sighting === 'answered') return undefined
  const out = seen.interfaces.find(({ device, direction }) => direction === 'out' && !leadsToContainers(device))
  const dst = out?.flow.dst
  if (!out || dst === undefined) return undefined
  const range = ranges.find(({ prefix }) => contains(prefix, dst))
  const vpn = VPN.test(out.device)
  if (!range || (!vpn && (range.kind === 'pods' || routesKnown(scene, seen.host)))) return undefined
  return {
    cause: 'route.overlap',
    where: {
      host: seen.host ?? '',
      netns: seen.netns,
      object: `a route to ${formatPrefix(range.prefix)} by ${out.device}, against ${range.owner}`,
      source: seen.source,
    },
    because: [
      {
        text: `a packet to ${formatAddress(dst)} was seen leaving by ${out.device}: ${seen.text}`,
        source: seen.source,
        observation: seen.id,
      },
      range.because,
      ...(vpn ? [{ text: `${out.device} is a VPN's device: its routes take what ${range.owner} should get` }] : []),
    ],
    against: [],
    // pods of other nodes may be reached by a VPN on purpose
    likelihood: !vpn ? 0.55 : range.kind === 'docker' ? 0.92 : 0.4,
    explains: explained(scene.observations, out.flow, seen.id),
  }
}

/** Where the routes are in the evidence, the model says which device is right. */
const routesKnown = (scene: Scene, host: string | undefined): boolean =>
  scene.model.namespaces.some(
    (namespace) => namespace.name === '' && (host === undefined || namespace.host === host) && namespace.evidence.has('ip-route'),
  )

function explained(observations: readonly Observation[], flow: SeenFlow, id: string): readonly string[] {
  const to = flow.dst === undefined ? '' : formatAddress(flow.dst)
  const failing = observations.filter((one) => one.kind === 'fails' && one.attempt.to.includes(to) && to !== '')
  return [id, ...failing.map((one) => one.id)]
}
