import { NODE } from '../../testing/kubernetes-node.ts'
import { changed, type Story } from '../../testing/story.ts'

const h = (more: Parameters<typeof changed>[2]) => changed(NODE, 'h', more)
const rules = (iptables: string) => h({ iptables })
const healthy = NODE
const SERVICE = 'netns/h/p1 -> 10.96.10.10:80/tcp'

const DNS = (entry: string) =>
  changed(
    changed(NODE, 'h', {
      conntrack: entry,
      iptables: `*nat
        :KUBE-SVC-TCOU7JCQXEZGVUNU - [0:0]
        :KUBE-SEP-ZX7PYRQ6S5ERTTMJ - [0:0]
        ^ -A KUBE-SERVICES -d 10.96.0.10/32 -p udp -m comment --comment "kube-system/kube-dns:dns cluster IP" -m udp --dport 53 -j KUBE-SVC-TCOU7JCQXEZGVUNU
        -A KUBE-SVC-TCOU7JCQXEZGVUNU -m comment --comment "kube-system/kube-dns:dns -> 10.244.0.3:53" -j KUBE-SEP-ZX7PYRQ6S5ERTTMJ
        -A KUBE-SEP-ZX7PYRQ6S5ERTTMJ -p udp -m comment --comment "kube-system/kube-dns:dns" -m udp -j DNAT --to-destination 10.244.0.3:53`,
    }),
    'h/p2',
    { ss: 'udp UNCONN 0 0 0.0.0.0:53 0.0.0.0:* users:(("coredns",pid=8,fd=6))' },
  )

export const NODE_LEFTOVERS: readonly Story[] = [
  {
    name: 'IPVS has the cluster address, and its servers are gone',
    causes: ['service.proxy-conflict'],
    machines: h({
      devices: 'kube-ipvs0 dummy 10.96.10.10/32',
      iptables:
        '*nat\n- -A KUBE-SERVICES -d 10.96.10.10/32 -p tcp -m comment --comment "default/web:http cluster IP" -m tcp --dport 80 -j KUBE-SVC-LOLE4ISW44XBNF3G',
    }),
    tried: SERVICE,
    symptom: 'refused',
    healthy,
  },
  {
    name: 'a former proxy mode left rules',
    causes: ['service.proxy-conflict', 'nat.stale-target'],
    machines: rules(
      '*nat\n:KUBE-SVC-BOLE4ISW44XBNF3G - [0:0]\n:KUBE-SEP-AVNS6AQMCN676BWJ - [0:0]\n^ -A KUBE-SERVICES -d 10.96.10.10/32 -p tcp -m comment --comment "default/web: cluster IP" -m tcp --dport 80 -j KUBE-SVC-BOLE4ISW44XBNF3G\n-A KUBE-SVC-BOLE4ISW44XBNF3G -j KUBE-SEP-AVNS6AQMCN676BWJ\n-A KUBE-SEP-AVNS6AQMCN676BWJ -p tcp -m comment --comment "default/web:" -m tcp -j DNAT --to-destination 10.244.0.88:80',
    ),
    tried: SERVICE,
    symptom: 'unreachable',
    healthy,
  },
  {
    name: 'a left hostPort rule of a pod that is gone',
    causes: ['nat.hostport'],
    machines: rules(
      '*nat\n:CNI-HOSTPORT-DNAT - [0:0]\n:CNI-DN-0123456789abcdef01234 - [0:0]\n^ -A PREROUTING -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT\n-A CNI-HOSTPORT-DNAT -p tcp -m comment --comment "dnat name: \\"cbr0\\" id: \\"aaaa\\"" -m multiport --dports 9100 -j CNI-DN-0123456789abcdef01234\n-A CNI-DN-0123456789abcdef01234 -p tcp -m tcp --dport 9100 -j DNAT --to-destination 10.244.0.77:9100',
    ),
    tried: 'outside 192.168.50.10 -> 192.168.50.5:9100/tcp',
    symptom: 'unreachable',
    healthy,
  },
  {
    name: 'two hostPort rules, the first of a pod that is gone',
    causes: ['nat.hostport', 'nat.stale-target'],
    machines: rules(
      '*nat\n:CNI-HOSTPORT-DNAT - [0:0]\n:CNI-DN-0123456789abcdef01234 - [0:0]\n:CNI-DN-1123456789abcdef01234 - [0:0]\n^ -A PREROUTING -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT\n-A CNI-HOSTPORT-DNAT -p tcp -m comment --comment "dnat name: \\"cbr0\\" id: \\"aaaa\\"" -m multiport --dports 8080 -j CNI-DN-0123456789abcdef01234\n-A CNI-HOSTPORT-DNAT -p tcp -m comment --comment "dnat name: \\"cbr0\\" id: \\"bbbb\\"" -m multiport --dports 8080 -j CNI-DN-1123456789abcdef01234\n-A CNI-DN-0123456789abcdef01234 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 10.244.0.77:80\n-A CNI-DN-1123456789abcdef01234 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 10.244.0.3:80',
    ),
    tried: 'outside 192.168.50.10 -> 192.168.50.5:8080/tcp',
    symptom: 'timeout',
    healthy: rules(
      '*nat\n:CNI-HOSTPORT-DNAT - [0:0]\n:CNI-DN-1123456789abcdef01234 - [0:0]\n^ -A PREROUTING -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT\n-A CNI-HOSTPORT-DNAT -p tcp -m multiport --dports 8080 -j CNI-DN-1123456789abcdef01234\n-A CNI-DN-1123456789abcdef01234 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 10.244.0.3:80',
    ),
  },
  {
    name: 'DNS of a pod that is gone in conntrack',
    causes: ['conntrack.stale'],
    machines: DNS(
      'udp 17 25 src=10.244.0.2 dst=10.96.0.10 sport=40000 dport=53 [UNREPLIED] src=10.244.0.99 dst=10.244.0.2 sport=53 dport=40000 mark=0 use=1',
    ),
    tried: 'netns/h/p1 -> 10.96.0.10:53/udp',
    symptom: 'timeout',
    healthy: DNS(
      'udp 17 25 src=10.244.0.2 dst=10.96.0.10 sport=40000 dport=53 src=10.244.0.3 dst=10.244.0.2 sport=53 dport=40000 mark=0 use=1',
    ),
  },
]
