import { type Address, addressBits, type Family, familyOf, formatAddress, parseAddress } from '../../net/address.ts'
import { and, maskOf } from '../../net/prefix.ts'
import { parseProtocol, protocolName } from '../../net/protocol.ts'
import type { Decision } from '../decision.ts'
import type { Scene } from '../scene.ts'
import type { AddressMatch, Header, InterfaceMatch, ProtocolMatch } from './ast.ts'
import { type Problem, problem } from './module.ts'

/** IFNAMSIZ without its end: a longer name cannot be an interface's. */
const NAME_MAX = 15

/** `10.0.0.0/8`, `10.0.0.0/255.0.0.0`, `fd00::/8`, `fd00::/ff::`. Host bits are cleared. A name of a host is a problem: what it meant is not in the file. */
export function readAddress(text: string, negated: boolean, family: Family): AddressMatch | Problem {
  const slash = text.indexOf('/')
  const address = parseNetworkAddress(slash < 0 ? text : text.slice(0, slash), family)
  if (address === undefined || familyOf(address) !== family) return problem(`not an ${family === 'ip' ? 'IPv4' : 'IPv6'} address: ${text}`)
  const mask = slash < 0 ? maskOf(addressBits(family), address) : parseMask(text.slice(slash + 1), family)
  return mask === undefined ? problem(`not a mask: ${text}`) : { address: and(address, mask), mask, negated }
}

/** IPv4 networks may leave out their last bytes: `10/8` (xtables_numeric_to_ipaddr). */
function parseNetworkAddress(text: string, family: Family): Address | undefined {
  const address = parseAddress(text)
  if (address !== undefined || family === 'ip6' || !/^\d{1,3}(\.\d{1,3}){0,2}$/.test(text)) return address
  return parseAddress(text + '.0'.repeat(4 - text.split('.').length))
}

/** A prefix length or a mask in address form. */
export function parseMask(text: string, family: Family): Address | undefined {
  if (/^\d{1,3}$/.test(text)) {
    const length = Number(text)
    return length <= addressBits(family) ? maskOf(length, family === 'ip' ? 0 : 0n) : undefined
  }
  const mask = parseAddress(text)
  return mask !== undefined && familyOf(mask) === family ? mask : undefined
}

/** Length of a mask of leading ones; undefined for any other mask. */
export function maskLength(mask: Address): number | undefined {
  const bits = addressBits(familyOf(mask))
  const text = mask.toString(2).padStart(bits, '0')
  const zero = text.indexOf('0')
  const length = zero < 0 ? bits : zero
  return text.includes('1', length) ? undefined : length
}

/** `ADDRESS/LENGTH`, or `ADDRESS/MASK` where the mask has holes. */
export function formatMasked(address: Address, mask: Address): string {
  return `${formatAddress(address)}/${maskLength(mask) ?? formatAddress(mask)}`
}

/** undefined: `+` alone, which is any interface and is not kept. */
export function readInterface(text: string, negated: boolean): InterfaceMatch | Problem | undefined {
  if (text.length > NAME_MAX + (text.endsWith('+') ? 1 : 0)) return problem(`interface name longer than ${NAME_MAX}: ${text}`)
  if (!text.endsWith('+')) return { name: text, wildcard: false, negated }
  return text === '+' && !negated ? undefined : { name: text.slice(0, -1), wildcard: true, negated }
}

/** undefined: `all` or 0, which is no condition. The name is the one that iptables prints. */
export function readProtocol(text: string, negated: boolean): ProtocolMatch | Problem | undefined {
  const protocol = parseProtocol(text)
  if (protocol === undefined) return problem(`unknown protocol: ${text}`)
  if (protocol === 0) return negated ? problem('no packet is of no protocol') : undefined
  return { protocol, name: protocolName(protocol), negated }
}

const not = (part: { readonly negated: boolean }): string => (part.negated ? ' ! ' : ' ')

/** Each option with a space before it, in the order of iptables-save; '' for a header without conditions. */
export function printHeader(header: Header): string {
  const { source, destination, iif, oif, protocol, fragment } = header
  let text = ''
  if (source) text += printAddress('-s', source)
  if (destination) text += printAddress('-d', destination)
  if (iif) text += `${not(iif)}-i ${formatInterface(iif)}`
  if (oif) text += `${not(oif)}-o ${formatInterface(oif)}`
  if (protocol) text += `${not(protocol)}-p ${protocol.name}`
  if (fragment) text += `${not(fragment)}-f`
  return text
}

/** save_ipv4_addr(), save_ipv6_addr(): a network of all addresses is not printed unless it is negated. */
function printAddress(option: string, match: AddressMatch): string {
  if (!match.negated && !match.mask && !match.address) return ''
  return `${not(match)}${option} ${formatMasked(match.address, match.mask)}`
}

export const formatInterface = (match: InterfaceMatch): string => (match.wildcard ? `${match.name}+` : match.name)

/** ip_packet_match(), ip6_packet_match(). Packets of the model are whole, so `-f` never holds. */
export function matchHeader(header: Header, scene: Scene): Decision {
  const { packet } = scene
  const { source, destination, iif, oif, protocol, fragment } = header
  if (source && !holdsAddress(source, packet.src)) return false
  if (destination && !holdsAddress(destination, packet.dst)) return false
  if (iif && !holdsInterface(iif, scene.iif)) return false
  if (oif && !holdsInterface(oif, scene.oif)) return false
  if (protocol && (packet.protocol === protocol.protocol) === protocol.negated) return false
  return !fragment || fragment.negated
}

export function holdsAddress(match: AddressMatch, address: Address): boolean {
  if (typeof address !== typeof match.address) return false
  return (and(address, match.mask) === match.address) !== match.negated
}

/** An interface that the hook does not have is an empty name, which only an empty prefix matches. */
export function holdsInterface(match: InterfaceMatch, name: string): boolean {
  return (match.wildcard ? name.startsWith(match.name) : name === match.name) !== match.negated
}

type HeaderTest = (scene: Scene) => boolean

/** matchHeader() for one header, prepared: only what the rule asks for is looked at. undefined: it asks for nothing. */
export function compileHeader(header: Header): HeaderTest | undefined {
  const { source, destination, iif, oif, protocol, fragment } = header
  const tests: HeaderTest[] = []
  if (protocol) tests.push((scene) => (scene.packet.protocol === protocol.protocol) !== protocol.negated)
  if (destination) tests.push((scene) => holdsAddress(destination, scene.packet.dst))
  if (source) tests.push((scene) => holdsAddress(source, scene.packet.src))
  if (iif) tests.push((scene) => holdsInterface(iif, scene.iif))
  if (oif) tests.push((scene) => holdsInterface(oif, scene.oif))
  if (fragment) tests.push(() => fragment.negated)
  const [first, second] = tests
  if (tests.length < 2 || !first || !second) return first
  if (tests.length === 2) return (scene) => first(scene) && second(scene)
  return (scene) => tests.every((test) => test(scene))
}
