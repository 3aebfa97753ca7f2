import type { Machines } from './story.ts'

const [H, N] = ['02:00:00:00:77:00', '02:00:00:00:77:01']

const POSTROUTING = `
  *filter
  :INPUT ACCEPT [0:0]
  :FORWARD ACCEPT [0:0]
  :OUTPUT ACCEPT [0:0]
  COMMIT
  *nat
  :PREROUTING ACCEPT [0:0]
  :INPUT ACCEPT [0:0]
  :OUTPUT ACCEPT [0:0]
  :POSTROUTING ACCEPT [0:0]
  :FLANNEL-POSTRTG - [0:0]
  -A POSTROUTING -m comment --comment "flanneld masq" -j FLANNEL-POSTRTG
  -A FLANNEL-POSTRTG -s 10.244.0.0/16 -d 10.244.0.0/16 -m comment --comment "flanneld masq" -j RETURN
  -A FLANNEL-POSTRTG -s 10.244.0.0/16 ! -d 224.0.0.0/4 -m comment --comment "flanneld masq" -j MASQUERADE
  COMMIT`

/** Two nodes whose pods p1 (10.244.0.2) and p9 (10.244.1.2, port 80) reach each other by flannel's VXLAN. */
export const FLANNEL: Machines = {
  h: {
    devices: `
      eth0@n:eth0 192.168.50.5/24
      flannel.1 vxlan=1:192.168.50.5 10.244.0.0/32 mtu=1450 mac=${H}
      cni0 bridge 10.244.0.1/24 mtu=1450
      veth1@h/p1:eth0 master=cni0 hairpin mtu=1450`,
    routes: 'default via 192.168.50.1 dev eth0\n10.244.1.0/24 via 10.244.1.0 dev flannel.1 onlink',
    neighbours: `10.244.1.0 dev flannel.1 lladdr ${N} PERMANENT`,
    fdb: `${N} dev flannel.1 dst 192.168.50.6 self permanent`,
    sysctl: 'net.ipv4.ip_forward = 1\nnet.bridge.bridge-nf-call-iptables = 1\nnet.ipv4.conf.all.rp_filter = 0',
    iptables: POSTROUTING,
  },
  'h/p1': {
    devices: 'eth0@h:veth1 10.244.0.2/24 mtu=1450',
    routes: 'default via 10.244.0.1 dev eth0\n10.244.0.0/16 via 10.244.0.1 dev eth0',
  },
  n: {
    devices: `
      eth0@h:eth0 192.168.50.6/24
      flannel.1 vxlan=1:192.168.50.6 10.244.1.0/32 mtu=1450 mac=${N}
      cni0 bridge 10.244.1.1/24 mtu=1450
      veth9@n/p9:eth0 master=cni0 hairpin mtu=1450`,
    routes: 'default via 192.168.50.1 dev eth0\n10.244.0.0/24 via 10.244.0.0 dev flannel.1 onlink',
    neighbours: `10.244.0.0 dev flannel.1 lladdr ${H} PERMANENT`,
    fdb: `${H} dev flannel.1 dst 192.168.50.5 self permanent`,
    sysctl: 'net.ipv4.ip_forward = 1\nnet.bridge.bridge-nf-call-iptables = 1\nnet.ipv4.conf.all.rp_filter = 0',
    iptables: POSTROUTING,
  },
  'n/p9': {
    devices: 'eth0@n:veth9 10.244.1.2/24 mtu=1450',
    routes: 'default via 10.244.1.1 dev eth0\n10.244.0.0/16 via 10.244.1.1 dev eth0',
    ss: 'tcp LISTEN 0 511 0.0.0.0:80 0.0.0.0:* users:(("nginx",pid=7,fd=6))',
  },
}
