import { type Address, type Family, familyOf, formatAddress, parseAddress } from '../../../net/address.ts'
import { PROTOCOL } from '../../../net/packet.ts'
import { parsePort } from '../../../net/protocol.ts'
import type { NatRequest } from '../../action.ts'
import { type OptionReader, parseNumber, type Range, U16 } from '../matches/options.ts'
import type { ReadContext } from '../module.ts'
import { words } from './values.ts'

export interface AddressRange {
  readonly first: Address
  readonly last: Address
}

/** What DNAT and SNAT ask for: struct nf_nat_range2 without its flags. */
export interface NatTo {
  /** undefined: the address stays. */
  readonly addresses?: AddressRange | undefined
  readonly ports?: Range | undefined
  /** `PORTS/BASE`: port = first + (old port - base). */
  readonly portBase?: number | undefined
}

/** Protocols for which a NAT target may name a port or an ICMP identifier (libxt_NAT.c). */
export function requirePorts(options: OptionReader, context: ReadContext): void {
  const { tcp, udp, sctp, dccp, icmp } = PROTOCOL
  options.require(
    [tcp, udp, sctp, dccp, icmp].some((one) => one === context.protocol),
    'a port needs -p tcp, udp, sctp or dccp',
  )
}

/** `N`, `N-M`, or a service's name. */
export function parseNatPorts(text: string): Range | undefined {
  const dash = /^\d+-/.exec(text)?.[0].length
  const first = dash === undefined ? parsePort(text) : parseNumber(text.slice(0, dash - 1), U16)
  const last = dash === undefined ? first : parseNumber(text.slice(dash), U16)
  return first === undefined || last === undefined || last < first ? undefined : { first, last }
}

export const formatNatPorts = ({ first, last }: Range): string => (first === last ? `${first}` : `${first}-${last}`)

/** `A`, `A-B`; a range that runs backwards is none. */
export function parseAddressRange(text: string, family: Family): AddressRange | undefined {
  const dash = text.indexOf('-')
  const first = parseAddress(dash < 0 ? text : text.slice(0, dash))
  const last = dash < 0 ? first : parseAddress(text.slice(dash + 1))
  if (first === undefined || last === undefined || familyOf(first) !== family || familyOf(last) !== family || last < first) return undefined
  return { first, last }
}

export const formatAddressRange = ({ first, last }: AddressRange): string =>
  first === last ? formatAddress(first) : `${formatAddress(first)}-${formatAddress(last)}`

/** `[A[-B]][:PORT[-PORT[/BASE]]]`; an IPv6 address with ports stands in brackets. */
export function parseNatTo(text: string, family: Family): NatTo | undefined {
  const parts =
    family === 'ip'
      ? /^([^:[]*)(?::(.*))?$/.exec(text)
      : (/^\[(.*)\](?::(.*))?$/.exec(text) ?? /^()(?::([^:]+))$/.exec(text) ?? [text, text])
  if (!parts) return undefined
  const [, address = '', port] = parts
  const addresses = address === '' ? undefined : parseAddressRange(address, family)
  if (address !== '' && !addresses) return undefined
  if (port === undefined) return addresses && { addresses }
  const slash = port.indexOf('/')
  const ports = parseNatPorts(slash < 0 ? port : port.slice(0, slash))
  const portBase = slash < 0 ? undefined : parsePort(port.slice(slash + 1))
  if (!ports || (slash >= 0 && !portBase)) return undefined
  return { addresses, ports, portBase }
}

export function formatNatTo({ addresses, ports, portBase }: NatTo): string {
  const address = addresses ? formatAddressRange(addresses) : ''
  if (!ports) return address
  const bracketed = addresses && typeof addresses.first === 'bigint' ? `[${address}]` : address
  return `${bracketed}:${formatNatPorts(ports)}${portBase === undefined ? '' : `/${portBase}`}`
}

export interface NatFlags {
  readonly random?: boolean | undefined
  /** undefined also where the target has no such option. */
  readonly randomFully?: boolean | undefined
  readonly persistent?: boolean | undefined
}

export const readNatFlags = (options: OptionReader): NatFlags => ({
  random: options.flag('random') || undefined,
  randomFully: options.flag('random-fully') || undefined,
  persistent: options.flag('persistent') || undefined,
})

export const printNatFlags = ({ random, randomFully, persistent }: NatFlags): string =>
  words(random && '--random', randomFully && '--random-fully', persistent && '--persistent')

export const rangeRequest = (manip: 'source' | 'destination', to: NatTo & NatFlags): NatRequest => ({
  kind: 'range',
  manip,
  addresses: to.addresses,
  ports: to.ports,
  portBase: to.portBase,
  random: to.random || to.randomFully,
  persistent: to.persistent,
})
