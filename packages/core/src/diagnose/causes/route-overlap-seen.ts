import type { Document } from '../../intake/document.ts'
import { type Address, formatAddress } from '../../net/address.ts'
import { contains, formatPrefix, type Prefix, parsePrefix } from '../../net/prefix.ts'
import { prefixText } from '../elimination/ranges.ts'
import type { Observation, PacketsSeen, SeenFlow } from '../observations/observation.ts'
import type { Scene } from '../scene.ts'
import type { Because, Cause, Suspect } from './cause.ts'

/** A network of containers or pods, with what tells of it. */
interface Range {
  readonly prefix: Prefix
  readonly owner: string
  readonly because: Because
}

/** Devices that a VPN makes; a container's network is never behind one. */
const VPN = /^(?:tailscale|wg|tun|tap|utun|ppp|zt|nebula|netmaker|nm-|warp|gpd|cscotun|ipsec|vpn|headscale|wt\d)/
/** Devices that lead to containers of the same host. */
const OWN = /^(?:docker|br-|veth|cni|cali|lxc|cilium|flannel|vxlan|weave|kube|podman|lo$|virbr|any$)/

/**
 * The packets themselves show it, without a route or rule in the evidence: a capture line has a packet for a container's or pod's own network
 * leaving by a VPN's or the LAN's device. (What routes there are, is causes/path's to judge.)
 */
export const routeOverlapSeen: Cause = {
  id: 'route.overlap',
  suspects(scene: Scene): readonly Suspect[] {
    const seen = scene.observations.filter((one): one is PacketsSeen & { readonly id: string } => one.kind === 'packet')
    const ranges = containerRanges(scene)
    return seen.flatMap((one) => suspectOf(scene, one, ranges) ?? [])
  },
}

function suspectOf(scene: Scene, seen: PacketsSeen & { readonly id: string }, ranges: readonly Range[]): Suspect | undefined {
  if (seen.sighting === 'answered') return undefined
  const out = seen.interfaces.find(({ device, direction }) => direction === 'out' && !OWN.test(device))
  const dst = out?.flow.dst
  if (!out || dst === undefined) return undefined
  const range = ranges.find(({ prefix }) => contains(prefix, dst))
  if (!range || (!VPN.test(out.device) && routesKnown(scene, seen.host))) return undefined
  const vpn = VPN.test(out.device)
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
    likelihood: vpn ? 0.92 : 0.55,
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

/** Networks of containers and pods, as Docker's objects, its DNAT rules or the notes name them; docker0's default where Docker translates into it. */
function containerRanges(scene: Scene): readonly Range[] {
  return [...fromObjects(scene.documents), ...fromNotes(scene.documents), ...fromTranslations(scene.documents)]
}

const fromObjects = (documents: readonly Document[]): readonly Range[] =>
  documents.flatMap(({ content }) =>
    content.kind !== 'docker-network'
      ? []
      : content.objects.flatMap(({ name, subnets, source }) =>
          subnets.map(
            ({ subnet }): Range => ({
              prefix: subnet,
              owner: `Docker's network ${name}`,
              because: { text: `${formatPrefix(subnet)} is Docker's network ${name}`, source },
            }),
          ),
        ),
  )

function fromNotes(documents: readonly Document[]): readonly Range[] {
  return documents.flatMap(({ content, text, file }) => {
    if (content.kind !== 'recognised' || content.format !== 'notes' || text === undefined) return []
    return text.split('\n').flatMap((line, i) => {
      const found = line.length < 400 ? prefixText(line) : undefined
      const prefix = found && parsePrefix(found.prefix)
      return prefix
        ? [
            {
              prefix,
              owner: found.owner,
              because: { text: `the notes name ${found.prefix} as ${found.owner}'s`, source: { file, line: i + 1 } },
            },
          ]
        : []
    })
  })
}

const DOCKER0: Prefix = { address: 0xac110000, length: 16 }

/** `DNAT … to:172.17.0.4:5678` in a chain of Docker's tells that the address is a container's. */
function fromTranslations(documents: readonly Document[]): readonly Range[] {
  return documents.flatMap(({ content, file }) => {
    if (content.kind !== 'iptables') return []
    return content.ruleset.tables.flatMap(({ chains }) =>
      (chains.get('DOCKER')?.rules ?? []).flatMap((rule): readonly Range[] => {
        const text = [rule.text, ...rule.opaque].join(' ')
        const to = /(?:to:|--to-destination )((?:\d{1,3}\.){3}\d{1,3})/.exec(text)?.[1]
        const prefix = to === undefined ? undefined : parsePrefix(`${to}/16`)
        if (!prefix) return []
        const address: Address = prefix.address
        const owner = address === DOCKER0.address ? "Docker's default network (docker0)" : "a network of Docker's"
        return [
          {
            prefix,
            owner,
            because: {
              text: `Docker translates to ${to}, so that it is a container's address: ${text}`,
              source: { file, line: rule.line },
            },
          },
        ]
      }),
    )
  })
}
