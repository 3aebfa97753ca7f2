import { familyOf, formatAddress } from '../../net/address.ts'
import type { TraceRequest } from '../trace.ts'
import type { Sender, Target } from './place.ts'

/**
 * Is this pair part of a matrix? Not a place with itself, nor two families. Somebody outside asks the host that he comes in at, what it publishes
 * and who lives on it; published ports are asked for from outside only. `named`: this very pair was asked for, which takes the last two back.
 */
export function isAsked(sender: Sender, target: Target, named: boolean): boolean {
  if (sender.place === target.bare && target.kind !== 'published') return false
  if (!sender.addresses.some((address) => familyOf(address) === target.family)) return false
  if (sender.kind === 'outside') {
    if (target.kind === 'outside') return false
    if (target.host === undefined) return named || target.kind === 'published'
    return target.host === sender.host
  }
  return named || target.kind !== 'published'
}

/** The packet that settles a pair, as `trace --requests` takes it. */
export function requestFor(sender: Sender, target: Target): TraceRequest {
  const to = `${endpoint(target)}/${target.protocol === 'icmp' && target.family === 'ip6' ? 'ipv6-icmp' : target.protocol}`
  if (sender.kind === 'outside') return { from: 'outside', ...(sender.host === undefined ? {} : { host: sender.host }), to }
  return { from: originOf(sender, target), to }
}

function endpoint({ address, port }: Target): string {
  const text = formatAddress(address)
  if (port === undefined) return text
  return typeof address === 'bigint' ? `[${text}]:${port}` : `${text}:${port}`
}

function originOf({ namespace, place, addresses }: Sender, target: Target): string {
  if (namespace !== undefined) return namespace.includes('/') ? `netns/${namespace}` : `host/${namespace}`
  const own = addresses.find((address) => familyOf(address) === target.family)
  return own === undefined ? place : formatAddress(own)
}
