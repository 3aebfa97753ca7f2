import { ask, BALANCER, type HostCase } from './case.ts'
import { FAR, FAR_CLIENT, loaded, restored, TUNNEL } from './docker-cases.ts'
import { HOST } from './host-network.ts'
import { firewalldTable, ufwRules } from './rules.ts'

const pods = (causes: HostCase['causes'], ...make: readonly string[]): HostCase => ({ base: 'pods', causes, make })
const asking = (one: HostCase, ...asks: NonNullable<HostCase['asks']>): HostCase => ({ ...one, asks })

/** kube-router for a pod whose policy lets only traffic to other pods out. */
const EGRESS = `*filter
:KUBE-NWPLCY-EGRESSONLYPODS01 - [0:0]
:KUBE-POD-FW-6YKDYQPIVPIMBDGQ - [0:0]
-I FORWARD 1 -s 10.244.0.2/32 -m comment --comment "rule to jump traffic from POD name:p1 namespace: default to chain KUBE-POD-FW-6YKDYQPIVPIMBDGQ" -j KUBE-POD-FW-6YKDYQPIVPIMBDGQ
-I INPUT 1 -s 10.244.0.2/32 -m comment --comment "rule to jump traffic from POD name:p1 namespace: default to chain KUBE-POD-FW-6YKDYQPIVPIMBDGQ" -j KUBE-POD-FW-6YKDYQPIVPIMBDGQ
-A KUBE-POD-FW-6YKDYQPIVPIMBDGQ -m comment --comment "rule for stateful firewall for pod" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A KUBE-POD-FW-6YKDYQPIVPIMBDGQ -m comment --comment "run through nw policy egress-only-pods" -j KUBE-NWPLCY-EGRESSONLYPODS01
-A KUBE-POD-FW-6YKDYQPIVPIMBDGQ -m comment --comment "rule to REJECT traffic destined for POD name:p1 namespace: default" -m mark ! --mark 0x10000/0x10000 -j REJECT --reject-with icmp-port-unreachable
-A KUBE-POD-FW-6YKDYQPIVPIMBDGQ -m comment --comment "set mark to ACCEPT traffic" -j MARK --set-xmark 0x0/0x10000
-A KUBE-NWPLCY-EGRESSONLYPODS01 -s 10.244.0.2/32 -d 10.244.0.0/16 -m comment --comment "rule to ACCEPT traffic from source pods to dest pods selected by policy name: egress-only-pods namespace default" -j MARK --set-xmark 0x10000/0x10000
COMMIT
`

const WEAVE = `*filter
:WEAVE-NPC - [0:0]
:WEAVE-NPC-INGRESS - [0:0]
-I FORWARD 1 -o cni0 -d 10.244.0.3/32 -m comment --comment "NOTE: this must go before '-j KUBE-FORWARD'" -j WEAVE-NPC
-A WEAVE-NPC -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A WEAVE-NPC -m conntrack --ctstate NEW -j WEAVE-NPC-INGRESS
-A WEAVE-NPC -m mark ! --mark 0x40000/0x40000 -j DROP
COMMIT
`

const CALICO_TO_HOST = `*filter
:cali-INPUT - [0:0]
:cali-wl-to-host - [0:0]
-I INPUT 1 -m comment --comment "cali:Cz_u1IQiXIMmKD4c" -j cali-INPUT
-A cali-INPUT -i veth+ -m comment --comment "cali:i7okJZpS8VxaJB3n" -g cali-wl-to-host
-A cali-INPUT -i cni0 -m comment --comment "cali:i7okJZpS8VxaJB3m" -g cali-wl-to-host
-A cali-wl-to-host -m comment --comment "cali:nSZbcOoG1xPONxb8" -j DROP
COMMIT
`

const PORTMAP = `*nat
:CNI-HOSTPORT-DNAT - [0:0]
:CNI-DN-0123456789abcdef01234 - [0:0]
-I PREROUTING 1 -m comment --comment "CNI portmap DNAT" -j CNI-HOSTPORT-DNAT
-A CNI-HOSTPORT-DNAT -p tcp -m comment --comment "dnat name: \\"cbr0\\" id: \\"0123\\"" -m multiport --dports 443 -j CNI-DN-0123456789abcdef01234
-A CNI-DN-0123456789abcdef01234 -p tcp -m tcp --dport 443 -j DNAT --to-destination 10.244.0.3:80
COMMIT
`

const CONFLICT = `*nat
:KUBE-SVC-LEFTQVERFRQMBEFQ - [0:0]
:KUBE-SEP-LEFTQVERFRQMBEFQ - [0:0]
-I KUBE-SERVICES 1 -d 10.96.20.20/32 -p tcp -m comment --comment "default/foo:http cluster IP" -m tcp --dport 80 -j KUBE-SVC-LEFTQVERFRQMBEFQ
-A KUBE-SVC-LEFTQVERFRQMBEFQ -m comment --comment "default/foo:http" -j KUBE-SEP-LEFTQVERFRQMBEFQ
-A KUBE-SEP-LEFTQVERFRQMBEFQ -p tcp -m tcp -j DNAT --to-destination 10.244.0.3:9999
COMMIT
`

/** What goes wrong on a node: the machine of a cluster with a bridge plugin and kube-proxy. */
export const POD_CASES: Readonly<Record<string, HostCase>> = {
  'pods-healthy': pods([]),
  'pods-no-endpoints': asking(pods(['service.no-endpoints']), ask('p1 10.96.40.40:80'), ask('h 10.96.40.40:80'), ask(`lan ${HOST}:30081`)),
  'pods-local-policy': asking(pods(['service.traffic-policy']), ask(`lan ${HOST}:30082`)),
  'pods-source-ranges': asking(
    pods(['service.source-ranges'], 'lan| ip route add 192.168.60.0/24 via 192.168.50.5'),
    ask(`lan ${BALANCER}:80`),
  ),
  'pods-service-port': asking(pods(['service.port']), ask('p1 10.96.20.20:81')),
  'pods-target-port': asking(pods(['service.target-port', 'app.not-listening']), ask('p1 10.96.60.60:80')),
  'pods-loopback-server': asking(pods(['app.loopback-only']), ask('p1 10.96.70.70:80')),
  'pods-hairpin-off': pods(['nat.hairpin'], 'bridge link set dev vethp1 hairpin off'),
  'pods-bridge-netfilter-off': pods(['host.bridge-netfilter'], 'sysctl -qw net.bridge.bridge-nf-call-iptables=0'),
  'pods-stale-endpoint': pods(
    ['nat.stale-target', 'service.proxy-stale'],
    'iptables -t nat -R KUBE-SEP-ZXKWG23IYXSIKRHB 2 -p tcp -m tcp -j DNAT --to-destination 10.244.0.99:80',
  ),
  'pods-nat-flushed': pods(['nat.rules-flushed', 'service.proxy-stale', 'nat.masquerade-missing'], 'iptables -t nat -F'),
  'pods-services-flushed': pods(['service.proxy-stale', 'nat.rules-flushed'], 'iptables -t nat -F KUBE-SERVICES'),
  'pods-jump-gone': pods(['service.proxy-stale', 'nat.rules-flushed'], 'iptables -t nat -F PREROUTING'),
  'pods-hostport-hijack': pods(['nat.hijack', 'nat.hostport'], restored(PORTMAP)),
  'pods-egress-policy': pods(['policy.kubernetes'], restored(EGRESS)),
  'pods-weave': pods(['policy.kubernetes'], restored(WEAVE)),
  'pods-calico-to-host': pods(['policy.calico'], restored(CALICO_TO_HOST)),
  'pods-mark': pods(
    ['filter.mark-collision'],
    'iptables -A KUBE-FIREWALL -m comment --comment "kubernetes firewall for dropping marked packets" -m mark --mark 0x8000/0x8000 -j DROP',
    'iptables -t mangle -A PREROUTING -i cni0 -j MARK --set-xmark 0x8000/0xff00',
  ),
  'pods-conflict': pods(['service.proxy-conflict'], restored(CONFLICT)),
  'pods-route-gone': pods(['route.missing'], 'ip route del 10.244.0.0/24 dev cni0'),
  'pods-cni0-addressless': pods(['host.interface-down', 'route.missing', 'overlay.subnet-mismatch'], 'ip addr flush dev cni0'),
  'pods-cni0-down': pods(['host.interface-down'], 'ip link set cni0 down'),
  'pods-input-reject': pods(
    ['filter.input-rule'],
    'iptables -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT; iptables -A INPUT -p tcp --dport 22 -j ACCEPT; iptables -A INPUT -j REJECT --reject-with icmp-host-prohibited',
  ),
  'pods-input-policy': pods(
    ['filter.input-rule'],
    'iptables -A INPUT -i lo -j ACCEPT; iptables -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT; iptables -P INPUT DROP',
  ),
  'pods-forward-reject': pods(
    ['filter.forward-rule'],
    'iptables -I FORWARD -j REJECT --reject-with icmp-host-prohibited; iptables -I FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
  ),
  'pods-forward-policy': pods(['filter.forward-policy'], 'iptables -F FLANNEL-FWD; iptables -P FORWARD DROP'),
  'pods-replies-dropped': pods(['filter.forward-rule'], 'iptables -I FORWARD 1 -i eth0 -o cni0 -p tcp --sport 443 -j DROP'),
  'pods-bridge-forward-policy': pods(
    ['filter.forward-policy', 'host.bridge-netfilter'],
    'iptables -P FORWARD DROP; iptables -R FLANNEL-FWD 1 -s 10.244.0.0/16 ! -d 10.244.0.0/16 -j ACCEPT; iptables -R FLANNEL-FWD 2 -d 10.244.0.0/16 ! -s 10.244.0.0/16 -j ACCEPT',
  ),
  'pods-masquerade-spared': pods(['nat.masquerade-missing'], 'iptables -t nat -I POSTROUTING -s 10.244.0.0/16 -d 172.16.0.0/12 -j RETURN'),
  'pods-masquerade-gone': pods(['nat.masquerade-missing'], 'iptables -t nat -F FLANNEL-POSTRTG'),
  'pods-postrouting-flushed': pods(['nat.masquerade-missing', 'nat.hairpin', 'service.proxy-stale'], 'iptables -t nat -F KUBE-POSTROUTING'),
  'pods-ufw': pods(['filter.ufw'], restored(ufwRules())),
  'pods-firewalld': pods(['filter.firewalld-zone', 'filter.cross-backend'], loaded(firewalldTable())),
  'pods-no-default': pods(['route.missing-default'], 'ip route del default'),
  'pods-forwarding-off': pods(['host.forwarding-off'], 'sysctl -qw net.ipv4.ip_forward=0'),
  'pods-vpn-services': pods(['route.overlap', 'route.policy-rule', 'route.wrong'], TUNNEL, 'ip route add 10.244.0.0/25 dev tun0'),
  'pods-vpn-table': pods(
    ['route.overlap', 'route.policy-rule'],
    TUNNEL,
    'ip route add 10.0.0.0/8 dev tun0 table 52; ip rule add pref 5270 lookup 52',
  ),
  'pods-pod-no-default': pods(['route.missing-default', 'route.missing'], 'p1| ip route del default'),
  'pods-pod-wrong-mask': pods(['route.wrong', 'host.neighbour', 'route.overlap'], 'p1| ip route add 10.96.0.0/12 dev eth0'),
  'pods-neighbour': pods(['host.neighbour'], 'ip neigh replace 10.244.0.2 lladdr 02:00:00:00:00:99 dev cni0 nud permanent'),
  'pods-blackhole': pods(['route.blackhole'], 'ip route add blackhole 10.244.0.2/32'),
  'pods-docker-same-network': pods(
    ['route.overlap'],
    'ip link add docker0 type bridge; ip route del 10.244.0.0/24 dev cni0; ip addr add 10.244.0.254/24 dev docker0; ip link set docker0 up; ip route append 10.244.0.0/24 dev cni0 src 10.244.0.1',
  ),
  'pods-legacy-services': pods(
    ['backend.mixed', 'nat.stale-target'],
    'iptables-legacy -t nat -N KUBE-SERVICES; iptables-legacy -t nat -A PREROUTING -j KUBE-SERVICES; iptables-legacy -t nat -A OUTPUT -j KUBE-SERVICES; iptables-legacy -t nat -A KUBE-SERVICES -d 10.96.20.20/32 -p tcp --dport 80 -j DNAT --to-destination 10.244.0.77:80',
  ),
  'pods-istio': pods(['nat.hijack'], 'p1| iptables -t nat -A OUTPUT -p tcp -j REDIRECT --to-ports 15001'),
  'pods-api-loopback': asking(
    pods(
      ['app.loopback-only', 'nat.stale-target', 'app.not-listening'],
      'iptables -t nat -R KUBE-SEP-NPX46M4PTMTKRN6A 2 -p tcp -m tcp -j DNAT --to-destination 192.168.50.5:6444',
    ),
    ask('h 10.96.0.1:443'),
  ),
  'pods-rp-filter': asking(
    pods(['route.rp-filter'], 'sysctl -qw net.ipv4.conf.all.rp_filter=1', ...FAR_CLIENT),
    ask(`lan ${HOST}:30080`, { ...FAR, tries: 12 }),
    ask(`lan ${HOST}:22`, { name: 'far client to 22', ...FAR }),
  ),
  'pods-two-faults': {
    ...pods(
      ['filter.input-rule', 'nat.hijack'],
      'iptables -I INPUT -p tcp --dport 6443 -i cni0 -j DROP; iptables -I INPUT -p tcp --dport 7443 -i cni0 -j DROP',
      'iptables -t nat -I PREROUTING -i cni0 -p tcp -d 10.96.0.1 -j DNAT --to-destination 192.168.50.5:7443',
    ),
    both: { 'p1 10.96.0.1:443': ['nat.hijack', 'filter.input-rule'] },
  },
  'pods-two-routes': {
    ...pods(
      ['filter.forward-rule', 'nat.masquerade-missing'],
      'iptables -I FORWARD -s 10.244.0.0/24 -d 172.16.0.0/12 -j DROP',
      'iptables -t nat -I POSTROUTING -s 10.244.0.0/16 -d 172.16.0.0/12 -j RETURN',
    ),
    both: { 'p1 172.16.3.77:443': ['filter.forward-rule', 'nat.masquerade-missing'] },
  },
}
