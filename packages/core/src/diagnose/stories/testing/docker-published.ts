import { DOCKER } from '../../testing/docker-host.ts'
import { changed, type Machines, type Story } from '../../testing/story.ts'

const h = (more: Parameters<typeof changed>[2]) => changed(DOCKER, 'h', more)
const rules = (iptables: string) => h({ iptables })
const PUBLISHED = 'outside 192.168.50.10 -> 192.168.50.5:8080/tcp'
const LOCAL = 'host/h -> 127.0.0.1:8080/tcp'

/** A firewall was restarted: Docker's chains in table filter came back with its own rules, table nat is empty. */
const FLUSHED: Machines = {
  ...DOCKER,
  h: { ...DOCKER.h, iptables: (DOCKER.h?.iptables ?? '').replace(/-A (?:PREROUTING|OUTPUT|POSTROUTING|DOCKER) .*\n(?=[^*]*$)/g, '') },
}
const UFW = `*filter
  - :INPUT ACCEPT [0:0]
  :INPUT DROP [0:0]
  :ufw-before-input - [0:0]
  :ufw-user-input - [0:0]
  -A INPUT -j ufw-before-input
  -A ufw-before-input -i lo -j ACCEPT
  -A ufw-before-input -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
  -A ufw-before-input -j ufw-user-input
  -A ufw-user-input -p tcp -m tcp --dport 22 -j ACCEPT
  -A ufw-user-input -p tcp -m tcp --dport 8080 -j DROP`
const LOOPED = `*nat
  - -A OUTPUT ! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j DOCKER
  -A OUTPUT -m addrtype --dst-type LOCAL -j DOCKER
  -A POSTROUTING -o docker0 -m addrtype --src-type LOCAL -j MASQUERADE`

export const DOCKER_PUBLISHED: readonly Story[] = [
  {
    name: 'DOCKER-USER drops a published port',
    causes: ['filter.docker-user'],
    status: 'proved',
    machines: rules('*filter\n^ -A DOCKER-USER -i eth0 -p tcp -m conntrack --ctorigdstport 8080 --ctdir ORIGINAL -j DROP'),
    tried: PUBLISHED,
    symptom: 'timeout',
    // Behind the translation it has the container's port: this rule never meets it.
    near: { machines: rules('*filter\n^ -A DOCKER-USER -i eth0 -p tcp -m tcp --dport 8080 -j DROP'), tried: PUBLISHED },
  },
  {
    name: "Docker's table nat was flushed",
    causes: ['nat.rules-flushed'],
    machines: FLUSHED,
    tried: PUBLISHED,
    symptom: 'refused',
    near: {
      machines: rules('*nat\n- -A DOCKER ! -i docker0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80'),
      tried: PUBLISHED,
      symptom: 'refused',
      instead: 'app.not-listening',
    },
  },
  {
    name: 'a published port by 127.0.0.1, and route_localnet is off',
    causes: ['nat.loopback'],
    status: 'proved',
    machines: rules(LOOPED),
    tried: LOCAL,
    symptom: 'timeout',
    near: { machines: h({ iptables: LOOPED, sysctl: 'net.ipv4.conf.all.route_localnet = 1' }), tried: LOCAL },
  },
  {
    name: 'ufw denies the port, and Docker has it open',
    causes: ['exposure.published-past-firewall'],
    status: 'proved',
    machines: rules(UFW),
    tried: PUBLISHED,
    symptom: 'exposed',
    near: { machines: rules(`${UFW}\n^ -A DOCKER-USER -i eth0 -j DROP`), tried: PUBLISHED, symptom: 'exposed' },
  },
  {
    name: 'ufw lets sshd be reached: nothing goes past it',
    causes: ['exposure.published-past-firewall'],
    machines: rules(UFW),
    tried: PUBLISHED,
    symptom: 'exposed',
    near: { machines: rules(UFW), tried: 'outside 192.168.50.10 -> 192.168.50.5:22/tcp', symptom: 'exposed' },
  },
  {
    name: 'both source ports that masquerading may use are taken',
    causes: ['nat.port-exhausted'],
    machines: h({
      iptables: '*nat\n^ -A POSTROUTING -s 172.17.0.0/16 -d 203.0.113.80/32 -p tcp -j MASQUERADE --to-ports 61000-61001',
      conntrack: [61000, 61001].map(taken).join('\n'),
    }),
    tried: 'netns/h/web -> 203.0.113.80:443/tcp',
    symptom: 'timeout',
    near: {
      machines: h({
        iptables: '*nat\n^ -A POSTROUTING -s 172.17.0.0/16 -d 203.0.113.80/32 -p tcp -j MASQUERADE --to-ports 61000-61001',
        conntrack: taken(61000),
      }),
      tried: 'netns/h/web -> 203.0.113.80:443/tcp',
    },
  },
]

function taken(port: number): string {
  return `tcp      6 431999 ESTABLISHED src=172.17.0.3 dst=203.0.113.80 sport=${port - 20000} dport=443 src=203.0.113.80 dst=192.168.50.5 sport=443 dport=${port} [ASSURED] mark=0 use=1`
}
