/** IP protocols as inet_proto_n2a of iproute2 names them (/etc/protocols). */
// biome-ignore format: a table
const PROTOCOLS: Readonly<Record<string, number>> = {
  ip: 0, hopopt: 0, icmp: 1, igmp: 2, ggp: 3, ipencap: 4, ipip: 4, ipv4: 4, st: 5, tcp: 6, egp: 8, igp: 9, pup: 12, udp: 17, hmp: 20,
  'xns-idp': 22, rdp: 27, 'iso-tp4': 29, dccp: 33, xtp: 36, ddp: 37, 'idpr-cmtp': 38, ipv6: 41, 'ipv6-route': 43, 'ipv6-frag': 44, idrp: 45,
  rsvp: 46, gre: 47, esp: 50, 'ipv6-crypt': 50, ah: 51, 'ipv6-auth': 51, skip: 57, 'ipv6-icmp': 58, icmpv6: 58, icmp6: 58, 'ipv6-nonxt': 59,
  'ipv6-opts': 60, rspf: 73, vmtp: 81, eigrp: 88, ospf: 89, 'ax.25': 93, etherip: 97, encap: 98, pim: 103, ipcomp: 108, vrrp: 112, l2tp: 115,
  isis: 124, sctp: 132, fc: 133, 'mobility-header': 135, udplite: 136, 'mpls-in-ip': 137, manet: 138, hip: 139, shim6: 140, wesp: 141, rohc: 142,
  mptcp: 262,
}

export function protocolNumber(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined
  const bare = /^(?:ipproto-)?(\d{1,3})$/.exec(text)?.[1]
  if (bare !== undefined) return Number(bare)
  const name = text.toLowerCase()
  return Object.hasOwn(PROTOCOLS, name) ? PROTOCOLS[name] : undefined
}

/** /etc/iproute2/rt_dsfield, and the TOS names of RFC 1349 that older files had. */
// biome-ignore format: a table
const DSFIELDS: Readonly<Record<string, number>> = {
  default: 0, af11: 0x28, af12: 0x30, af13: 0x38, af21: 0x48, af22: 0x50, af23: 0x58, af31: 0x68, af32: 0x70, af33: 0x78, af41: 0x88, af42: 0x90,
  af43: 0x98, cs1: 0x20, cs2: 0x40, cs3: 0x60, cs4: 0x80, cs5: 0xa0, cs6: 0xc0, cs7: 0xe0, ef: 0xb8, lowdelay: 0x10, throughput: 0x08, reliability: 0x04,
}

/** `tos 0x10`, `tos EF`, and `tos 10`, which is hexadecimal (rtnl_dsfield_a2n). */
export function dsfieldNumber(text: string | undefined): number | undefined {
  const name = text?.toLowerCase() ?? ''
  if (Object.hasOwn(DSFIELDS, name)) return DSFIELDS[name]
  return /^(?:0x)?[0-9a-f]{1,2}$/.test(name) ? Number.parseInt(name.replace(/^0x/, ''), 16) : undefined
}

/** Reserved numbers of rt_tables by their names; others stay as shown. */
export function tableName(text: string): string {
  return text === '255' ? 'local' : text === '254' ? 'main' : text === '253' ? 'default' : text
}
