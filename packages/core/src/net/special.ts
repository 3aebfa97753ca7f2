import type { Address } from './address.ts'
import { contains, type Prefix, parsePrefix } from './prefix.ts'

const prefixes = (...texts: string[]): readonly Prefix[] => texts.map((text) => parsePrefix(text) as Prefix)
const within = (list: readonly Prefix[]) => {
  const v4 = list.filter(({ address }) => typeof address === 'number')
  const v6 = list.filter(({ address }) => typeof address === 'bigint')
  return (address: Address): boolean => {
    for (const prefix of typeof address === 'number' ? v4 : v6) if (contains(prefix, address)) return true
    return false
  }
}

/** 127.0.0.0/8 and ::1 (ipv4_is_loopback, ipv6_addr_loopback). */
export const isLoopback = within(prefixes('127.0.0.0/8', '::1/128'))
/** 224.0.0.0/4 and ff00::/8. */
export const isMulticast = within(prefixes('224.0.0.0/4', 'ff00::/8'))
/** 0.0.0.0/8 (ipv4_is_zeronet) and ::. */
export const isZeroNetwork = within(prefixes('0.0.0.0/8', '::/128'))
export const isUnspecified = (address: Address): boolean => address === 0 || address === 0n
/** 255.255.255.255 (ipv4_is_lbcast). */
export const isLimitedBroadcast = (address: Address): boolean => address === 0xffffffff
/** 169.254.0.0/16 and fe80::/10. */
export const isLinkLocal = within(prefixes('169.254.0.0/16', 'fe80::/10'))
/** Addresses that the Internet does not route back to: RFC 1918, RFC 6598, RFC 4193, link-local. */
export const isPrivate = within(
  prefixes('10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', 'fc00::/7', '169.254.0.0/16', 'fe80::/10'),
)
