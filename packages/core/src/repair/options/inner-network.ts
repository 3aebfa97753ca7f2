import type { Route } from '../../facts/network.ts'
import type { Namespace } from '../../model/namespace.ts'
import { type Address, familyOf } from '../../net/address.ts'
import { contains } from '../../net/prefix.ts'

/** Bridges that container programs make for their networks. */
const isInner = (device: string): boolean => /^(docker|br-|cni|cbr|virbr|podman)/.test(device)

/** The connected route to the network of containers or pods that an address belongs to. */
export function innerNetwork(at: Namespace, address: Address): Route | undefined {
  return at.fib[familyOf(address)].routes.find(
    ({ destination, protocol, scope, nextHops }) =>
      protocol === 'kernel' &&
      scope === 'link' &&
      destination.length > 0 &&
      contains(destination, address) &&
      nextHops[0]?.device !== undefined &&
      isInner(nextHops[0].device),
  )
}
