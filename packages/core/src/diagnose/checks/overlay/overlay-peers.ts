import { formatAddress } from '../../../net/address.ts'
import { formatPrefix } from '../../../net/prefix.ts'
import { because, type Check, type Examined, type Found, missing, seen, together } from '../check.ts'
import { announcedAddress, type FlannelHost, flannelHosts } from './flannel.ts'

/** The way from each node to the pods of each other: route, link address, and where the tunnel sends that link address. */
export const overlayPeers: Check = {
  id: 'overlay-peers',
  holds: 'every node’s route, neighbour and forwarding entries lead to the other nodes’ overlay devices',
  why: 'pods of that node cannot be reached from here',
  evidence: [
    'hosts/HOST/ip-route.json',
    'hosts/HOST/bridge-fdb.json',
    'hosts/HOST/ip-link.json',
    'hosts/HOST/files/run/flannel/subnet.env',
  ],
  causes: ['route.missing', 'route.wrong', 'overlay.endpoint'],
  runbook: 'overlay-light-repair',
  run(scene) {
    const all = flannelHosts(scene).filter(({ vtep }) => vtep?.type === 'vxlan')
    return together(all.flatMap((from) => all.flatMap((to) => (from === to || !to.lease?.subnet ? [] : [between(from, to)]))))
  },
}

function between(from: FlannelHost, to: FlannelHost): Examined {
  const { root, folder } = from.host
  const subnet = to.lease?.subnet
  if (!subnet || !root.evidence.has('ip-route')) return missing(`${folder}/ip-route.json`)
  const found = root.fib.ip.lookup({ src: undefined, dst: subnet.address, iif: 'lo', mark: 0, tos: 0, protocol: 0, sport: 0, dport: 0 })
  if (found.kind === 'unknown') return missing(`${folder}/ip-route.json`)
  const hop = found.kind === 'route' ? found.nextHops[0] : undefined
  // On one wire flannel may be told to route directly.
  const direct = hop?.via !== undefined && to.host.root.owned.has(hop.via) && hop.device !== from.vtep?.name
  const fault = (cause: 'route.missing' | 'route.wrong', text: string, route?: Found['because'][number]): Examined =>
    seen({
      severity: 'error',
      cause,
      host: from.host.name,
      object: formatPrefix(subnet),
      text,
      because: [
        ...(route ? [route] : []),
        because(`${to.host.name} has leased ${formatPrefix(subnet)}`, to.lease?.source('FLANNEL_SUBNET')),
      ],
    })
  if (!hop || (found.kind === 'route' && found.route.destination.length < subnet.length))
    return fault('route.missing', `${from.host.name} has no route to ${formatPrefix(subnet)}, the pods of ${to.host.name}`)
  if (direct) return seen()
  const route = found.kind === 'route' ? because(found.route.text, found.route.source) : undefined
  if (hop.device !== from.vtep?.name)
    return fault(
      'route.wrong',
      `the route to ${formatPrefix(subnet)}, the pods of ${to.host.name}, leaves by ${hop.device} and not by ${from.vtep?.name}`,
      route,
    )
  return forwarding(from, to)
}

/** The link address of the other's device, and the tunnel endpoint that it is sent to. */
function forwarding(from: FlannelHost, to: FlannelHost): Examined {
  const { root, folder } = from.host
  const mac = to.vtep?.mac?.toLowerCase()
  if (mac === undefined) return missing(`${to.host.folder}/ip-link.json`)
  if (!root.evidence.has('bridge-fdb')) return missing(`${folder}/bridge-fdb.json`)
  const entries = root.fdb.filter(
    (entry) => entry.device === from.vtep?.name && entry.mac.toLowerCase() === mac && entry.destination !== undefined,
  )
  const own = to.host.root.owned
  const announced = announcedAddress(to.host)
  const right = entries.some(({ destination }) => destination !== undefined && (own.has(destination) || destination === announced))
  if (right) return seen()
  const [wrong] = entries
  return seen({
    severity: 'error',
    cause: 'overlay.endpoint',
    host: from.host.name,
    object: from.vtep?.name ?? 'flannel.1',
    text: wrong?.destination
      ? `${from.host.name} sends packets for ${to.host.name}’s overlay device to ${formatAddress(wrong.destination)}, which is no address of ${to.host.name}`
      : `${from.host.name} has no forwarding entry for ${mac}, the overlay device of ${to.host.name}`,
    because: [
      ...(wrong ? [because(`fdb: ${mac} dst ${wrong.destination ? formatAddress(wrong.destination) : '-'}`, wrong.source)] : []),
      because(`${to.vtep?.name} of ${to.host.name} has ${mac}`, to.vtep?.source),
    ],
  })
}
