import { NODE } from '../../testing/kubernetes-node.ts'
import { changed, type Story } from '../../testing/story.ts'

const h = (more: Parameters<typeof changed>[2]) => changed(NODE, 'h', more)
const rules = (iptables: string) => h({ iptables })
const INTERNET = 'netns/h/p1 -> 203.0.113.80:443/tcp'
const SERVICE = 'netns/h/p1 -> 10.96.10.10:80/tcp'
const POLICY_DROP = '*filter\n- :FORWARD ACCEPT [0:0]\n:FORWARD DROP [0:0]'

/** What firewalld 1.3 writes of a host whose zone public has eth0, and trusted whatever is named. */
const firewalld = (trusted: string): string => `
table inet firewalld {
  chain filter_FORWARD {
    type filter hook forward priority filter + 10; policy accept;
    ct state { established, related } accept
    ct status dnat accept
    iifname "lo" accept
    ct state { invalid } drop
    jump filter_FORWARD_ZONES
    reject with icmpx admin-prohibited
  }
  chain filter_FORWARD_ZONES {
    iifname "${trusted}" goto filter_FWD_trusted
    goto filter_FWD_public
  }
  chain filter_FWD_trusted {
    accept
  }
  chain filter_FWD_public {
    iifname "eth0" oifname "eth0" accept
    reject with icmpx admin-prohibited
  }
}`

const NATIVE =
  'table inet guard {\n  chain forward {\n    type filter hook forward priority 10; policy drop;\n    iifname "eth1" accept\n  }\n}'

const calico = (profile: string): string => `*filter
  :cali-FORWARD - [0:0]
  :cali-to-wl-dispatch - [0:0]
  :cali-tw-veth2 - [0:0]
  :cali-pri-kns.default - [0:0]
  ^ -A FORWARD -m comment --comment "cali:wUHhoiAYhphO9Mso" -j cali-FORWARD
  -A cali-FORWARD -o cni0 -d 10.244.0.3/32 -m comment --comment "cali:jxvuJjmmRV135nVu" -j cali-to-wl-dispatch
  -A cali-to-wl-dispatch -m comment --comment "cali:7KNphB1nNHw80nIO" -j cali-tw-veth2
  -A cali-tw-veth2 -m comment --comment "cali:yT3gQfSUiEFaxyKg" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
  -A cali-tw-veth2 -m comment --comment "cali:LTrZtJh4B5Bz1cnQ" -j MARK --set-xmark 0x0/0x10000
  -A cali-tw-veth2 -m comment --comment "cali:MRnnXzmdhF0Yl5Q0" -j cali-pri-kns.default
  -A cali-tw-veth2 -m comment --comment "cali:ZaFu2u8m6Yr0h2pC" -m comment --comment "Return if profile accepted" -m mark --mark 0x10000/0x10000 -j RETURN
  -A cali-tw-veth2 -m comment --comment "cali:0l9Vqb5i4xUe7HcS" -m comment --comment "Drop if no profiles matched" -j DROP
  ${profile}`
const ALLOWED = '-A cali-pri-kns.default -m comment --comment "cali:7Fnh7Pv3_98FtLW7" -j MARK --set-xmark 0x10000/0x10000'

const loadBalancer = (allowed: string): string => `*nat
  :KUBE-FW-LOLE4ISW44XBNF3G - [0:0]
  ^ -A KUBE-SERVICES -d 203.0.113.10/32 -p tcp -m comment --comment "default/web:http loadbalancer IP" -m tcp --dport 80 -j KUBE-FW-LOLE4ISW44XBNF3G
  -A KUBE-FW-LOLE4ISW44XBNF3G -s ${allowed} -m comment --comment "default/web:http loadbalancer IP" -j KUBE-EXT-LOLE4ISW44XBNF3G
  -A KUBE-FW-LOLE4ISW44XBNF3G -m comment --comment "other traffic to default/web:http will be dropped by KUBE-PROXY-FIREWALL"
  *filter
  :KUBE-PROXY-FIREWALL - [0:0]
  ^ -A FORWARD -m conntrack --ctstate NEW -m comment --comment "kubernetes load balancer firewall" -j KUBE-PROXY-FIREWALL
  -A KUBE-PROXY-FIREWALL -d 203.0.113.10/32 -p tcp -m comment --comment "default/web:http traffic not accepted by KUBE-FW-LOLE4ISW44XBNF3G" -m tcp --dport 80 -j DROP`

export const NODE_FILTERS: readonly Story[] = [
  {
    name: "FORWARD's policy drops what pods send out",
    causes: ['filter.forward-policy'],
    status: 'proved',
    machines: rules(POLICY_DROP),
    tried: INTERNET,
    symptom: 'timeout',
    near: {
      machines: rules(`${POLICY_DROP}\n-A FORWARD -s 10.244.0.0/16 -j ACCEPT\n-A FORWARD -d 10.244.0.0/16 -j ACCEPT`),
      tried: INTERNET,
    },
  },
  {
    name: 'a rule of somebody in FORWARD drops it',
    causes: ['filter.forward-rule'],
    status: 'proved',
    machines: rules('*filter\n-A FORWARD -s 10.244.0.0/16 -d 203.0.113.0/24 -j DROP'),
    tried: INTERNET,
    symptom: 'timeout',
    near: { machines: rules('*filter\n-A FORWARD -s 10.244.0.0/16 -d 198.51.100.0/24 -j DROP'), tried: INTERNET },
  },
  {
    name: "the node's INPUT drops the agent's port",
    causes: ['filter.input-rule'],
    status: 'proved',
    machines: rules('*filter\n^ -A INPUT -i eth0 -p tcp -m tcp --dport 9000:9100 -j DROP'),
    tried: 'outside 192.168.50.10 -> 192.168.50.5:9100/tcp',
    symptom: 'timeout',
    near: {
      machines: rules('*filter\n^ -A INPUT -i eth0 -p tcp -m tcp --dport 9000:9099 -j DROP'),
      tried: 'outside 192.168.50.10 -> 192.168.50.5:9100/tcp',
    },
  },
  {
    name: "firewalld has the pods' bridge in no zone that forwards",
    causes: ['filter.firewalld-zone'],
    status: 'proved',
    machines: h({ nft: firewalld('docker0') }),
    tried: INTERNET,
    symptom: 'unreachable',
    near: { machines: h({ nft: firewalld('cni0') }), tried: INTERNET },
  },
  {
    name: 'iptables accepts it, and another table at the same hook drops it',
    causes: ['filter.cross-backend'],
    status: 'proved',
    machines: h({ nft: NATIVE, iptables: '*filter\n-A FORWARD -s 10.244.0.0/16 -j ACCEPT\n-A FORWARD -d 10.244.0.0/16 -j ACCEPT' }),
    tried: INTERNET,
    symptom: 'timeout',
    near: { machines: h({ nft: NATIVE }), tried: INTERNET, symptom: 'timeout', instead: 'filter.forward-policy' },
  },
  {
    name: 'Calico has no profile that lets it pass',
    causes: ['policy.calico'],
    status: 'proved',
    machines: rules(calico('')),
    tried: SERVICE,
    symptom: 'timeout',
    near: { machines: rules(calico(ALLOWED)), tried: SERVICE },
  },
  {
    name: "the client is not in the Service's source ranges",
    causes: ['service.source-ranges'],
    status: 'proved',
    machines: rules(loadBalancer('198.51.100.0/24')),
    tried: 'outside 192.168.50.10 -> 203.0.113.10:80/tcp',
    symptom: 'timeout',
    near: { machines: rules(loadBalancer('192.168.50.0/24')), tried: 'outside 192.168.50.10 -> 203.0.113.10:80/tcp' },
  },
]
