/** An ICMP type and a range of codes; all codes are 0 to 255. */
export interface IcmpType {
  readonly type: number
  readonly firstCode: number
  readonly lastCode: number
}

type Names = Readonly<Record<string, readonly [number, number?]>>

/** As `iptables -p icmp -h` lists them; with a code where the name has one. */
export const ICMP_TYPES: Names = {
  'echo-reply': [0],
  pong: [0],
  'destination-unreachable': [3],
  'network-unreachable': [3, 0],
  'host-unreachable': [3, 1],
  'protocol-unreachable': [3, 2],
  'port-unreachable': [3, 3],
  'fragmentation-needed': [3, 4],
  'source-route-failed': [3, 5],
  'network-unknown': [3, 6],
  'host-unknown': [3, 7],
  'network-prohibited': [3, 9],
  'host-prohibited': [3, 10],
  'tos-network-unreachable': [3, 11],
  'tos-host-unreachable': [3, 12],
  'communication-prohibited': [3, 13],
  'host-precedence-violation': [3, 14],
  'precedence-cutoff': [3, 15],
  'source-quench': [4],
  redirect: [5],
  'network-redirect': [5, 0],
  'host-redirect': [5, 1],
  'tos-network-redirect': [5, 2],
  'tos-host-redirect': [5, 3],
  'echo-request': [8],
  ping: [8],
  'router-advertisement': [9],
  'router-solicitation': [10],
  'time-exceeded': [11],
  'ttl-exceeded': [11],
  'ttl-zero-during-transit': [11, 0],
  'ttl-zero-during-reassembly': [11, 1],
  'parameter-problem': [12],
  'ip-header-bad': [12, 0],
  'required-option-missing': [12, 1],
  'timestamp-request': [13],
  'timestamp-reply': [14],
  'address-mask-request': [17],
  'address-mask-reply': [18],
}

/** As `ip6tables -p ipv6-icmp -h` lists them. */
export const ICMPV6_TYPES: Names = {
  'destination-unreachable': [1],
  'no-route': [1, 0],
  'communication-prohibited': [1, 1],
  'beyond-scope': [1, 2],
  'address-unreachable': [1, 3],
  'port-unreachable': [1, 4],
  'failed-policy': [1, 5],
  'reject-route': [1, 6],
  'packet-too-big': [2],
  'time-exceeded': [3],
  'ttl-exceeded': [3],
  'ttl-zero-during-transit': [3, 0],
  'ttl-zero-during-reassembly': [3, 1],
  'parameter-problem': [4],
  'bad-header': [4, 0],
  'unknown-header-type': [4, 1],
  'unknown-option': [4, 2],
  'echo-request': [128],
  ping: [128],
  'echo-reply': [129],
  pong: [129],
  'mld-listener-query': [130],
  'mld-listener-report': [131],
  'mld-listener-done': [132],
  'mld-listener-reduction': [132],
  'router-solicitation': [133],
  'router-advertisement': [134],
  'neighbour-solicitation': [135],
  'neighbor-solicitation': [135],
  'neighbour-advertisement': [136],
  'neighbor-advertisement': [136],
  redirect: [137],
}

/** `TYPE`, `TYPE/CODE`, or a name, of which an unambiguous beginning is enough. */
export function parseIcmpType(text: string, names: Names): IcmpType | undefined {
  const numeric = /^(\d{1,3})(?:\/(\d{1,3})(?::(\d{1,3}))?)?$/.exec(text)
  if (numeric) {
    const type = Number(numeric[1])
    const firstCode = numeric[2] === undefined ? 0 : Number(numeric[2])
    const lastCode = numeric[2] === undefined ? 255 : Number(numeric[3] ?? numeric[2])
    return type > 255 || firstCode > lastCode || lastCode > 255 ? undefined : { type, firstCode, lastCode }
  }
  const lower = text.toLowerCase()
  const exact = Object.hasOwn(names, lower) ? names[lower] : undefined
  const found = exact ? [exact] : Object.entries(names).flatMap(([name, value]) => (lower !== '' && name.startsWith(lower) ? [value] : []))
  const [first] = found
  if (!first || found.some((one) => one[0] !== first[0] || one[1] !== first[1])) return undefined
  return { type: first[0], firstCode: first[1] ?? 0, lastCode: first[1] ?? 255 }
}

export function formatIcmpType({ type, firstCode, lastCode }: IcmpType): string {
  return firstCode === 0 && lastCode === 255 ? `${type}` : `${type}/${firstCode}`
}

/** The name of a type and code, else their numbers. */
export function icmpTypeName(match: IcmpType, names: Names): string {
  const code = match.firstCode === 0 && match.lastCode === 255 ? undefined : match.firstCode
  return Object.entries(names).find(([, [type, named]]) => type === match.type && named === code)?.[0] ?? formatIcmpType(match)
}
