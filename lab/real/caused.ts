import type { CauseId } from '@culprit/core/diagnose/causes/ids'
import { CLUSTER_FAULTS, type Fault, ipOnNode1, onNode1, rule } from './cluster.ts'
import { CLUSTER_IP, node, nodeAddress, pod, podAddress, tunnelMac } from './cluster-network.ts'
import type { Network } from './network.ts'

/** A fault with the causes that are right for it: whoever finds one of these first has found it. */
export interface CausedFault {
  readonly causes: readonly CauseId[]
  readonly make: Fault
  /** Connections with two faults, one behind the other: both have to be told. */
  readonly both?: Readonly<Record<string, readonly CauseId[]>>
}

const known = (name: string, ...causes: readonly CauseId[]): CausedFault => ({ causes, make: CLUSTER_FAULTS[name] as Fault })
const broken = (make: Fault, ...causes: readonly CauseId[]): CausedFault => ({ causes, make })

const nft =
  (text: string): Fault =>
  (network) =>
    network.run(node(1), ['nft', '-f', '-'], text)
const restore =
  (text: string, program?: string): Fault =>
  (network, iptables) =>
    network.run(node(1), [`${program ?? iptables}-restore`, '--noflush'], text)
const sysctl =
  (name: string, key: string, value: string): Fault =>
  (network: Network) =>
    network.sysctl(name, key, value)
const ipOn =
  (name: string, ...lines: readonly string[]): Fault =>
  async (network) => {
    for (const line of lines) await network.ip(name, line)
  }

const FIREWALLD = `table inet firewalld {
  chain filter_FORWARD {
    type filter hook forward priority filter + 10; policy accept;
    ct state { established, related } accept
    iifname "lo" accept
    jump filter_FORWARD_POLICIES
    reject with icmpx admin-prohibited
  }
  chain filter_FORWARD_POLICIES {
    iifname "eth0" accept
  }
}
`

const UFW = `*filter
:ufw-before-forward - [0:0]
:ufw-user-forward - [0:0]
:ufw-reject-forward - [0:0]
-A FORWARD -j ufw-before-forward
-A FORWARD -j ufw-reject-forward
-A ufw-before-forward -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A ufw-before-forward -j ufw-user-forward
-A ufw-reject-forward -j REJECT --reject-with icmp-port-unreachable
COMMIT
`

const KUBE_ROUTER = `*filter
:KUBE-POD-FW-6YKDYQPIVPIMBDGQ - [0:0]
:KUBE-NWPLCY-DEFAULT - [0:0]
-A KUBE-POD-FW-6YKDYQPIVPIMBDGQ -m comment --comment "rule for stateful firewall for pod" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A KUBE-POD-FW-6YKDYQPIVPIMBDGQ -d ${podAddress(1, 1)}/32 -m comment --comment "run through nw policy db" -j KUBE-NWPLCY-DEFAULT
-A KUBE-POD-FW-6YKDYQPIVPIMBDGQ -m comment --comment "rule to REJECT traffic destined for POD name:p11 namespace: default" -m mark ! --mark 0x10000/0x10000 -j REJECT --reject-with icmp-port-unreachable
-I FORWARD 1 -d ${podAddress(1, 1)}/32 -m comment --comment "rule to jump traffic destined to POD name:p11 namespace: default to chain KUBE-POD-FW-6YKDYQPIVPIMBDGQ" -j KUBE-POD-FW-6YKDYQPIVPIMBDGQ
COMMIT
`

const CALICO = `*filter
:cali-FORWARD - [0:0]
:cali-to-wl-dispatch - [0:0]
:cali-tw-veth11 - [0:0]
-I FORWARD 1 -m comment --comment "cali:wUHhoiAYhphO9Mso" -j cali-FORWARD
-A cali-FORWARD -m comment --comment "cali:jxvuJjmmRV135nVu" -o cni0 -d ${podAddress(1, 1)}/32 -j cali-to-wl-dispatch
-A cali-to-wl-dispatch -m comment --comment "cali:7KNphB1nNHw80nIO" -j cali-tw-veth11
-A cali-tw-veth11 -m comment --comment "cali:yT3gQfSUiEFaxyKg" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A cali-tw-veth11 -m comment --comment "cali:0l9Vqb5i4xUe7HcS" -m comment --comment "Drop if no profiles matched" -j DROP
COMMIT
`

const STALE_LEGACY = `*nat
:KUBE-SERVICES - [0:0]
:KUBE-SVC-OLD - [0:0]
:KUBE-SEP-OLD - [0:0]
-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-A OUTPUT -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-A KUBE-SERVICES -d ${CLUSTER_IP}/32 -p tcp -m comment --comment "default/web:http cluster IP" -m tcp --dport 80 -j KUBE-SVC-OLD
-A KUBE-SVC-OLD -m comment --comment "default/web:http" -j KUBE-SEP-OLD
-A KUBE-SEP-OLD -p tcp -m comment --comment "default/web:http" -m tcp -j DNAT --to-destination 10.244.1.99:80
COMMIT
`

const NO_ENDPOINTS = `*filter
-I KUBE-SERVICES 1 -d ${CLUSTER_IP}/32 -p tcp -m comment --comment "default/web:http has no endpoints" -m tcp --dport 80 -j REJECT --reject-with icmp-port-unreachable
-I KUBE-EXTERNAL-SERVICES 1 -p tcp -m comment --comment "default/web:http has no endpoints" -m addrtype --dst-type LOCAL -m tcp --dport 30080 -j REJECT --reject-with icmp-port-unreachable
COMMIT
*nat
-F KUBE-SERVICES
COMMIT
`

const PORTMAP = `*nat
:CNI-HOSTPORT-DNAT - [0:0]
:CNI-DN-0123456789abcdef01234 - [0:0]
:CNI-HOSTPORT-SETMARK - [0:0]
-I PREROUTING 1 -m comment --comment "CNI portmap DNAT" -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT
-A CNI-HOSTPORT-DNAT -p tcp -m comment --comment "dnat name: \\"cbr0\\" id: \\"0123\\"" -m multiport --dports 30080 -j CNI-DN-0123456789abcdef01234
-A CNI-DN-0123456789abcdef01234 -p tcp -m tcp --dport 30080 -j DNAT --to-destination 10.244.1.99:80
COMMIT
`

/** What is broken on node n1 (or a pod of it), one at a time, each in a cluster of its own. */
export const CAUSED: Readonly<Record<string, CausedFault>> = {
  healthy: known('healthy'),
  'vxlan-blocked': known('vxlan-blocked', 'overlay.blocked'),
  'vxlan-rejected': known('vxlan-rejected', 'overlay.blocked'),
  'fdb-entry-removed': known('fdb-entry-removed', 'overlay.endpoint'),
  'fdb-entry-wrong': broken(
    async (network) => {
      await network.bridge(node(1), `fdb del ${tunnelMac(2)} dev flannel.1 dst ${nodeAddress(2)} self`)
      await network.bridge(node(1), `fdb add ${tunnelMac(2)} dev flannel.1 dst 10.56.0.77 self permanent`)
    },
    'overlay.endpoint',
    'host.neighbour',
  ),
  'neighbour-removed': known('neighbour-removed', 'overlay.endpoint', 'host.neighbour'),
  'neighbour-wrong': broken(
    ipOnNode1('neigh replace 10.244.2.0 lladdr 0e:00:00:00:00:77 dev flannel.1 nud permanent'),
    'overlay.endpoint',
    'host.neighbour',
  ),
  'pod-neighbour-wrong': broken(
    ipOnNode1(`neigh replace ${podAddress(1, 1)} lladdr 0e:00:00:00:00:77 dev cni0 nud permanent`),
    'host.neighbour',
  ),
  'no-default-route': known('no-default-route', 'route.missing-default'),
  'pod-without-default-route': known('pod-without-default-route', 'route.missing-default', 'route.missing'),
  'forward-policy-drop': known('forward-policy-drop', 'filter.forward-policy'),
  'forward-drop-first': known('forward-drop-first', 'filter.forward-rule'),
  'forward-rejects': known('forward-rejects', 'filter.forward-rule'),
  'input-drop': broken(rule('-I INPUT 1 -i eth0 -p tcp -j DROP'), 'filter.input-rule'),
  'output-drop': broken(rule('-I OUTPUT 1 -p tcp --dport 80 -j DROP'), 'filter.output-rule'),
  'raw-drop': broken(rule('-t raw -I PREROUTING 1 -i cni0 -p tcp --dport 80 -j DROP'), 'filter.raw-drop'),
  'mangle-drop': broken(rule('-t mangle -I PREROUTING 1 -i eth0 -p tcp --dport 30080 -j DROP'), 'filter.raw-drop'),
  firewalld: broken(nft(FIREWALLD), 'filter.firewalld-zone', 'filter.cross-backend'),
  ufw: broken(restore(UFW), 'filter.ufw'),
  'ufw-policy': broken(
    async (network, iptables) => {
      await network.run(
        node(1),
        [`${iptables}-restore`, '--noflush'],
        UFW.replace(/-A FORWARD -j ufw-reject-forward\n/, '').replace('*filter\n', '*filter\n:ufw-before-input - [0:0]\n'),
      )
      await network.run(node(1), [iptables, '-P', 'FORWARD', 'DROP'])
      await network.run(node(1), [iptables, '-F', 'FLANNEL-FWD'])
    },
    'filter.ufw',
    'filter.forward-policy',
  ),
  'kube-router': broken(restore(KUBE_ROUTER), 'policy.kubernetes'),
  calico: broken(restore(CALICO), 'policy.calico'),
  'hairpin-off': known('hairpin-off', 'nat.hairpin'),
  'wrong-subnet': known('wrong-subnet', 'overlay.subnet-mismatch'),
  'flannel-two-addresses': broken(
    ipOnNode1('addr add 10.244.7.0/32 dev flannel.1', 'addr del 10.244.1.0/32 dev flannel.1', 'addr add 10.244.1.0/32 dev flannel.1'),
    'overlay.multiple-addresses',
    'overlay.subnet-mismatch',
  ),
  'flannel-routes-flushed': broken(
    ipOnNode1('addr del 10.244.1.0/32 dev flannel.1', 'addr add 10.244.1.0/32 dev flannel.1'),
    'route.missing',
  ),
  'pod-route-missing': broken(ipOnNode1('route del 10.244.2.0/24'), 'route.missing'),
  'pod-route-wrong': broken(ipOnNode1('route replace 10.244.2.0/24 via 10.56.0.77 dev eth0 onlink'), 'route.wrong', 'host.neighbour'),
  'redirect-80': known('redirect-80', 'nat.hijack'),
  'redirect-local': broken(
    rule('-t nat -I PREROUTING 1 -p tcp -m addrtype --dst-type LOCAL --dport 30080 -j REDIRECT --to-ports 8081'),
    'nat.hijack',
  ),
  'portmap-stale': broken(restore(PORTMAP), 'nat.hijack', 'nat.hostport', 'nat.stale-target'),
  'stale-legacy': broken(restore(STALE_LEGACY, 'iptables-legacy'), 'backend.mixed', 'nat.stale-target'),
  'stale-endpoint': broken(
    async (network, iptables) => {
      const chain =
        (await network.run(node(1), [iptables, '-t', 'nat', '-S', 'KUBE-SVC-WEBHTTPAAAAAAAAA'])).match(/-j (KUBE-SEP-\S+)/)?.[1] ?? ''
      await network.run(node(1), [
        iptables,
        '-t',
        'nat',
        '-R',
        chain,
        '2',
        '-p',
        'tcp',
        '-m',
        'tcp',
        '-j',
        'DNAT',
        '--to-destination',
        '10.244.1.99:80',
      ])
    },
    'nat.stale-target',
    'service.proxy-stale',
  ),
  'no-endpoints': broken(restore(NO_ENDPOINTS), 'service.no-endpoints'),
  'nat-flushed': broken(rule('-t nat -F'), 'nat.rules-flushed', 'service.proxy-stale'),
  'masquerade-flushed': broken(rule('-t nat -F FLANNEL-POSTRTG'), 'nat.masquerade-missing'),
  'forwarding-off': known('forwarding-off', 'host.forwarding-off'),
  'cni0-forwarding-off': broken(sysctl(node(1), 'net.ipv4.conf.cni0.forwarding', '0'), 'host.forwarding-off'),
  'table-52': known('table-52', 'route.overlap', 'route.policy-rule'),
  'policy-routing': broken(
    ipOnNode1(
      'link add ts0 type veth peer name ts1',
      'link set ts0 up',
      'link set ts1 up',
      'route add default dev ts0 table 100',
      'rule add pref 100 from 10.244.1.0/24 lookup 100',
    ),
    'route.policy-rule',
    'route.overlap',
  ),
  'duplicate-network': broken(
    ipOnNode1(
      'link add dock0 type bridge',
      'route del 10.244.1.0/24 dev cni0',
      'addr add 10.244.1.254/24 dev dock0',
      'link set dock0 up',
      'route append 10.244.1.0/24 dev cni0 src 10.244.1.1',
    ),
    'route.overlap',
  ),
  'strict-rp-filter': known('strict-rp-filter', 'route.rp-filter', 'route.wrong'),
  'prohibited-route': known('prohibited-route', 'route.blackhole'),
  'blackhole-route': broken(ipOnNode1('route replace blackhole 10.244.2.0/24'), 'route.blackhole'),
  'pod-link-down': broken(ipOn(pod(1, 1), 'link set eth0 down'), 'host.interface-down'),
  'veth-down': broken(ipOnNode1('link set veth11 down'), 'host.interface-down'),
  'flannel-down': broken(ipOnNode1('link set flannel.1 down'), 'host.interface-down', 'route.missing'),
  'veth-without-master': broken(ipOnNode1('link set veth11 nomaster'), 'host.interface-down'),
  'route-localnet': broken(
    rule('-t nat -I OUTPUT 1 -d 127.0.0.1/32 -p tcp --dport 30080 -j DNAT --to-destination 10.244.1.2:80'),
    'nat.loopback',
  ),
  'bridge-netfilter-off': broken(onNode1(['sysctl', '-qw', 'net.bridge.bridge-nf-call-iptables=0']), 'host.bridge-netfilter'),
  'mtu-of-wire': broken(async (network) => {
    await network.ip(node(1), 'link set eth0 mtu 1400')
    await network.ip('world', 'link set v1 mtu 1400')
  }, 'host.mtu'),
}
