import { ask, type HostCase } from './case.ts'
import { FAR, FAR_CLIENT, loaded, restored, TUNNEL } from './docker-cases.ts'
import { HOST } from './host-network.ts'
import { firewalldTable, ufwRules } from './rules.ts'

/** What looks like a fault on either machine, and is in nobody's way. */
const BOTH: Readonly<Record<string, readonly string[]>> = {
  'drop-elsewhere': [
    'iptables -I INPUT -p tcp --dport 445 -c 987654 51234567 -j DROP; iptables -I FORWARD -d 198.51.100.0/24 -c 887654 41234567 -j DROP',
  ],
  'down-elsewhere': [
    'ip link add wg9 type veth peer name wg8; ip addr add 10.99.0.1/24 dev wg9; ip link add br-deadbeef0000 type bridge; ip addr add 172.30.0.1/16 dev br-deadbeef0000; ip link set br-deadbeef0000 up',
  ],
  'blackhole-elsewhere': [
    'ip route add blackhole 10.99.0.0/16; ip route add prohibit 198.51.100.0/24; ip route add unreachable 100.100.0.0/16',
  ],
  'rule-elsewhere': [
    TUNNEL,
    'ip route add 10.99.0.0/16 dev tun0 table 52; ip rule add pref 5270 lookup 52; ip rule add pref 100 from 10.77.0.0/16 lookup 77; ip rule add pref 101 fwmark 0x80000/0xff0000 lookup main',
  ],
  'vpn-shorter': [TUNNEL, 'ip route add 10.0.0.0/8 dev tun0; ip route add 172.20.0.0/14 dev tun0'],
  'rp-filter-symmetric': ['sysctl -qw net.ipv4.conf.all.rp_filter=1'],
  'rp-filter-loose': ['sysctl -qw net.ipv4.conf.all.rp_filter=2', ...FAR_CLIENT],
  asymmetric: FAR_CLIENT,
  'legacy-accepts': ['iptables-legacy -A FORWARD -j ACCEPT; iptables-legacy -A INPUT -p tcp --dport 22 -j ACCEPT'],
  'nat-elsewhere': [
    'iptables -t nat -I PREROUTING -p tcp --dport 9999 -j DNAT --to-destination 10.244.0.77:80; iptables -t nat -I PREROUTING -p tcp -d 198.51.100.9 -j REDIRECT --to-ports 3128',
  ],
  'neighbour-elsewhere': [
    'ip neigh replace 192.168.50.77 lladdr 02:00:00:00:00:77 dev eth0 nud permanent; ip route add default via 192.168.50.254 metric 900',
  ],
  'firewall-admits': [loaded(firewalldTable(['eth0', 'docker0', 'br-6f1c0ffee123', 'cni0']))],
  'ufw-admits': [restored(ufwRules(['-A ufw-user-input -p tcp -m tcp --dport 6443 -j ACCEPT']))],
  'invalid-dropped': [
    'iptables -I FORWARD -m conntrack --ctstate INVALID -c 4711 282660 -j DROP; iptables -I INPUT -m conntrack --ctstate INVALID -j DROP',
  ],
  'log-and-count': ['iptables -I FORWARD -j LOG --log-prefix "[BLOCK] "; iptables -I INPUT -m comment --comment "blocked" -j RETURN'],
  'input-guards-published': [
    'iptables -A INPUT -p tcp --dport 8080 -j DROP; iptables -A INPUT -p tcp --dport 30080 -j DROP; iptables -A INPUT -p tcp --dport 3306 -j REJECT',
  ],
  'mark-elsewhere': [
    'iptables -t mangle -A PREROUTING -i eth1 -j MARK --set-mark 0x1; iptables -t mangle -A FORWARD -m mark --mark 0x1 -j DROP',
  ],
  'second-address': [`ip addr add 192.168.50.6/24 dev eth0; ip addr add 10.99.3.1/32 dev lo`],
  'mtu-elsewhere': ['ip link set eth1 mtu 1300'],
}

export const NEAR_CASES: Readonly<Record<string, HostCase>> = {
  ...Object.fromEntries(
    Object.entries(BOTH).flatMap(([name, make]) =>
      (['docker', 'pods'] as const).map((base): [string, HostCase] => [
        `near-${base}-${name}`,
        {
          base,
          causes: [],
          make,
          ...(make.some((line) => FAR_CLIENT.includes(line)) && { asks: [ask(`lan ${HOST}:22`, { name: 'far client to 22', ...FAR })] }),
        },
      ]),
    ),
  ),
  'near-docker-user': {
    base: 'docker',
    causes: [],
    make: ['iptables -I DOCKER-USER -i eth0 -p tcp --dport 8080 -c 5 300 -j DROP; iptables -I DOCKER-USER -i eth1 -j DROP'],
  },
  'near-docker-raw': {
    base: 'docker',
    causes: [],
    make: ['iptables -t raw -I PREROUTING -d 172.17.0.2/32 -i eth1 -j DROP; iptables -t raw -A PREROUTING -i eth1 -j CT --notrack'],
  },
  'near-docker-hairpin': {
    base: 'docker',
    causes: [],
    make: ['bridge link set dev vethad1 hairpin off', 'sysctl -qw net.bridge.bridge-nf-call-iptables=0'],
  },
  // The destination is translated before it is routed, save that the host's own packets take their source from the first route.
  'near-pods-services-by-vpn': { base: 'pods', causes: [], make: [TUNNEL, 'ip route add 10.96.0.0/12 dev tun0 src 192.168.50.5'] },
  'near-pods-hairpin-elsewhere': { base: 'pods', causes: [], make: ['bridge link set dev vethp3 hairpin off'] },
  'near-pods-policy-elsewhere': {
    base: 'pods',
    causes: [],
    make: [
      restored(`*filter
:KUBE-POD-FW-OTHERPODOTHERPOD - [0:0]
-I FORWARD 1 -d 10.244.0.4/32 -m comment --comment "rule to jump traffic destined to POD name:p3 namespace: default to chain KUBE-POD-FW-OTHERPODOTHERPOD" -j KUBE-POD-FW-OTHERPODOTHERPOD
-A KUBE-POD-FW-OTHERPODOTHERPOD -m comment --comment "rule to REJECT traffic destined for POD name:p3 namespace: default" -m mark ! --mark 0x10000/0x10000 -j REJECT --reject-with icmp-port-unreachable
COMMIT
`),
    ],
  },
  'near-pods-portmap-local': {
    base: 'pods',
    causes: [],
    make: [
      restored(`*nat
:CNI-HOSTPORT-DNAT - [0:0]
:CNI-DN-0123456789abcdef01234 - [0:0]
-I PREROUTING 1 -m comment --comment "CNI portmap DNAT" -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT
-A CNI-HOSTPORT-DNAT -p tcp -m comment --comment "dnat name: \\"cbr0\\" id: \\"0123\\"" -m multiport --dports 443 -j CNI-DN-0123456789abcdef01234
-A CNI-DN-0123456789abcdef01234 -p tcp -m tcp --dport 443 -j DNAT --to-destination 10.244.0.3:80
COMMIT
`),
    ],
  },
  'near-pods-mangle-mark': {
    base: 'pods',
    causes: [],
    make: [
      'iptables -t mangle -A PREROUTING -i cni0 -j MARK --set-xmark 0x100000/0xf00000',
      `ip rule add pref 100 fwmark 0x200000/0xf00000 blackhole`,
    ],
  },
  'near-pods-local-elsewhere': { base: 'pods', causes: [], make: [`iptables -I INPUT -s 198.51.100.0/24 -d ${HOST} -j DROP`] },
}
