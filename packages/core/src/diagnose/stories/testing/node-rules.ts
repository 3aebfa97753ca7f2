import { NODE } from '../../testing/kubernetes-node.ts'
import { changed, type Machines, type Story } from '../../testing/story.ts'

const h = (more: Parameters<typeof changed>[2]) => changed(NODE, 'h', more)
const rules = (iptables: string) => h({ iptables })
const healthy = NODE
const OUTSIDE = 'outside 192.168.50.10 -> 192.168.50.5:30080/tcp'
const SERVICE = 'netns/h/p1 -> 10.96.10.10:80/tcp'

const FW = (drop: string) => `
  *filter
  :KUBE-POD-FW-6YKDYQPIVPIMBDGQ - [0:0]
  :KUBE-NWPLCY-7YKDYQPIVPIMBDGQ - [0:0]
  ^ -A FORWARD -d 10.244.0.3/32 -m comment --comment "rule to jump traffic destined to POD name:p2 namespace: default to chain KUBE-POD-FW-6YKDYQPIVPIMBDGQ" -j KUBE-POD-FW-6YKDYQPIVPIMBDGQ
  -A KUBE-POD-FW-6YKDYQPIVPIMBDGQ -m comment --comment "rule for stateful firewall for pod" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
  -A KUBE-POD-FW-6YKDYQPIVPIMBDGQ -d 10.244.0.3/32 -m comment --comment "run through nw policy allow-a" -j KUBE-NWPLCY-7YKDYQPIVPIMBDGQ
  -A KUBE-POD-FW-6YKDYQPIVPIMBDGQ -m comment --comment "rule to REJECT traffic destined for POD name:p2 namespace: default" -m mark ! --mark 0x10000/0x10000 -j ${drop}
  -A KUBE-NWPLCY-7YKDYQPIVPIMBDGQ -s 10.244.0.99/32 -m comment --comment "rule to ACCEPT traffic from source pods to dest pods selected by policy name allow-a namespace default" -j MARK --set-xmark 0x10000/0x10000
  -A KUBE-NWPLCY-7YKDYQPIVPIMBDGQ -m mark --mark 0x10000/0x10000 -m comment --comment "rule to ACCEPT" -j RETURN`
const REJECT = 'REJECT --reject-with icmp-port-unreachable'

/** c reaches s by a link of their own; s answers by its default route, through h. */
function ASYMMETRIC(rule: string): Machines {
  return {
    h: {
      devices: 'br1 bridge 10.1.0.1/24\nbr2 bridge 10.2.0.1/24\nv1@h/c:eth0 master=br1\nv2@h/s:eth0 master=br2',
      sysctl: 'net.ipv4.ip_forward = 1\nnet.ipv4.conf.all.rp_filter = 0',
      iptables: `*filter\n:FORWARD ACCEPT [0:0]\n${rule}\nCOMMIT`,
    },
    'h/c': {
      devices: 'eth0@h:v1 10.1.0.2/24\neth1@h/s:eth1 10.3.0.1/24',
      routes: 'default via 10.1.0.1 dev eth0\n10.2.0.2 dev eth1 src 10.1.0.2',
    },
    'h/s': {
      devices: 'eth0@h:v2 10.2.0.2/24\neth1@h/c:eth1 10.3.0.2/24',
      routes: 'default via 10.2.0.1 dev eth0',
      ss: 'tcp LISTEN 0 511 0.0.0.0:80 0.0.0.0:*',
    },
  }
}

export const NODE_RULES: readonly Story[] = [
  {
    name: 'kube-router refuses by a policy',
    causes: ['policy.kubernetes'],
    machines: rules(FW(REJECT)),
    tried: SERVICE,
    symptom: 'refused',
    healthy,
  },
  {
    name: 'rules of a policy that is gone',
    causes: ['policy.stale'],
    machines: rules(FW(REJECT)),
    files: { 'cluster/networkpolicies.json': { apiVersion: 'v1', kind: 'List', items: [] } },
    tried: SERVICE,
    symptom: 'refused',
    healthy,
  },
  {
    name: 'Calico keeps rules of a policy that is gone',
    causes: ['policy.stale'],
    machines: rules(`*filter
      :cali-FORWARD - [0:0]
      :cali-tw-veth2 - [0:0]
      :cali-pi-default.deny - [0:0]
      ^ -A FORWARD -m comment --comment "cali:wUHhoiAYhphO9Mso" -j cali-FORWARD
      -A cali-FORWARD -o cni0 -d 10.244.0.3/32 -m comment --comment "cali:jxvu" -j cali-tw-veth2
      -A cali-tw-veth2 -m comment --comment "cali:a" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
      -A cali-tw-veth2 -m comment --comment "cali:b" -m comment --comment "Policy default/knp.default.deny ingress" -j cali-pi-default.deny
      -A cali-tw-veth2 -m comment --comment "cali:c" -m comment --comment "Drop if no policies passed packet" -j DROP`),
    files: { 'cluster/networkpolicies.json': { apiVersion: 'v1', kind: 'List', items: [] } },
    tried: SERVICE,
    symptom: 'timeout',
    healthy,
  },
  {
    name: 'INVALID is dropped, since only the answer passes',
    causes: ['filter.invalid-drop'],
    machines: ASYMMETRIC('-A FORWARD -m conntrack --ctstate INVALID -j DROP'),
    tried: 'netns/h/c -> 10.2.0.2:80/tcp',
    symptom: 'timeout',
    healthy: ASYMMETRIC(''),
  },
  {
    name: "another program's mark is taken for kube-proxy's",
    causes: ['filter.mark-collision', 'nat.masquerade-extra'],
    machines: changed(
      rules('*mangle\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -i cni0 -m comment --comment "qos" -j MARK --set-xmark 0x4000/0xffff'),
      'h/p2',
      { iptables: '*filter\n:INPUT DROP [0:0]\n-A INPUT -s 10.244.0.2/32 -p tcp -m tcp --dport 80 -j ACCEPT\nCOMMIT' },
    ),
    tried: SERVICE,
    symptom: 'timeout',
    healthy: changed(NODE, 'h/p2', {
      iptables: '*filter\n:INPUT DROP [0:0]\n-A INPUT -s 10.244.0.2/32 -p tcp -m tcp --dport 80 -j ACCEPT\nCOMMIT',
    }),
  },
  {
    name: "a mark for kube-proxy chooses the VPN's table",
    causes: ['filter.mark-collision', 'route.policy-rule'],
    machines: h({
      devices: 'wg0 tun 10.9.0.2/24',
      routes: 'default dev wg0 table 200',
      rules:
        '0: from all lookup local\n200: from all fwmark 0x4000/0x4000 lookup 200\n32766: from all lookup main\n32767: from all lookup default',
      iptables: '*mangle\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -i eth0 -p tcp -m tcp --dport 30080 -j MARK --set-xmark 0x4000/0x4000',
    }),
    tried: OUTSIDE,
    symptom: 'timeout',
    healthy,
  },
  {
    name: 'pods are masqueraded among themselves',
    causes: ['nat.masquerade-extra'],
    machines: changed(rules('*nat\n^ -A POSTROUTING -s 10.244.0.0/16 -j MASQUERADE'), 'h/p2', {
      iptables: '*filter\n:INPUT DROP [0:0]\n-A INPUT -s 10.244.0.2/32 -p tcp -m tcp --dport 80 -j ACCEPT\nCOMMIT',
    }),
    tried: 'netns/h/p1 -> 10.244.0.3:80/tcp',
    symptom: 'timeout',
    healthy: changed(NODE, 'h/p2', {
      iptables: '*filter\n:INPUT DROP [0:0]\n-A INPUT -s 10.244.0.2/32 -p tcp -m tcp --dport 80 -j ACCEPT\nCOMMIT',
    }),
  },
  {
    name: 'ufw refuses the pods',
    causes: ['filter.ufw', 'filter.forward-policy'],
    machines: rules(
      '*filter\n- :FORWARD ACCEPT [0:0]\n:FORWARD DROP [0:0]\n:ufw-before-input - [0:0]\n:ufw-before-forward - [0:0]\n:ufw-user-forward - [0:0]\n-A INPUT -j ufw-before-input\n-A FORWARD -j ufw-before-forward\n-A ufw-before-forward -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n-A ufw-before-forward -j ufw-user-forward',
    ),
    tried: SERVICE,
    symptom: 'timeout',
    healthy,
  },
  {
    name: 'legacy FORWARD drops what nft accepts',
    causes: ['backend.mixed', 'filter.cross-backend', 'filter.forward-policy'],
    machines: h({
      legacy:
        '*filter\n:INPUT ACCEPT [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT ACCEPT [0:0]\n:DOCKER-USER - [0:0]\n-A FORWARD -j DOCKER-USER\n-A DOCKER-USER -j RETURN\nCOMMIT',
      iptables: '*filter\n-A FORWARD -s 10.244.0.0/16 -j ACCEPT\n-A FORWARD -d 10.244.0.0/16 -j ACCEPT',
    }),
    tried: 'netns/h/p1 -> 203.0.113.80:443/tcp',
    symptom: 'timeout',
    healthy,
  },
]
