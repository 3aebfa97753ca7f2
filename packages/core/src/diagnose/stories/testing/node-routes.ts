import { NODE } from '../../testing/kubernetes-node.ts'
import { changed, type Story } from '../../testing/story.ts'

const h = (more: Parameters<typeof changed>[2]) => changed(NODE, 'h', more)
const healthy = NODE
function other(route: string) {
  return {
    ...changed(changed(NODE, 'h', { devices: '- eth0 192.168.50.5/24\neth0@n:eth0 192.168.50.5/24', routes: route }), 'h/p1', {}),
    n: {
      devices: 'eth0@h:eth0 192.168.50.6/24\ncni0 bridge 10.244.1.1/24\nveth9@n/p9:eth0 master=cni0',
      routes: 'default via 192.168.50.1 dev eth0\n10.244.0.0/24 via 192.168.50.5 dev eth0',
      sysctl: 'net.ipv4.ip_forward = 1',
    },
    'n/p9': {
      devices: 'eth0@n:veth9 10.244.1.2/24',
      routes: 'default via 10.244.1.1 dev eth0',
      ss: 'tcp LISTEN 0 511 0.0.0.0:80 0.0.0.0:*',
    },
  }
}

function duplicate() {
  const two = other('')
  return {
    ...two,
    n: { ...two.n, devices: 'eth0@h:eth0 192.168.50.6/24\ncni0 bridge 10.244.0.1/24\nveth9@n/p9:eth0 master=cni0' },
    'n/p9': { ...two['n/p9'], devices: 'eth0@n:veth9 10.244.0.9/24', routes: 'default via 10.244.0.1 dev eth0' },
  }
}

/** Only this node is in the evidence, and `ip addr` does not tell a tunnel's kind. */
const LONELY = h({
  devices: 'flannel.1 10.244.0.0/32',
  routes: '10.244.1.0/24 via 10.244.1.0 dev flannel.1 onlink',
  neighbours: '10.244.1.0 dev flannel.1 lladdr 02:00:00:00:77:01 PERMANENT',
  fdb: '02:00:00:00:77:01 dev flannel.1 dst 192.168.50.6 self permanent\n33:33:00:00:00:01 dev eth0 self permanent',
})

export const NODE_ROUTES: readonly Story[] = [
  {
    name: 'pods of a node that was not captured do not answer',
    causes: ['overlay.blocked'],
    machines: LONELY,
    tried: 'netns/h/p1 -> 10.244.1.2:80/tcp',
    symptom: 'timeout',
    healthy: NODE,
    healthyTried: 'netns/h/p1 -> 10.244.0.3:80/tcp',
  },
  {
    name: 'the tunnel does not know where the other node is',
    causes: ['overlay.endpoint'],
    machines: changed(LONELY, 'h', { fdb: '- 02:00:00:00:77:01 dev flannel.1 dst 192.168.50.6 self permanent' }),
    tried: 'netns/h/p1 -> 10.244.1.2:80/tcp',
    symptom: 'timeout',
    healthy: NODE,
    healthyTried: 'netns/h/p1 -> 10.244.0.3:80/tcp',
  },
  {
    name: 'no route to the other pods',
    causes: ['route.missing'],
    machines: { ...NODE, ...other('') },
    tried: 'netns/h/p1 -> 10.244.1.2:80/tcp',
    symptom: 'timeout',
    healthy: other('10.244.1.0/24 via 192.168.50.6 dev eth0'),
  },
  {
    name: 'the route to the other pods leads elsewhere',
    causes: ['route.wrong'],
    machines: other('10.244.1.0/24 via 192.168.50.66 dev eth0'),
    tried: 'netns/h/p1 -> 10.244.1.2:80/tcp',
    symptom: 'timeout',
    healthy: other('10.244.1.0/24 via 192.168.50.6 dev eth0'),
  },
  {
    name: 'both nodes have the same pod network',
    causes: ['overlay.duplicate-subnet', 'route.overlap'],
    machines: duplicate(),
    tried: 'netns/h/p1 -> 10.244.0.9:80/tcp',
    symptom: 'unreachable',
    healthy: NODE,
    healthyTried: 'netns/h/p1 -> 10.244.0.3:80/tcp',
  },
  {
    name: "the node's address is that of a pod's neighbour",
    causes: ['host.neighbour'],
    machines: h({ neighbours: '10.244.0.3 dev cni0 lladdr 02:de:ad:00:00:01 PERMANENT' }),
    tried: 'outside 192.168.50.10 -> 192.168.50.5:30080/tcp',
    symptom: 'timeout',
    healthy,
  },
]
