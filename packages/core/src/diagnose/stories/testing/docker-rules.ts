import { DOCKER } from '../../testing/docker-host.ts'
import { changed, type Story } from '../../testing/story.ts'

const h = (more: Parameters<typeof changed>[2]) => changed(DOCKER, 'h', more)
const rules = (iptables: string) => h({ iptables })
const healthy = DOCKER

const ICC_OFF = `
  *filter
  - -A FORWARD -i docker0 -o docker0 -j ACCEPT
  -A FORWARD -i docker0 -o docker0 -j DROP`
const TWO = changed(
  {
    ...DOCKER,
    'h/cache': {
      devices: 'eth0@h:veth3 172.17.0.3/16',
      routes: 'default via 172.17.0.1 dev eth0',
      ss: 'tcp LISTEN 0 128 0.0.0.0:6379 0.0.0.0:*',
    },
  },
  'h',
  { devices: 'veth3@h/cache:eth0 master=docker0' },
)

function BRIDGED(call: string) {
  return {
    h: {
      devices: 'eth0 192.168.50.5/24\nbr0 bridge 10.50.0.1/24\nv1@h/vm1:eth0 master=br0\nv2@h/vm2:eth0 master=br0',
      sysctl: `net.ipv4.ip_forward = 1\nnet.bridge.bridge-nf-call-iptables = ${call}`,
      iptables: (DOCKER.h?.iptables ?? '').replaceAll('br-a1b2c3d4e5f6', 'br-other'),
    },
    'h/vm1': { devices: 'eth0@h:v1 10.50.0.11/24' },
    'h/vm2': { devices: 'eth0@h:v2 10.50.0.12/24', ss: 'tcp LISTEN 0 128 0.0.0.0:22 0.0.0.0:*' },
  }
}

export const DOCKER_RULES: readonly Story[] = [
  {
    name: 'two networks',
    causes: ['filter.docker-isolation'],
    machines: DOCKER,
    tried: 'netns/h/web -> 172.18.0.2:3306/tcp',
    symptom: 'timeout',
    healthy: rules(
      '*filter\n- -A DOCKER-ISOLATION-STAGE-2 -o br-a1b2c3d4e5f6 -j DROP\n- -A DOCKER-ISOLATION-STAGE-2 -o docker0 -j DROP\n-A DOCKER -d 172.18.0.2/32 ! -i br-a1b2c3d4e5f6 -o br-a1b2c3d4e5f6 -p tcp -m tcp --dport 3306 -j ACCEPT',
    ),
  },
  {
    name: 'icc off',
    causes: ['filter.docker-isolation'],
    machines: changed(TWO, 'h', { iptables: ICC_OFF }),
    tried: 'netns/h/web -> 172.17.0.3:6379/tcp',
    symptom: 'timeout',
    healthy: TWO,
  },
  {
    name: 'direct access to an unpublished port dropped in raw',
    causes: ['filter.docker-isolation', 'filter.raw-drop'],
    machines: rules('*raw\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -d 172.17.0.2/32 ! -i docker0 -j DROP'),
    tried: 'outside 192.168.50.10 -> 172.17.0.2:80/tcp',
    symptom: 'timeout',
    healthy,
  },
  {
    name: 'published port from a container of another network',
    causes: ['filter.docker-isolation'],
    machines: rules('*nat\n- -A DOCKER -i br-a1b2c3d4e5f6 -j RETURN'),
    tried: 'netns/h/db -> 192.168.50.5:8080/tcp',
    symptom: 'timeout',
    healthy: rules(
      '*nat\n- -A DOCKER -i br-a1b2c3d4e5f6 -j RETURN\n*filter\n- -A DOCKER-ISOLATION-STAGE-2 -o docker0 -j DROP\n- -A DOCKER-ISOLATION-STAGE-2 -o br-a1b2c3d4e5f6 -j DROP',
    ),
  },
  {
    name: 'unpublished drop of Docker 27 and later',
    causes: ['filter.docker-isolation'],
    machines: rules(
      '*filter\n- -A FORWARD -i docker0 ! -o docker0 -j ACCEPT\n- -A DOCKER -d 172.17.0.2/32 ! -i docker0 -o docker0 -p tcp -m tcp --dport 80 -j ACCEPT\n-A DOCKER ! -i docker0 -o docker0 -j DROP',
    ),
    tried: 'outside 192.168.50.10 -> 172.17.0.2:80/tcp',
    symptom: 'timeout',
    healthy,
  },
  {
    name: 'the container was made anew with another address',
    causes: ['nat.stale-target'],
    machines: changed(
      rules(
        '*nat\n- -A DOCKER ! -i docker0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80\n-A DOCKER ! -i docker0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.9:80\n*filter\n-A DOCKER -d 172.17.0.9/32 ! -i docker0 -o docker0 -p tcp -m tcp --dport 80 -j ACCEPT',
      ),
      'h',
      { neighbours: '172.17.0.9 dev docker0 FAILED' },
    ),
    tried: 'outside 192.168.50.10 -> 192.168.50.5:8080/tcp',
    symptom: 'unreachable',
    healthy,
  },
  {
    name: 'forwarding off',
    causes: ['host.forwarding-off'],
    machines: h({ sysctl: '- net.ipv4.ip_forward = 1\nnet.ipv4.ip_forward = 0' }),
    tried: 'netns/h/web -> 203.0.113.80:443/tcp',
    symptom: 'timeout',
    healthy,
  },
  {
    name: 'the container listens on loopback only',
    causes: ['app.loopback-only'],
    machines: changed(DOCKER, 'h/web', {
      ss: '- tcp LISTEN 0 511 0.0.0.0:80 0.0.0.0:* users:(("nginx",pid=7,fd=6))\ntcp LISTEN 0 511 127.0.0.1:80 0.0.0.0:* users:(("nginx",pid=7,fd=6))',
    }),
    tried: 'outside 192.168.50.10 -> 192.168.50.5:8080/tcp',
    symptom: 'refused',
    healthy,
  },
  {
    name: 'published to the wrong port of the container',
    causes: ['app.not-listening'],
    machines: rules(
      '*nat\n- -A DOCKER ! -i docker0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80\n-A DOCKER ! -i docker0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:8000\n*filter\n-A DOCKER -d 172.17.0.2/32 ! -i docker0 -o docker0 -p tcp -m tcp --dport 8000 -j ACCEPT',
    ),
    tried: 'outside 192.168.50.10 -> 192.168.50.5:8080/tcp',
    symptom: 'refused',
    healthy,
  },
  {
    name: 'ufw refuses what is forwarded',
    causes: ['filter.ufw'],
    machines: rules(
      '*filter\n:ufw-before-forward - [0:0]\n:ufw-reject-forward - [0:0]\n:ufw-before-input - [0:0]\n^ -A FORWARD -j ufw-reject-forward\n^ -A FORWARD -j ufw-before-forward\n-A ufw-before-forward -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n-A ufw-reject-forward -j REJECT --reject-with icmp-port-unreachable',
    ),
    tried: 'netns/h/web -> 203.0.113.80:443/tcp',
    symptom: 'refused',
    healthy,
  },
  {
    name: 'the host may not send',
    causes: ['filter.output-rule'],
    machines: rules('*filter\n-A OUTPUT -o docker0 -p tcp -m tcp --dport 80 -j REJECT --reject-with icmp-port-unreachable'),
    tried: 'host/h -> 172.17.0.2:80/tcp',
    symptom: 'refused',
    healthy,
  },
  {
    name: 'the host may not send at all',
    causes: ['filter.output-rule'],
    machines: rules(
      '*filter\n- :OUTPUT ACCEPT [0:0]\n:OUTPUT DROP [0:0]\n-A OUTPUT -o lo -j ACCEPT\n-A OUTPUT -p udp -m udp --dport 53 -j ACCEPT',
    ),
    tried: 'host/h -> 172.17.0.2:80/tcp',
    symptom: 'timeout',
    healthy,
  },
  {
    name: 'anti-spoofing in raw',
    causes: ['filter.raw-drop'],
    machines: rules('*raw\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -i docker0 ! -s 172.30.0.0/16 -j DROP'),
    tried: 'netns/h/web -> 203.0.113.80:443/tcp',
    symptom: 'timeout',
    healthy,
  },
  {
    name: 'rpfilter match in mangle',
    causes: ['filter.raw-drop'],
    machines: changed(rules('*mangle\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -m rpfilter --invert -j DROP'), 'h', {
      devices: 'tun0 tun 10.8.0.2/24',
      routes: '192.168.77.0/24 dev tun0',
    }),
    tried: 'outside 192.168.77.9 -> 192.168.50.5:8080/tcp',
    symptom: 'timeout',
    healthy: h({ devices: 'tun0 tun 10.8.0.2/24', routes: '192.168.77.0/24 dev eth0' }),
  },
  {
    name: 'bridged machines fall under FORWARD',
    causes: ['host.bridge-netfilter'],
    machines: BRIDGED('1'),
    tried: 'netns/h/vm1 -> 10.50.0.12:22/tcp',
    symptom: 'timeout',
    healthy: BRIDGED('0'),
  },
  {
    name: 'masquerading is missing',
    causes: ['nat.masquerade-missing'],
    machines: rules('*nat\n- -A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE'),
    tried: 'netns/h/web -> 203.0.113.80:443/tcp',
    symptom: 'timeout',
    healthy,
  },
  {
    name: 'all is redirected to a proxy that is gone',
    causes: ['nat.hijack'],
    machines: rules('*nat\n^ -A PREROUTING -i docker0 -p tcp -m tcp --dport 443 -j REDIRECT --to-ports 3128'),
    tried: 'netns/h/web -> 203.0.113.80:443/tcp',
    symptom: 'refused',
    healthy,
  },
  {
    name: 'a process of the host has the port',
    causes: ['host.port-conflict', 'app.not-listening'],
    machines: rules('*nat\n- -A DOCKER ! -i docker0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80'),
    files: {
      'hosts/h/logs/dockerd.log':
        'time="2026-11-20T10:00:00Z" level=error msg="Handler for POST /containers/web/start returned error: driver failed programming external connectivity on endpoint web: Error starting userland proxy: listen tcp4 0.0.0.0:8080: bind: address already in use"',
    },
    tried: 'outside 192.168.50.10 -> 192.168.50.5:8080/tcp',
    symptom: 'refused',
    healthy,
  },
]
