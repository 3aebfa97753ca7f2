import type { Machines } from './story.ts'

/** One host with Docker: web (80, published on 8080) on docker0, db (3306) on a network of its own. */
export const DOCKER: Machines = {
  h: {
    devices: `
      eth0 192.168.50.5/24
      docker0 bridge 172.17.0.1/16
      br-a1b2c3d4e5f6 bridge 172.18.0.1/16
      veth1@h/web:eth0 master=docker0
      veth2@h/db:eth0 master=br-a1b2c3d4e5f6`,
    routes: 'default via 192.168.50.1 dev eth0',
    neighbours: '192.168.50.1 dev eth0 lladdr 02:00:00:00:99:01 REACHABLE',
    sysctl: 'net.ipv4.ip_forward = 1\nnet.bridge.bridge-nf-call-iptables = 1\nnet.ipv4.conf.all.rp_filter = 0',
    ss: 'tcp LISTEN 0 128 0.0.0.0:22 0.0.0.0:* users:(("sshd",pid=1,fd=3))',
    iptables: `
      *filter
      :INPUT ACCEPT [0:0]
      :FORWARD DROP [0:0]
      :OUTPUT ACCEPT [0:0]
      :DOCKER - [0:0]
      :DOCKER-ISOLATION-STAGE-1 - [0:0]
      :DOCKER-ISOLATION-STAGE-2 - [0:0]
      :DOCKER-USER - [0:0]
      -A FORWARD -j DOCKER-USER
      -A FORWARD -j DOCKER-ISOLATION-STAGE-1
      -A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
      -A FORWARD -o docker0 -j DOCKER
      -A FORWARD -i docker0 ! -o docker0 -j ACCEPT
      -A FORWARD -i docker0 -o docker0 -j ACCEPT
      -A FORWARD -o br-a1b2c3d4e5f6 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
      -A FORWARD -o br-a1b2c3d4e5f6 -j DOCKER
      -A FORWARD -i br-a1b2c3d4e5f6 ! -o br-a1b2c3d4e5f6 -j ACCEPT
      -A FORWARD -i br-a1b2c3d4e5f6 -o br-a1b2c3d4e5f6 -j ACCEPT
      -A DOCKER -d 172.17.0.2/32 ! -i docker0 -o docker0 -p tcp -m tcp --dport 80 -j ACCEPT
      -A DOCKER-ISOLATION-STAGE-1 -i docker0 ! -o docker0 -j DOCKER-ISOLATION-STAGE-2
      -A DOCKER-ISOLATION-STAGE-1 -i br-a1b2c3d4e5f6 ! -o br-a1b2c3d4e5f6 -j DOCKER-ISOLATION-STAGE-2
      -A DOCKER-ISOLATION-STAGE-1 -j RETURN
      -A DOCKER-ISOLATION-STAGE-2 -o docker0 -j DROP
      -A DOCKER-ISOLATION-STAGE-2 -o br-a1b2c3d4e5f6 -j DROP
      -A DOCKER-ISOLATION-STAGE-2 -j RETURN
      -A DOCKER-USER -j RETURN
      COMMIT
      *nat
      :PREROUTING ACCEPT [0:0]
      :INPUT ACCEPT [0:0]
      :OUTPUT ACCEPT [0:0]
      :POSTROUTING ACCEPT [0:0]
      :DOCKER - [0:0]
      -A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
      -A OUTPUT ! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j DOCKER
      -A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE
      -A POSTROUTING -s 172.18.0.0/16 ! -o br-a1b2c3d4e5f6 -j MASQUERADE
      -A POSTROUTING -s 172.17.0.2/32 -d 172.17.0.2/32 -p tcp -m tcp --dport 80 -j MASQUERADE
      -A DOCKER -i docker0 -j RETURN
      -A DOCKER -i br-a1b2c3d4e5f6 -j RETURN
      -A DOCKER ! -i docker0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80
      COMMIT`,
  },
  'h/web': {
    devices: 'eth0@h:veth1 172.17.0.2/16',
    routes: 'default via 172.17.0.1 dev eth0',
    ss: 'tcp LISTEN 0 511 0.0.0.0:80 0.0.0.0:* users:(("nginx",pid=7,fd=6))',
  },
  'h/db': {
    devices: 'eth0@h:veth2 172.18.0.2/16',
    routes: 'default via 172.18.0.1 dev eth0',
    ss: 'tcp LISTEN 0 128 0.0.0.0:3306 0.0.0.0:* users:(("mysqld",pid=9,fd=6))',
  },
}
