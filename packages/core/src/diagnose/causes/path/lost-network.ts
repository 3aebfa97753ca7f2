import type { Change } from '../../../model/change/change.ts'
import { namespaceIn } from '../../../model/model.ts'
import { isUp, type Namespace } from '../../../model/namespace.ts'
import { formatAddress } from '../../../net/address.ts'
import { contains, formatPrefix, network } from '../../../net/prefix.ts'
import type { Blame } from '../../blame.ts'
import type { Scene } from '../../scene.ts'
import type { Family, Suspect } from '../cause.ts'
import { accuse, quoted } from '../suspect.ts'
import { translationsOf } from './translation.ts'

/** The network of an address: gone with a device that is down, or of a bridge that has nobody on it. */
export const LOST_NETWORK: Family = {
  finds: ['host.interface-down', 'route.overlap'],
  suspects: (scene) => scene.blames.flatMap((blame) => [...fallen(scene, blame), ...(deserted(scene, blame) ?? [])]),
}

/** fib_disable_ip(): a device that goes down takes the routes of its addresses with it, and the next longer way takes the packet. */
function fallen(scene: Scene, blame: Blame): readonly Suspect[] {
  const { part } = blame
  const passed = new Set(part.steps.filter(({ kind }) => kind === 'route').map((step) => namespaceIn(scene.model, step)))
  return [...passed].flatMap((at) => {
    return at
      ? ownNetworks(at, part.packet.dst).flatMap(({ device, prefix, source }) => {
          const link = at.links.get(device)
          const isThere = at.fib.ip.routes.some(({ type, nextHops }) => type === 'unicast' && nextHops.some((hop) => hop.device === device))
          if (!link || isUp(link) || isThere) return []
          const spot = { host: at.host, netns: at.name }
          const back: Change[] = [
            { kind: 'link', at: spot, device, set: { up: true } },
            { kind: 'route-added', at: spot, text: `${prefix} dev ${device} proto kernel scope link` },
          ]
          return [
            accuse('host.interface-down', blame, {
              where: { ...spot, object: `device ${device} is down`, source: link.source },
              because: [
                {
                  text: `${device} has the network ${prefix} of ${formatAddress(part.packet.dst)}, and is down: its route is gone`,
                  source,
                },
              ],
              likelihood: 0.95,
              without: back,
            }),
          ]
        })
      : []
  })
}

function ownNetworks({ addresses }: Namespace, dst: Blame['part']['packet']['dst']) {
  return addresses.flatMap(({ device, address, prefixLength, source }) => {
    const own = network(address, prefixLength)
    return prefixLength < 32 && contains(own, dst) ? [{ device, prefix: formatPrefix(own), source }] : []
  })
}

/** Docker, or a network plugin, chose the range of a network that lies behind a router: whoever is meant there is sought on an empty bridge. */
function deserted({ model }: Scene, blame: Blame): readonly Suspect[] | undefined {
  const { part, step } = blame
  const { interface: device } = part.at
  const at = namespaceIn(model, part.at)
  const isSilent = blame.kind === 'stopped' && (part.reason === 'no-neighbour' || part.reason === 'link-down')
  if (!at || !isSilent || model.owners.has(part.packet.dst) || translationsOf(part.steps).length > 0) return undefined
  if (at.links.get(device)?.type !== 'bridge' || (at.portsOf.get(device)?.length ?? 0) > 0) return undefined
  const route = at.fib[part.packet.family].routes.find(
    ({ nextHops, destination, type }) =>
      type === 'unicast' &&
      destination.length > 0 &&
      contains(destination, part.packet.dst) &&
      nextHops.some((hop) => hop.device === device),
  )
  if (!route) return undefined
  return [
    accuse('route.overlap', blame, {
      where: { host: at.host, netns: at.name, object: `route ${route.text}`, source: route.source },
      because: [
        { text: `${device} has the network ${formatPrefix(route.destination)}, and nobody is on it: ${route.text}`, source: route.source },
        ...(step ? [quoted(`${formatAddress(part.packet.dst)} is sought there`, step)] : []),
      ],
      likelihood: 0.9,
      without: [{ kind: 'route-removed', route: { source: route.source, text: route.text } }],
    }),
  ]
}
