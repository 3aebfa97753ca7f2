import type { FlowKey } from '../model/fib.ts'
import type { Namespace } from '../model/namespace.ts'
import type { Packet } from '../net/packet.ts'
import { type RouteRefusal, refusalOf, refuse } from './route-refusal.ts'

/** fib_validate_source(), __fib_validate_source(): martian sources and reverse-path filtering. `oif`: the device that it is forwarded to. */
export function validateSource(namespace: Namespace, packet: Packet, iif: string, oif = 'lo'): RouteRefusal | undefined {
  const { sysctls, fib } = namespace
  const strictness = sysctls.max(iif, 'rp_filter')
  const acceptLocal = sysctls.or(iif, 'accept_local')
  if (strictness === 0) {
    if (acceptLocal) return undefined
    if (!fib.ip.hasCustomRules && !hasCustomLocalRoutes(namespace))
      return namespace.owned.has(packet.src) ? refuse('martian', 'its source is an address of this host itself') : undefined
  }
  const mark = sysctls.or(iif, 'src_valid_mark') ? packet.mark : 0
  const back: FlowKey = {
    src: packet.dst,
    dst: packet.src,
    iif: oif,
    mark,
    tos: packet.tos,
    protocol: packet.protocol,
    sport: packet.dport,
    dport: packet.sport,
  }
  const result = fib.ip.lookup(back)
  const name = `net.ipv4.conf.{all,${iif}}.rp_filter is ${strictness}`
  if (result.kind === 'unknown') return strictness ? refusalOf(result, namespace) : undefined
  if (result.kind !== 'route') return strictness ? refuse('rp-filter', `there is no route back to its source, and ${name}`) : undefined
  const { route } = result
  if (route.type !== 'unicast' && !(route.type === 'local' && acceptLocal))
    return refuse('martian', 'its source is an address of this host itself, or a broadcast address', route)
  if (result.nextHops.some((hop) => hop.device === iif) || (route.type === 'local' && iif === 'lo')) return undefined
  const hasAddress = (namespace.addressesOf.get(iif) ?? []).some((address) => address.family === 'ip')
  if (!hasAddress)
    return strictness
      ? refuse('rp-filter', `the way back to its source leaves by ${route.nextHops[0]?.device}, and ${name}`, route)
      : undefined
  return strictness === 1
    ? refuse('rp-filter', `the way back to its source leaves by ${route.nextHops[0]?.device} and not by ${iif}, and ${name}`, route)
    : undefined
}

/** net->ipv4.fib_has_custom_local_routes: a local route that does not come from an address. */
function hasCustomLocalRoutes(namespace: Namespace): boolean {
  return namespace.customLocalRoutes
}
