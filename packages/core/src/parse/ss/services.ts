/** Names of /etc/services that `ss` and `netstat` print without `-n`; those met on container hosts. */
// biome-ignore format: a table
const SERVICES: Readonly<Record<string, number>> = {
  ftp: 21, ssh: 22, telnet: 23, smtp: 25, domain: 53, bootps: 67, bootpc: 68, tftp: 69, http: 80, kerberos: 88, pop3: 110, sunrpc: 111, ntp: 123, netbios: 137,
  'netbios-ns': 137, 'netbios-dgm': 138, 'netbios-ssn': 139, imap2: 143, imap: 143, snmp: 161, 'snmp-trap': 162, bgp: 179, ldap: 389, https: 443, 'microsoft-ds': 445,
  isakmp: 500, syslog: 514, shell: 514, printer: 515, route: 520, 'dhcpv6-client': 546, 'dhcpv6-server': 547, submission: 587, ipp: 631, ldaps: 636, 'domain-s': 853,
  rsync: 873, imaps: 993, pop3s: 995, socks: 1080, openvpn: 1194, 'ms-sql-s': 1433, mysql: 3306, 'ms-wbt-server': 3389, nfs: 2049, docker: 2375, 'docker-s': 2376,
  'etcd-client': 2379, 'etcd-server': 2380, iscsi: 3260, 'iscsi-target': 3260, 'ipsec-nat-t': 4500, mdns: 5353, hostmon: 5355, llmnr: 5355, postgresql: 5432, amqp: 5672,
  amqps: 5671, x11: 6000, redis: 6379, 'http-alt': 8080, 'webcache': 8080, 'https-alt': 8443, 'git': 9418, 'jetdirect': 9100, 'zabbix-agent': 10050, 'zabbix-trapper': 10051,
  'vxlan': 4789, 'otv': 8472, 'geneve': 6081, 'radius': 1812, 'radius-acct': 1813, 'sip': 5060, 'sip-tls': 5061, 'mqtt': 1883, 'secure-mqtt': 8883, 'xmpp-client': 5222,
}

export function portOf(name: string, protocol: string): number | undefined {
  if (name === 'syslog' && protocol === 'tcp') return 601
  return Object.hasOwn(SERVICES, name) ? SERVICES[name] : undefined
}
