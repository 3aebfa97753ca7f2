import type { InterfaceAddress } from '../facts/network.ts'
import type { Address, IPv6Address } from '../net/address.ts'
import { contains, network } from '../net/prefix.ts'
import { isLinkLocal, isLoopback, isMulticast } from '../net/special.ts'
import type { Namespace } from './namespace.ts'

/** enum rt_scope_t: wider scopes are smaller numbers. */
const SCOPE = { global: 0, site: 200, link: 253, host: 254, nowhere: 255 } as const

/**
 * inet_select_addr(): the IPv4 address that a device speaks with towards `towards`: the first primary address on its network, else the first
 * primary one, else one of any other device. undefined: there is none.
 */
export function selectSource(
  namespace: Namespace,
  device: string,
  towards: Address | undefined,
  scope: keyof typeof SCOPE = 'global',
): Address | undefined {
  const usable = (list: readonly InterfaceAddress[]) =>
    list.filter((entry) => entry.family === 'ip' && !entry.secondary && SCOPE[entry.scope] <= SCOPE[scope])
  const own = usable(namespace.addressesOf.get(device) ?? [])
  const near =
    towards === undefined ? undefined : own.find((entry) => contains(network(entry.peer ?? entry.address, entry.prefixLength), towards))
  const chosen =
    near ?? own[0] ?? usable(namespace.addressesOf.get('lo') ?? []).find(notLinkScope) ?? usable(namespace.addresses).find(notLinkScope)
  return chosen?.address
}

const notLinkScope = (entry: InterfaceAddress): boolean => entry.scope !== 'link'

/** ipv6_dev_get_saddr(): RFC 6724 source selection, as far as an address list tells the attributes it compares. */
export function selectSource6(namespace: Namespace, device: string, destination: Address): Address | undefined {
  const onlyDevice = isMulticast(destination) || isLinkLocal(destination)
  let best: { entry: InterfaceAddress; score: readonly number[] } | undefined
  for (const entry of namespace.addresses) {
    if (entry.family !== 'ip6' || entry.tentative || isMulticast(entry.address)) continue
    if (onlyDevice && entry.device !== device) continue
    const score = scoreOf(entry, device, destination as IPv6Address)
    if (!best || greater(score, best.score)) best = { entry, score }
  }
  return best?.entry.address
}

function greater(a: readonly number[], b: readonly number[]): boolean {
  for (const [i, value] of a.entries()) if (value !== b[i]) return value > (b[i] as number)
  return false
}

function scoreOf(entry: InterfaceAddress, device: string, destination: IPv6Address): readonly number[] {
  const address = entry.address as IPv6Address
  const scope = scopeOf(address)
  const wanted = scopeOf(destination)
  return [
    Number(address === destination),
    scope >= wanted ? -scope : scope - 128,
    Number(!entry.deprecated),
    Number(entry.device === device),
    Number(labelOf(address) === labelOf(destination)),
    commonPrefix(address, destination, entry.prefixLength),
  ]
}

/** ipv6_addr_src_scope(): link-local 2, global 14. */
const scopeOf = (address: IPv6Address): number =>
  isLoopback(address) ? 1 : isLinkLocal(address) ? 2 : isMulticast(address) ? Number((address >> 112n) & 0xfn) : 14

/** Default policy table of RFC 6724 as net/ipv6/addrlabel.c has it. */
function labelOf(address: IPv6Address): number {
  if (address === 1n) return 0
  if (address >> 32n === 0xffffn) return 4
  if (address >> 32n === 0n) return 3
  if (address >> 112n === 0x2002n) return 2
  if (address >> 96n === 0x20010000n) return 6
  if (address >> 100n === 0x2001001n) return 7
  if (address >> 121n === 0x7en) return 5
  return 1
}

function commonPrefix(a: IPv6Address, b: IPv6Address, most: number): number {
  const difference = a ^ b
  const same = difference === 0n ? 128 : 128 - difference.toString(2).length
  return Math.min(same, most)
}
