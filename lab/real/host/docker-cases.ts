import { ask, BR, type HostCase } from './case.ts'
import { HOST, LAN, ROUTER } from './host-network.ts'
import { firewalldTable, ufwRules } from './rules.ts'

const docker = (causes: HostCase['causes'], ...make: readonly string[]): HostCase => ({ base: 'docker', causes, make })
const asking = (one: HostCase, ...asks: NonNullable<HostCase['asks']>): HostCase => ({ ...one, asks })

export const restored = (text: string): string => `iptables-restore --noflush <<'END'\n${text}END`
export const loaded = (text: string): string => `nft -f - <<'END'\n${text}END`
/** A device of a VPN, whose other end says nothing. */
export const TUNNEL =
  'ip link add tun0 type veth peer name tun1; ip addr add 100.64.0.1/32 dev tun0; ip link set tun0 up arp off; ip link set tun1 up'
const LAN_KNOWS = 'lan| ip route add 172.16.0.0/12 via 192.168.50.5'

/** A client behind the router, asked for by the LAN and answered by the second network. */
export const FAR_CLIENT = [
  'lan| ip addr add 10.77.0.9/32 dev lo',
  `world| ip route add 10.77.0.9/32 via ${LAN}`,
  'ip route add 10.77.0.0/16 via 10.20.0.1 dev eth1',
]
export const FAR = { from: { from: 'outside', host: 'h', iif: 'eth0', src: '10.77.0.9' }, bind: '10.77.0.9' } as const

/** What goes wrong on a machine that runs Docker. */
export const DOCKER_CASES: Readonly<Record<string, HostCase>> = {
  'docker-healthy': docker([]),
  'docker-nat-flushed': docker(['nat.rules-flushed', 'nat.masquerade-missing'], 'iptables -t nat -F'),
  'docker-all-flushed': docker(['nat.rules-flushed', 'filter.forward-policy'], 'iptables -F; iptables -t nat -F'),
  'docker-never-wrote': docker(
    ['nat.rules-flushed', 'nat.masquerade-missing'],
    'iptables -P FORWARD ACCEPT; iptables -F; iptables -t nat -F; iptables -X; iptables -t nat -X',
  ),
  'docker-masquerade-gone': docker(
    ['nat.masquerade-missing'],
    'iptables -t nat -D POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE',
  ),
  'docker-masquerade-spared': docker(
    ['nat.masquerade-missing'],
    'iptables -t nat -I POSTROUTING -s 172.17.0.0/16 -d 172.16.0.0/16 -j ACCEPT',
  ),
  'docker-user-drop': docker(['filter.docker-user'], 'iptables -I DOCKER-USER -i eth0 ! -s 192.168.60.0/24 -j DROP'),
  'docker-user-replies': docker(['filter.docker-user'], 'iptables -I DOCKER-USER -o eth0 -p tcp --sport 80 -j DROP'),
  'docker-direct-raw': asking(
    docker(['filter.raw-drop'], LAN_KNOWS, 'iptables -t raw -I PREROUTING -d 172.17.0.2/32 ! -i docker0 -j DROP'),
    ask('lan 172.17.0.2:80'),
  ),
  'docker-isolation': asking(docker(['filter.docker-isolation']), ask('d1 172.19.0.2:3306')),
  'docker-unpublished': asking(docker(['filter.forward-policy', 'filter.docker-isolation'], LAN_KNOWS), ask('lan 172.17.0.3:80')),
  'docker-internal': docker(
    ['filter.docker-isolation', 'container.network-mode'],
    `iptables -I DOCKER-ISOLATION-STAGE-1 ! -s 172.19.0.0/16 -o ${BR} -j DROP; iptables -I DOCKER-ISOLATION-STAGE-1 ! -d 172.19.0.0/16 -i ${BR} -j DROP`,
  ),
  'docker-icc-off': docker(
    ['filter.docker-isolation', 'filter.forward-rule'],
    'iptables -D FORWARD -i docker0 -o docker0 -j ACCEPT; iptables -A FORWARD -i docker0 -o docker0 -j DROP',
  ),
  'docker-loopback-server': asking(docker(['app.loopback-only']), ask(`lan ${HOST}:8081`)),
  'docker-wrong-port': asking(docker(['app.not-listening']), ask(`lan ${HOST}:8082`)),
  'docker-stale-target': asking(docker(['nat.stale-target']), ask(`lan ${HOST}:8083`)),
  'docker-bridge-down': docker(['host.interface-down'], 'ip link set docker0 down'),
  'docker-veth-down': docker(['host.interface-down'], 'ip link set vethad1 down'),
  'docker-veth-loose': docker(['host.interface-down'], 'ip link set vethad1 nomaster'),
  'docker-inner-down': docker(['host.interface-down'], 'd1| ip link set eth0 down'),
  'docker-bridge-addressless': docker(['host.interface-down', 'route.missing'], 'ip addr flush dev docker0'),
  'docker-uplink-addressless': docker(['host.interface-down', 'route.missing-default', 'route.missing'], `ip addr del ${HOST}/24 dev eth0`),
  'docker-forwarding-off': docker(['host.forwarding-off'], 'sysctl -qw net.ipv4.ip_forward=0'),
  'docker-bridge-forwarding-off': docker(['host.forwarding-off'], 'sysctl -qw net.ipv4.conf.docker0.forwarding=0'),
  'docker-uplink-forwarding-off': docker(['host.forwarding-off'], 'sysctl -qw net.ipv4.conf.eth0.forwarding=0'),
  'docker-vpn-longer': docker(['route.overlap'], TUNNEL, 'ip route add 172.17.0.0/17 dev tun0'),
  'docker-vpn-table': docker(
    ['route.overlap', 'route.policy-rule'],
    TUNNEL,
    'ip route add 172.16.0.0/12 dev tun0 table 52; ip rule add pref 5270 lookup 52',
  ),
  'docker-vpn-everything': docker(
    ['route.wrong', 'route.overlap'],
    TUNNEL,
    'ip route add 0.0.0.0/1 dev tun0; ip route add 128.0.0.0/1 dev tun0',
  ),
  'docker-vpn-source': docker(
    ['route.policy-rule'],
    TUNNEL,
    'ip route add default dev tun0 table 100; ip rule add pref 100 from 172.17.0.0/16 lookup 100',
  ),
  'docker-vpn-mark': docker(
    ['route.policy-rule', 'filter.mark-collision'],
    TUNNEL,
    'iptables -t mangle -A PREROUTING -i docker0 -j MARK --set-mark 0x1; ip route add default dev tun0 table 100; ip rule add pref 100 fwmark 0x1 lookup 100',
  ),
  'docker-vpn-replies': docker(
    ['route.policy-rule', 'host.neighbour', 'route.wrong'],
    `ip route add default via 192.168.50.254 table 100; ip rule add pref 100 from ${HOST} lookup 100`,
  ),
  'docker-office-is-docker': docker(
    ['route.overlap'],
    'ip link add br-0123456789ab type bridge; ip addr add 172.16.0.1/16 dev br-0123456789ab; ip link set br-0123456789ab up',
  ),
  'docker-kill-switch': docker(['filter.output-rule'], 'iptables -A OUTPUT -o eth0 -d 203.0.113.0/24 -j DROP'),
  'docker-ufw': docker(['filter.ufw'], restored(ufwRules()), 'iptables -D ufw-user-input 1'),
  'docker-ufw-exposed': asking(
    docker(['exposure.published-past-firewall'], restored(ufwRules())),
    ask(`lan ${HOST}:8080`, { symptom: 'exposed' }),
  ),
  'docker-firewalld': docker(['filter.firewalld-zone', 'filter.cross-backend'], loaded(firewalldTable())),
  'docker-nftables-conf': docker(
    ['filter.cross-backend', 'filter.forward-policy', 'filter.forward-rule'],
    loaded('table inet filter {\n chain forward {\n type filter hook forward priority 0; policy drop;\n }\n}\n'),
  ),
  'docker-nftables-replies': docker(
    ['filter.cross-backend', 'filter.forward-policy', 'filter.forward-rule'],
    loaded(
      'table inet filter {\n chain forward {\n type filter hook forward priority 10; policy drop;\n iifname "docker0" accept\n iifname "br-*" accept\n tcp dport 1-1023 accept\n }\n}\n',
    ),
  ),
  'docker-nftables-input': docker(
    ['filter.input-rule'],
    loaded(
      'table inet filter {\n chain input {\n type filter hook input priority 0; policy drop;\n ct state established,related accept\n iif lo accept\n }\n}\n',
    ),
  ),
  'docker-legacy-drops': docker(
    ['filter.cross-backend', 'backend.mixed', 'filter.forward-policy', 'filter.forward-rule'],
    'iptables-legacy -P FORWARD DROP',
  ),
  'docker-legacy-rule': docker(
    ['filter.cross-backend', 'backend.mixed', 'filter.forward-rule'],
    'iptables-legacy -A FORWARD -o docker0 -j DROP',
  ),
  'docker-legacy-dnat': docker(
    ['backend.mixed', 'nat.hijack', 'nat.stale-target', 'nat.hostport'],
    'iptables-legacy -t nat -A PREROUTING -p tcp --dport 8080 -j DNAT --to-destination 172.17.0.77:80',
  ),
  'docker-untracked': docker(
    ['nat.masquerade-missing', 'filter.raw-drop', 'filter.forward-policy'],
    'iptables -t raw -A PREROUTING -i docker0 -j CT --notrack',
  ),
  'docker-proxy-redirect': docker(['nat.hijack'], 'iptables -t nat -I PREROUTING -p tcp --dport 443 -j REDIRECT --to-ports 3128'),
  'docker-mesh-output': docker(['nat.hijack'], 'iptables -t nat -I OUTPUT -p tcp --dport 443 -j REDIRECT --to-ports 15001'),
  'docker-port-stolen': docker(
    ['nat.hijack', 'nat.hostport'],
    'iptables -t nat -I PREROUTING -p tcp --dport 8080 -j DNAT --to-destination 172.17.0.3:80',
  ),
  'docker-port-dead': docker(
    ['nat.hijack', 'nat.stale-target', 'nat.hostport'],
    'iptables -t nat -I PREROUTING -p tcp --dport 8080 -j DNAT --to-destination 172.17.0.98:80',
  ),
  'docker-hairpin': asking(
    docker(
      ['nat.hairpin'],
      'iptables -t nat -F DOCKER; iptables -t nat -A DOCKER -p tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80; iptables -t nat -A DOCKER ! -i br-6f1c0ffee123 -p tcp --dport 3306 -j DNAT --to-destination 172.19.0.2:3306',
    ),
    ask(`d1 ${HOST}:8080`),
  ),
  'docker-localhost-refused': asking(docker(['nat.loopback']), ask('h 127.0.0.1:8080')),
  'docker-localhost-martian': asking(
    docker(['nat.loopback'], 'iptables -t nat -I OUTPUT -m addrtype --dst-type LOCAL -j DOCKER'),
    ask('h 127.0.0.1:8080'),
  ),
  'docker-no-default': docker(['route.missing-default'], 'ip route del default'),
  'docker-default-by-dead': docker(['host.neighbour', 'route.wrong'], 'ip route replace default via 192.168.50.254'),
  'docker-unreachable': docker(['route.blackhole'], 'ip route add unreachable 203.0.113.0/24'),
  'docker-blackhole-replies': docker(['route.blackhole'], `ip route add blackhole ${LAN}/32`),
  'docker-prohibit-rule': docker(
    ['route.blackhole', 'route.policy-rule'],
    'ip rule add pref 90 from 172.17.0.0/16 to 203.0.113.0/24 prohibit',
  ),
  'docker-rp-filter': asking(
    docker(['route.rp-filter'], 'sysctl -qw net.ipv4.conf.eth0.rp_filter=1', ...FAR_CLIENT),
    ask(`lan ${HOST}:8080`, { name: 'far client to 8080', ...FAR }),
    ask(`lan ${HOST}:22`, { name: 'far client to 22', ...FAR }),
  ),
  'docker-rpfilter-match': asking(
    docker(['route.rp-filter', 'filter.raw-drop'], 'iptables -t mangle -A PREROUTING -m rpfilter --invert -j DROP', ...FAR_CLIENT),
    ask(`lan ${HOST}:8080`, { name: 'far client to 8080', ...FAR }),
  ),
  'docker-gateway-mac': docker(['host.neighbour'], `ip neigh replace ${ROUTER} lladdr 02:00:00:00:00:99 dev eth0 nud permanent`),
  'docker-container-mac': docker(['host.neighbour'], 'ip neigh replace 172.17.0.2 lladdr 02:00:00:00:00:99 dev docker0 nud permanent'),
  'docker-inner-no-default': docker(['route.missing-default', 'route.missing'], 'd1| ip route del default'),
  'docker-inner-gateway': docker(['route.wrong', 'host.neighbour'], 'd1| ip route replace default via 172.17.0.254'),
  'docker-inner-firewall': docker(['filter.input-rule'], 'd1| iptables -A INPUT -p tcp --dport 80 -j DROP'),
  'docker-inner-output': docker(['filter.output-rule'], 'd1| iptables -A OUTPUT -p tcp --dport 443 -j REJECT'),
  'docker-forward-reject': docker(['filter.forward-rule'], 'iptables -I FORWARD 3 -j REJECT --reject-with icmp-host-prohibited'),
  'docker-mangle-forward': docker(
    ['filter.forward-rule', 'filter.raw-drop'],
    'iptables -t mangle -A FORWARD -o docker0 -p tcp --dport 80 -j DROP',
  ),
  'docker-postrouting-drop': docker(
    ['filter.forward-rule', 'filter.raw-drop', 'filter.output-rule'],
    'iptables -t mangle -A POSTROUTING -o eth0 -p tcp --dport 443 -j DROP',
  ),
  'docker-established-gone': docker(
    ['filter.forward-policy'],
    'iptables -D FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
  ),
  'docker-two-faults': {
    ...docker(
      ['filter.docker-user', 'nat.masquerade-missing'],
      'iptables -I DOCKER-USER -i docker0 -d 203.0.113.0/24 -j DROP',
      'iptables -t nat -D POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE',
    ),
    both: { 'd1 203.0.113.80:443': ['filter.docker-user', 'nat.masquerade-missing'] },
  },
  'docker-two-rules': {
    ...docker(
      ['filter.forward-rule', 'filter.raw-drop'],
      'iptables -I FORWARD -p tcp --dport 80 -o docker0 -i eth0 -j DROP',
      'iptables -t raw -I PREROUTING -i eth0 -p tcp --dport 8080 -j DROP',
    ),
    both: { 'lan 192.168.50.5:8080': ['filter.forward-rule', 'filter.raw-drop'] },
  },
}
