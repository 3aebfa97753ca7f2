import type { RouteType } from '../facts/network.ts'
import type { Namespace } from '../model/namespace.ts'
import type { Address } from '../net/address.ts'
import { isLimitedBroadcast, isMulticast, isZeroNetwork } from '../net/special.ts'
import { type Unknown, unknown } from '../netfilter/decision.ts'
import type { AddressFlow, AddressType, FibOracle } from '../netfilter/scene.ts'

/** What rules can ask the routing tables of a namespace. */
export function fibOracle(namespace: Namespace): FibOracle {
  return {
    addressType: (address, device, flow) =>
      typeof address === 'number' ? type4(namespace, address, device) : type6(namespace, address, device, flow),
    lookup({ src, dst, iif, oif, mark, tos, protocol = 0 }) {
      const family = typeof dst === 'number' ? 'ip' : 'ip6'
      const result = namespace.fib[family].lookup({ src, dst, iif: iif ?? 'lo', oif, mark, tos, protocol, sport: 0, dport: 0 })
      if (result.kind === 'none') return undefined
      if (result.kind === 'unknown') return unknown(result.why, result.evidence)
      if (result.kind === 'refused') return { type: typeName(result.type), device: undefined }
      return { type: typeName(result.route.type), device: result.nextHops[0]?.device }
    },
  }
}

const typeName = (type: RouteType): AddressType => type.toUpperCase() as AddressType

const UNSEEN = unknown('the addresses of the host were not captured', 'ip-addr.json')
/** `ip route` tells addresses too: by the sources of its connected routes, if not by table local. */
const areAddressesKnown = ({ evidence }: Namespace): boolean => evidence.has('ip-addr') || evidence.has('ip-route')

/** inet_addr_type_dev_table(): the local table alone; an address that is not there is UNICAST. */
function type4(namespace: Namespace, address: Address, device: string | undefined): AddressType | Unknown {
  if (isZeroNetwork(address) || isLimitedBroadcast(address)) return 'BROADCAST'
  if (isMulticast(address)) return 'MULTICAST'
  const rule = namespace.fib.ip.rules[0]
  const result = rule
    ? namespace.fib.ip.lookupTable(
        'local',
        { src: undefined, dst: address, iif: 'lo', mark: 0, tos: 0, protocol: 0, sport: 0, dport: 0 },
        rule,
      )
    : 'next-rule'
  if (result === 'next-rule' || result.kind !== 'route') return areAddressesKnown(namespace) ? 'UNICAST' : UNSEEN
  return device === undefined || result.nextHops.some((hop) => hop.device === device) ? typeName(result.route.type) : 'UNICAST'
}

/** match_lookup_rt6() of xt_addrtype.c; where a flow is `asked` for, __nft_fib6_eval_type(). */
function type6(namespace: Namespace, address: Address, device: string | undefined, asked: AddressFlow | undefined): AddressType | Unknown {
  if (isMulticast(address)) return 'MULTICAST'
  if (address === 0n && !asked) return 'UNSPEC'
  if (device !== undefined && (namespace.addressesOf.get(device) ?? []).some((entry) => entry.address === address)) return 'LOCAL'
  const flow = { src: undefined, mark: 0, tos: 0, protocol: 0, ...asked, dst: address, iif: 'lo', sport: 0, dport: 0 }
  const result = namespace.fib.ip6.lookup(asked || device === undefined ? flow : { ...flow, oif: device, strict: true })
  if (result.kind === 'unknown') return unknown(result.why, result.evidence)
  if (result.kind === 'refused' && asked) return typeName(result.type)
  if (result.kind !== 'route') return 'UNREACHABLE'
  if (address === 0n) return 'UNSPEC'
  return device !== undefined && result.route.type === 'local' ? 'UNICAST' : typeName(result.route.type)
}
