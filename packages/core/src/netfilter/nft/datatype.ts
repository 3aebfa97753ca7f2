import { formatDuration } from './duration.ts'
import type { Expression } from './expression.ts'
import { EXTENSION_HEADERS, HEADERS } from './headers.ts'

/**
 * The datatype of an expression, named as nft(8) names it. `integer` prints in decimal, `hex` in hexadecimal.
 * A concatenation's is undefined: its parts have theirs.
 */
export function typeOf(expression: Expression): string | undefined {
  switch (expression.kind) {
    case 'payload':
      return HEADERS[expression.protocol]?.fields[expression.field]?.[0] ?? 'integer'
    case 'raw-payload':
      return 'hex'
    case 'exthdr':
      return expression.field === undefined ? 'boolean' : EXTENSION_HEADERS[expression.name]?.[expression.field]
    case 'tcp-option':
      return expression.field === undefined && !expression.raw ? 'boolean' : expression.field === 'subtype' ? 'mptcp_subtype' : 'integer'
    case 'ip-option':
    case 'sctp-chunk':
    case 'dccp-option':
      return expression.field === undefined ? 'boolean' : expression.field === 'addr' ? 'ipv4_addr' : 'integer'
    case 'meta':
      return META_TYPES[expression.key] ?? 'integer'
    case 'ct':
      return CT_TYPES[expression.key] ?? 'integer'
    case 'rt':
      return (
        { classid: 'realm', nexthop: expression.family === 'ip6' ? 'ipv6_addr' : 'ipv4_addr', ipsec: 'boolean' }[expression.key] ??
        'integer'
      )
    case 'socket':
      return { mark: 'mark', cgroupv2: 'cgroupsv2' }[expression.key] ?? 'integer'
    case 'osf':
      return 'string'
    case 'fib':
      return { type: 'fib_addrtype', oif: 'iface_index', oifname: 'ifname', check: 'boolean' }[expression.result] ?? 'integer'
    case 'ipsec':
      return expression.key.endsWith('addr') ? (expression.family === 'ip6' ? 'ipv6_addr' : 'ipv4_addr') : 'integer'
    case 'binary':
      return binaryType(expression.op, expression.operands)
    case 'prefix':
      return typeOf(expression.address)
    case 'numgen':
    case 'jhash':
    case 'symhash':
    case 'tunnel':
      return 'integer'
    default:
      return undefined
  }
}

/** binop_expr type rules of evaluate.c: a shifted value is an integer in hexadecimal. */
function binaryType(op: string, operands: readonly Expression[]): string | undefined {
  if (op === '<<' || op === '>>') return 'hex'
  return operands[0] && typeOf(operands[0])
}

/** Flag types: `A,B` means any of them, and a plain value needs `==` to mean just that one. */
export const isBitmask = (type: string | undefined): boolean =>
  type === 'ct_state' || type === 'ct_status' || type === 'ct_label' || type === 'ct_event' || type === 'tcp_flag'

/** Types whose names stand in quotes. */
const QUOTED = new Set([
  'ifname',
  'iface_index',
  'devgroup',
  'realm',
  'string',
  'uid',
  'gid',
  'cgroupsv2',
  'ct_label',
  'time_day',
  'time_date',
  'time_hour',
  'ifkind',
])
export const isQuoted = (type: string | undefined): boolean => type !== undefined && QUOTED.has(type)

/** An integer of `nft -j`, as `nft list` prints it for this datatype. */
export function formatInteger(type: string | undefined, value: number | bigint): string {
  switch (type) {
    case 'mark':
      return `0x${value.toString(16).padStart(8, '0')}`
    case 'hex':
    case 'tcp_flag':
    case 'ct_event':
    case 'ct_state':
    case 'ct_status':
      return `0x${value.toString(16)}`
    case 'dscp':
      return `0x${value.toString(16).padStart(2, '0')}`
    case 'ether_type':
      return `0x${value.toString(16).padStart(4, '0')}`
    case 'seconds':
      return formatDuration(Number(value))
    default:
      return String(value)
  }
}

const META_TYPES: Readonly<Record<string, string>> = {
  protocol: 'ether_type',
  priority: 'classid',
  mark: 'mark',
  iif: 'iface_index',
  iifname: 'ifname',
  iiftype: 'iface_type',
  oif: 'iface_index',
  oifname: 'ifname',
  oiftype: 'iface_type',
  skuid: 'uid',
  skgid: 'gid',
  rtclassid: 'realm',
  nfproto: 'nf_proto',
  l4proto: 'inet_proto',
  pkttype: 'pkt_type',
  iifgroup: 'devgroup',
  oifgroup: 'devgroup',
  ibrname: 'ifname',
  obrname: 'ifname',
  ibridgename: 'ifname',
  obridgename: 'ifname',
  iifkind: 'ifkind',
  oifkind: 'ifkind',
  time: 'time_date',
  day: 'time_day',
  hour: 'time_hour',
  ibrvproto: 'ether_type',
  ipsec: 'boolean',
  secpath: 'boolean',
  sdif: 'iface_index',
  sdifname: 'ifname',
}
const CT_TYPES: Readonly<Record<string, string>> = {
  state: 'ct_state',
  direction: 'ct_dir',
  status: 'ct_status',
  mark: 'mark',
  expiration: 'seconds',
  helper: 'string',
  l3proto: 'nf_proto',
  protocol: 'inet_proto',
  'proto-src': 'inet_service',
  'proto-dst': 'inet_service',
  label: 'ct_label',
  event: 'ct_event',
  'ip saddr': 'ipv4_addr',
  'ip daddr': 'ipv4_addr',
  'ip6 saddr': 'ipv6_addr',
  'ip6 daddr': 'ipv6_addr',
}
