import { DOCKER } from '../../testing/docker-host.ts'
import { changed, type Story } from '../../testing/story.ts'

const h = (more: Parameters<typeof changed>[2]) => changed(DOCKER, 'h', more)
const healthy = DOCKER

export const DOCKER_LINKS: readonly Story[] = [
  {
    name: 'docker0 is down, and its container finds no router',
    causes: ['host.interface-down'],
    machines: h({ devices: '- docker0 bridge 172.17.0.1/16\ndocker0 bridge 172.17.0.1/16 down' }),
    tried: 'netns/h/web -> 203.0.113.80:443/tcp',
    symptom: 'unreachable',
    healthy,
  },
  {
    name: 'docker0 has no address: the container finds no router',
    causes: ['host.interface-down'],
    machines: h({ devices: '- docker0 bridge 172.17.0.1/16\ndocker0 bridge' }),
    tried: 'netns/h/web -> 203.0.113.80:443/tcp',
    symptom: 'unreachable',
    healthy,
  },
  {
    name: 'docker0 has no address: the host sends to its router what is plugged into it',
    causes: ['host.interface-down', 'route.missing'],
    machines: h({ devices: '- docker0 bridge 172.17.0.1/16\ndocker0 bridge' }),
    tried: 'outside 192.168.50.10 -> 192.168.50.5:8080/tcp',
    symptom: 'timeout',
    healthy,
  },
  {
    name: "the container's link is in no bridge, and its packets meet the policy that was not meant for them",
    causes: ['host.interface-down'],
    machines: h({ devices: '- veth1@h/web:eth0 master=docker0\nveth1@h/web:eth0' }),
    tried: 'netns/h/web -> 203.0.113.80:443/tcp',
    symptom: 'timeout',
    healthy,
  },
  {
    name: 'a published port on 127.0.0.1, without a proxy',
    causes: ['nat.loopback'],
    machines: h({}),
    tried: 'host/h -> 127.0.0.1:8080/tcp',
    symptom: 'refused',
    healthy: h({ ss: 'tcp LISTEN 0 128 127.0.0.1:8080 0.0.0.0:* users:(("docker-proxy",pid=2,fd=3))' }),
  },
  {
    name: 'packets of containers are not tracked, and so not masqueraded',
    causes: ['nat.masquerade-missing'],
    machines: h({ iptables: '*raw\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -i docker0 -j CT --notrack' }),
    tried: 'netns/h/web -> 203.0.113.80:443/tcp',
    symptom: 'timeout',
    healthy,
  },
  {
    name: 'a published port goes to another container, whose port nobody may reach',
    causes: ['nat.hijack'],
    machines: h({ iptables: '*nat\n^ -A PREROUTING -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.18.0.2:3306' }),
    tried: 'outside 192.168.50.10 -> 192.168.50.5:8080/tcp',
    symptom: 'timeout',
    healthy,
  },
]
