import type { Address } from '../../../net/address.ts'
import type { Maker } from '../observation.ts'
import type { Captured } from './captured.ts'
import type { Sight } from './sight.ts'

/** Time to live that systems begin with: Linux and BSD 64, Windows 128, routers and Solaris 255. */
const INITIAL = [64, 128, 255]

/**
 * Who really made a RST or an ICMP error. A firewall that rejects answers in the target's name: the packet then has passed no router
 * although the target lies behind one, bears the router's link-layer address, or leaves a host that it never came into.
 */
export function makerOf({ ip, mac, direction }: Sight, captured: Captured): Maker | undefined {
  const { arp, vantage } = captured
  const { src, ttl } = ip
  if (direction === 'out') {
    const own = vantage.addresses ?? (arp.own.size > 0 ? arp.own : undefined)
    return { at: 'self', hops: 0, mac: undefined, address: undefined, forged: own !== undefined && src !== undefined && !own.has(src) }
  }
  const hops = ttl === undefined ? undefined : hopsOf(ttl)
  const claimed = mac === undefined ? undefined : arp.byMac.get(mac)
  if (hops === undefined) return undefined
  if (hops > 0) return { at: 'behind', hops, mac, address: undefined, forged: false }
  const onLink = src !== undefined && (claimed ? claimed.has(src) : arp.answeredFor.has(src))
  const forged = !onLink && (claimed !== undefined || arp.answeredFor.size > 0)
  const address = forged ? only(claimed ?? arp.answeredFor) : undefined
  return { at: 'link', hops, mac, address, forged }
}

export const hopsOf = (ttl: number): number => (INITIAL.find((start) => start >= ttl) ?? 255) - ttl

const only = (addresses: ReadonlySet<Address>): Address | undefined => (addresses.size === 1 ? [...addresses][0] : undefined)
