import { type Place, parsePlace } from '@culprit/core/model/place'
import { type Address, familyOf, formatAddress, parseAddress } from '@culprit/core/net/address'

/** Which packets are recorded. */
export interface Chosen {
  readonly to: Address
  readonly port: number | undefined
  readonly protocol: 'tcp' | 'udp' | 'icmp' | undefined
  readonly from: Address | undefined
  /** Sources that are left alone: health checks, say. */
  readonly exclude: readonly Address[]
  /** Packets a second at most. */
  readonly perSecond: number
}

/** Reads `10.43.0.10:80/tcp`, `[fd00::1]:443`, an address. A string is why it cannot be taken. */
export function readTarget(text: string): Pick<Chosen, 'to' | 'port' | 'protocol'> | string {
  const parsed = parsePlace(text)
  if (parsed === undefined || !isAddress(parsed.place))
    return `"${text}" is no address with a port: only packets of the wire can be told apart by the kernel`
  if (typeof parsed.port === 'string') return `"${text}" names a port: give its number`
  const { protocol } = parsed
  if (protocol !== undefined && protocol !== 'tcp' && protocol !== 'udp' && protocol !== 'icmp') return `${protocol} cannot be recorded`
  return { to: parsed.place.address, port: parsed.port, protocol: protocol ?? (parsed.port === undefined ? undefined : 'tcp') }
}

const isAddress = (place: Place): place is Extract<Place, { kind: 'address' }> => place.kind === 'address'

export const readAddress = (text: string): Address | undefined => parseAddress(text)

/** The chains of the table of our own, before every rule of others. Addresses are printed from values: nothing of the user's text is in it. */
export function nftChains(chosen: Chosen): string {
  const rule = `${[...matches(chosen), `limit rate ${chosen.perSecond}/second burst 5 packets`].join(' ')} meta nftrace set 1`
  return ['prerouting', 'output']
    .map((hook) => `  chain ${hook} {\n    type filter hook ${hook} priority -450; policy accept;\n    ${rule}\n  }\n`)
    .join('')
}

function matches({ to, port, protocol, from, exclude }: Chosen): readonly string[] {
  const ip = familyOf(to) === 'ip' ? 'ip' : 'ip6'
  const icmp = ip === 'ip' ? 'icmp' : 'ipv6-icmp'
  return [
    `${ip} daddr ${formatAddress(to)}`,
    ...(from === undefined ? [] : [`${ip} saddr ${formatAddress(from)}`]),
    ...exclude.filter((address) => familyOf(address) === familyOf(to)).map((address) => `${ip} saddr != ${formatAddress(address)}`),
    ...(protocol === undefined ? [] : [`meta l4proto ${protocol === 'icmp' ? icmp : protocol}`]),
    ...(port === undefined || protocol === undefined || protocol === 'icmp' ? [] : [`${protocol} dport ${port}`]),
  ]
}

/** The same for a host without nft, as arguments of iptables. */
export function iptablesRules({ to, port, protocol, from, perSecond }: Chosen): Readonly<Record<string, readonly (readonly string[])[]>> {
  const six = familyOf(to) === 'ip6'
  const rule = [
    ...['-d', formatAddress(to)],
    ...(from === undefined ? [] : ['-s', formatAddress(from)]),
    ...(protocol === undefined ? [] : ['-p', protocol === 'icmp' && six ? 'ipv6-icmp' : protocol]),
    ...(port === undefined || protocol === undefined || protocol === 'icmp' ? [] : ['--dport', String(port)]),
    ...['-m', 'limit', '--limit', `${Math.min(perSecond, 10_000)}/second`],
  ]
  return { [six ? 'ip6tables-legacy' : 'iptables-legacy']: [rule] }
}

/** For tcpdump, both directions. */
export function captureFilter({ to, port, protocol }: Chosen): string {
  const parts = [
    `host ${formatAddress(to)}`,
    ...(protocol === undefined || protocol === 'icmp' ? [] : [protocol]),
    ...(port === undefined ? [] : [`port ${port}`]),
  ]
  return parts.join(' and ')
}
