/** Where a header's fields lie, after nftables' proto.c: [datatype, offset in bits, length in bits]. */
export type FieldLayout = readonly [type: string, offset: number, length: number]
export type HeaderBase = 'll' | 'nh' | 'th'

export interface HeaderLayout {
  readonly base: HeaderBase
  readonly fields: Readonly<Record<string, FieldLayout>>
}

const PORTS = { sport: ['inet_service', 0, 16], dport: ['inet_service', 16, 16] } as const

export const HEADERS: Readonly<Record<string, HeaderLayout>> = {
  ether: { base: 'll', fields: { daddr: ['ether_addr', 0, 48], saddr: ['ether_addr', 48, 48], type: ['ether_type', 96, 16] } },
  vlan: {
    base: 'll',
    fields: {
      pcp: ['integer', 112, 3],
      dei: ['integer', 115, 1],
      cfi: ['integer', 115, 1],
      id: ['integer', 116, 12],
      type: ['ether_type', 128, 16],
    },
  },
  arp: {
    base: 'nh',
    fields: {
      htype: ['integer', 0, 16],
      ptype: ['ether_type', 16, 16],
      hlen: ['integer', 32, 8],
      plen: ['integer', 40, 8],
      operation: ['arp_op', 48, 16],
      'saddr ether': ['ether_addr', 64, 48],
      'saddr ip': ['ipv4_addr', 112, 32],
      'daddr ether': ['ether_addr', 144, 48],
      'daddr ip': ['ipv4_addr', 192, 32],
    },
  },
  ip: {
    base: 'nh',
    fields: {
      version: ['integer', 0, 4],
      hdrlength: ['integer', 4, 4],
      dscp: ['dscp', 8, 6],
      ecn: ['ecn', 14, 2],
      length: ['integer', 16, 16],
      id: ['integer', 32, 16],
      'frag-off': ['hex', 48, 16],
      ttl: ['integer', 64, 8],
      protocol: ['inet_proto', 72, 8],
      checksum: ['integer', 80, 16],
      saddr: ['ipv4_addr', 96, 32],
      daddr: ['ipv4_addr', 128, 32],
    },
  },
  ip6: {
    base: 'nh',
    fields: {
      version: ['integer', 0, 4],
      dscp: ['dscp', 4, 6],
      ecn: ['ecn', 10, 2],
      flowlabel: ['integer', 12, 20],
      length: ['integer', 32, 16],
      nexthdr: ['inet_proto', 48, 8],
      hoplimit: ['integer', 56, 8],
      saddr: ['ipv6_addr', 64, 128],
      daddr: ['ipv6_addr', 192, 128],
    },
  },
  icmp: {
    base: 'th',
    fields: {
      type: ['icmp_type', 0, 8],
      code: ['icmp_code', 8, 8],
      checksum: ['integer', 16, 16],
      id: ['integer', 32, 16],
      sequence: ['integer', 48, 16],
      gateway: ['integer', 32, 32],
      mtu: ['integer', 48, 16],
    },
  },
  igmp: {
    base: 'th',
    fields: { type: ['igmp_type', 0, 8], mrt: ['integer', 8, 8], checksum: ['integer', 16, 16], group: ['ipv4_addr', 32, 32] },
  },
  icmpv6: {
    base: 'th',
    fields: {
      type: ['icmpv6_type', 0, 8],
      code: ['icmpv6_code', 8, 8],
      checksum: ['integer', 16, 16],
      'parameter-problem': ['integer', 32, 32],
      mtu: ['integer', 32, 32],
      id: ['integer', 32, 16],
      sequence: ['integer', 48, 16],
      'max-delay': ['integer', 32, 16],
      taddr: ['ipv6_addr', 64, 128],
      daddr: ['ipv6_addr', 192, 128],
    },
  },
  udp: { base: 'th', fields: { ...PORTS, length: ['integer', 32, 16], checksum: ['integer', 48, 16] } },
  udplite: { base: 'th', fields: { ...PORTS, csumcov: ['integer', 32, 16], checksum: ['integer', 48, 16] } },
  tcp: {
    base: 'th',
    fields: {
      ...PORTS,
      sequence: ['integer', 32, 32],
      ackseq: ['integer', 64, 32],
      doff: ['integer', 96, 4],
      reserved: ['integer', 100, 4],
      flags: ['tcp_flag', 104, 8],
      window: ['integer', 112, 16],
      checksum: ['integer', 128, 16],
      urgptr: ['integer', 144, 16],
    },
  },
  dccp: { base: 'th', fields: { ...PORTS, type: ['dccp_pkttype', 67, 4] } },
  sctp: { base: 'th', fields: { ...PORTS, vtag: ['integer', 32, 32], checksum: ['integer', 64, 32] } },
  th: { base: 'th', fields: PORTS },
  esp: { base: 'th', fields: { spi: ['integer', 0, 32], sequence: ['integer', 32, 32] } },
  ah: {
    base: 'th',
    fields: {
      nexthdr: ['inet_proto', 0, 8],
      hdrlength: ['integer', 8, 8],
      reserved: ['integer', 16, 16],
      spi: ['integer', 32, 32],
      sequence: ['integer', 64, 32],
    },
  },
  comp: { base: 'th', fields: { nexthdr: ['inet_proto', 0, 8], flags: ['hex', 8, 8], cpi: ['integer', 16, 16] } },
  gre: { base: 'th', fields: { flags: ['hex', 0, 5], version: ['integer', 13, 3], protocol: ['ether_type', 16, 16] } },
  gretap: { base: 'th', fields: {} },
  vxlan: { base: 'th', fields: { flags: ['hex', 64, 8], vni: ['integer', 96, 24] } },
  geneve: { base: 'th', fields: { vni: ['integer', 96, 24], type: ['ether_type', 80, 16] } },
}

/** The headers that carry another packet: `vxlan ip saddr`. */
export const TUNNELS: readonly string[] = ['vxlan', 'geneve', 'gre', 'gretap']

/** IPv6 extension headers' fields, after nftables' exthdr.c. */
export const EXTENSION_HEADERS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  hbh: { nexthdr: 'inet_proto', hdrlength: 'integer' },
  rt: { nexthdr: 'inet_proto', hdrlength: 'integer', type: 'integer', 'seg-left': 'integer' },
  rt0: { addr: 'ipv6_addr' },
  rt2: { addr: 'ipv6_addr' },
  srh: { 'last-entry': 'integer', flags: 'integer', tag: 'integer', sid: 'ipv6_addr' },
  frag: {
    nexthdr: 'inet_proto',
    reserved: 'integer',
    'frag-off': 'integer',
    reserved2: 'integer',
    'more-fragments': 'integer',
    id: 'integer',
  },
  dst: { nexthdr: 'inet_proto', hdrlength: 'integer' },
  mh: { nexthdr: 'inet_proto', hdrlength: 'integer', type: 'mh_type', reserved: 'integer', checksum: 'integer' },
}
