import type { Link } from '../facts/network.ts'
import type { Namespace } from '../model/namespace.ts'
import { type Address, familyOf, formatAddress } from '../net/address.ts'
import { contains, network } from '../net/prefix.ts'
import { isLoopback } from '../net/special.ts'
import { assume } from './ground.ts'
import { type Journey, moved } from './journey.ts'

/** Where a tunnel is taken to lead whose neighbour and forwarding entries were not captured. */
export interface OtherEnd {
  readonly remote: Address
  readonly mac: string | undefined
  /** With the assumption told. */
  readonly journey: Journey
}

/** The captured host that has the next hop on a tunnel of the same network is the other end, by the address that it shares a network with. */
export function otherEndOf(journey: Journey, link: Link, nextHop: Address): OtherEnd | undefined {
  const { machine, world, ground } = journey
  const own = machine.namespace
  for (const { namespace, address } of world.model.owners.get(nextHop) ?? []) {
    const device = namespace.links.get(address.device)
    if (namespace === own || device?.type !== 'vxlan' || device.vxlan?.id !== link.vxlan?.id) continue
    const remote = sharedAddress(own, namespace, device.name)
    if (remote === undefined) continue
    const why = `The forwarding entries of ${link.name} on ${own.host} were not captured; ${formatAddress(nextHop)} is taken to be reached by ${namespace.host} (${formatAddress(remote)})`
    return { remote, mac: device.mac, journey: moved(journey, { ground: assume(ground, why) }) }
  }
  return undefined
}

function sharedAddress(from: Namespace, to: Namespace, except: string): Address | undefined {
  const networks = from.addresses.filter(({ address }) => !isLoopback(address))
  const near = to.addresses.find(
    ({ address, device }) =>
      device !== except &&
      !isLoopback(address) &&
      networks.some((own) => own.address !== address && contains(network(own.address, own.prefixLength), address) && own.prefixLength > 0),
  )
  return near && familyOf(near.address) === 'ip' ? near.address : undefined
}
