/** Names of IP protocols as /etc/protocols has them; the first name of a number is the one that iptables prints. */
const PROTOCOLS: readonly (readonly [number, ...string[]])[] = [
  [0, 'ip', 'all', 'hopopt'],
  [1, 'icmp'],
  [2, 'igmp'],
  [3, 'ggp'],
  [4, 'ipencap', 'ip-encap', 'ipip', 'ip4', 'ipv4'],
  [5, 'st'],
  [6, 'tcp'],
  [8, 'egp'],
  [9, 'igp'],
  [12, 'pup'],
  [17, 'udp'],
  [20, 'hmp'],
  [22, 'xns-idp'],
  [27, 'rdp'],
  [29, 'iso-tp4'],
  [33, 'dccp'],
  [36, 'xtp'],
  [37, 'ddp'],
  [38, 'idpr-cmtp'],
  [41, 'ipv6'],
  [43, 'ipv6-route'],
  [44, 'ipv6-frag'],
  [45, 'idrp'],
  [46, 'rsvp'],
  [47, 'gre'],
  [50, 'esp', 'ipv6-crypt'],
  [51, 'ah', 'ipv6-auth'],
  [57, 'skip'],
  [58, 'ipv6-icmp', 'icmpv6', 'icmp6'],
  [59, 'ipv6-nonxt'],
  [60, 'ipv6-opts'],
  [73, 'rspf', 'cphb'],
  [81, 'vmtp'],
  [88, 'eigrp'],
  [89, 'ospf', 'ospfigp'],
  [93, 'ax.25'],
  [94, 'ipip-encap'],
  [97, 'etherip'],
  [98, 'encap'],
  [99, 'encryption'],
  [103, 'pim'],
  [108, 'ipcomp', 'compress'],
  [112, 'vrrp', 'carp'],
  [115, 'l2tp'],
  [124, 'isis'],
  [132, 'sctp'],
  [133, 'fc'],
  [135, 'mobility-header', 'ipv6-mh', 'mh'],
  [136, 'udplite'],
  [137, 'mpls-in-ip'],
  [138, 'manet'],
  [139, 'hip'],
  [140, 'shim6'],
  [141, 'wesp'],
  [142, 'rohc'],
  [143, 'ethernet'],
  [262, 'mptcp'],
]

const byName = new Map(PROTOCOLS.flatMap(([number, ...names]) => names.map((name) => [name, number] as const)))
const byNumber = new Map(PROTOCOLS.map(([number, name]) => [number, name ?? '']))

/** `tcp`, `TCP`, `6`; undefined when it is neither a known name nor a number to 255 (262 is MPTCP's own). */
export function parseProtocol(text: string): number | undefined {
  const known = byName.get(text) ?? byName.get(text.toLowerCase())
  if (known !== undefined) return known
  if (!/^(\d{1,3}|0x[0-9a-f]{1,2})$/i.test(text)) return undefined
  const number = Number(text)
  return number <= 255 ? number : undefined
}

/** Name of a protocol, or its number in decimal where it has none. */
export const protocolName = (protocol: number): string => byNumber.get(protocol) ?? `${protocol}`

/** Services that people write by name, as /etc/services has them. Rulesets that a program saved hold numbers. */
// biome-ignore format: a table
const SERVICES: Readonly<Record<string, number>> = {
  tcpmux: 1, echo: 7, discard: 9, systat: 11, daytime: 13, netstat: 15, qotd: 17, chargen: 19, 'ftp-data': 20, ftp: 21, ssh: 22, telnet: 23, smtp: 25, mail: 25,
  time: 37, whois: 43, tacacs: 49, domain: 53, bootps: 67, bootpc: 68, tftp: 69, gopher: 70, finger: 79, http: 80, www: 80, kerberos: 88, 'iso-tsap': 102, 'pop-2': 109,
  pop3: 110, 'pop-3': 110, sunrpc: 111, portmapper: 111, auth: 113, ident: 113, nntp: 119, ntp: 123, epmap: 135, 'netbios-ns': 137, 'netbios-dgm': 138, 'netbios-ssn': 139,
  imap2: 143, imap: 143, snmp: 161, 'snmp-trap': 162, snmptrap: 162, xdmcp: 177, bgp: 179, irc: 194, ldap: 389, svrloc: 427, https: 443, 'microsoft-ds': 445, kpasswd: 464,
  submissions: 465, urd: 465, saft: 487, isakmp: 500, exec: 512, biff: 512, login: 513, who: 513, shell: 514, syslog: 514, printer: 515, talk: 517, ntalk: 518, route: 520, rip: 520, 'dhcpv6-client': 546,
  'dhcpv6-server': 547, rtsp: 554, nntps: 563, submission: 587, ipp: 631, ldaps: 636, 'ldp': 646, 'rsync': 873, 'domain-s': 853, ftps: 990, 'ftps-data': 989, telnets: 992, imaps: 993,
  pop3s: 995, socks: 1080, openvpn: 1194, 'ms-sql-s': 1433, 'ms-sql-m': 1434, l2f: 1701, l2tp: 1701, pptp: 1723, radius: 1812, 'radius-acct': 1813, mysql: 3306, nfs: 2049, 'iscsi-target': 3260,
  'ms-wbt-server': 3389, svn: 3690, 'ipsec-nat-t': 4500, mdns: 5353, postgresql: 5432, amqp: 5672, amqps: 5671, x11: 6000, redis: 6379, 'http-alt': 8080, webcache: 8080, vxlan: 4789,
  sip: 5060, 'sip-tls': 5061, 'xmpp-client': 5222, 'xmpp-server': 5269, zabbix: 10050, 'zabbix-agent': 10050, 'zabbix-trapper': 10051, bacula: 9101, squid: 3128, git: 9418,
}

/** A port by number (decimal or 0x…) or service name. */
export function parsePort(text: string): number | undefined {
  if (/^(\d{1,5}|0x[0-9a-fA-F]{1,4})$/.test(text)) {
    const port = Number(text)
    return port <= 65535 ? port : undefined
  }
  return Object.hasOwn(SERVICES, text) ? SERVICES[text] : undefined
}

/** DSCP classes (RFC 2474, 2597, 3246, 5865, 8622) as iptables knows them. */
// biome-ignore format: a table
export const DSCP_CLASSES: Readonly<Record<string, number>> = {
  CS0: 0, CS1: 8, CS2: 16, CS3: 24, CS4: 32, CS5: 40, CS6: 48, CS7: 56, BE: 0, AF11: 10, AF12: 12, AF13: 14,
  AF21: 18, AF22: 20, AF23: 22, AF31: 26, AF32: 28, AF33: 30, AF41: 34, AF42: 36, AF43: 38, EF: 46, 'VOICE-ADMIT': 44, LE: 1,
}
