import type { Socket } from '../../facts/network.ts'
import { type Address, familyOf, parseAddress } from '../../net/address.ts'
import { protocolNumber } from '../ip/names.ts'
import { portOf } from './services.ts'

export interface Endpoint {
  readonly family: Socket['family']
  /** undefined: any */
  readonly address: Address | undefined
  readonly port: number
  readonly device: string | undefined
}

/** ss(8) before 4.13 and netstat print IPv6 without brackets: `:::80`, and `*:80` then is IPv4. */
export const OLD_ANY = /(?:^|\s):::(?:\d+|\*|[a-z][\w-]*)(?:\s|$)/m

/**
 * `0.0.0.0%lo:53`, `[::]:80`, `*:80`, `[fe80::1]%eth0:546`, `:::80`. `[::]` is an IPv6 wildcard that takes no IPv4, `*` one that does:
 * inet_addr_print prints `*` for :: unless the socket is IPV6_V6ONLY.
 */
export function endpointOf(text: string, old: boolean, protocol: Socket['protocol']): Endpoint | undefined {
  const colon = text.lastIndexOf(':')
  if (colon < 0) return undefined
  const port = portNumber(text.slice(colon + 1), protocol)
  const host = hostOf(text.slice(0, colon))
  if (port === undefined || host === undefined) return undefined
  const { name, device } = host
  if (name === '*' || name === '') return { family: old ? 'ip' : 'any', address: undefined, port, device }
  const address = unmapped(parseAddress(name))
  if (address === undefined) return undefined
  const any = address === 0 || address === 0n
  const family = old && address === 0n ? 'any' : familyOf(address)
  return { family, address: any ? undefined : address, port, device }
}

/** The other end; its family is the socket's. */
export const peerOf = endpointOf

/** Address and device: `%` stands before or behind the closing bracket. */
function hostOf(text: string): { readonly name: string; readonly device: string | undefined } | undefined {
  const found = /^(?:\[([^\]%]*)(?:%([^\]]+))?\]|([^%[\]]*))(?:%(\S+))?$/.exec(text)
  return found ? { name: found[1] ?? found[3] ?? '', device: found[2] ?? found[4] } : undefined
}

function portNumber(text: string, protocol: Socket['protocol']): number | undefined {
  if (text === '*') return 0
  if (/^\d{1,5}$/.test(text)) return Number(text)
  return protocol === 'raw' || protocol === 'icmp' ? protocolNumber(text) : portOf(text, protocol)
}

/** `::ffff:192.0.2.1` is an IPv6 socket that speaks IPv4: packets carry the IPv4 address. */
function unmapped(address: Address | undefined): Address | undefined {
  return typeof address === 'bigint' && address >> 32n === 0xffffn ? Number(address & 0xffffffffn) : address
}
