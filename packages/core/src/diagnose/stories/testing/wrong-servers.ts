import { DOCKER } from '../../testing/docker-host.ts'
import { NODE } from '../../testing/kubernetes-node.ts'
import { kube } from '../../testing/scene.ts'
import { changed, type Machines, type Story } from '../../testing/story.ts'

const SERVICE = 'netns/h/p1 -> 10.96.10.10:80/tcp'
const PUBLISHED = 'outside 192.168.50.10 -> 192.168.50.5:8080/tcp'
const h = (more: Parameters<typeof changed>[2], machines: Machines = NODE) => changed(machines, 'h', more)

/** A third pod p3 (10.244.0.4, port 80) beside p2, which the Service means. */
const THREE: Machines = {
  ...h({ devices: 'veth3@h/p3:eth0 master=cni0 hairpin' }),
  'h/p3': {
    devices: 'eth0@h:veth3 10.244.0.4/24',
    routes: 'default via 10.244.0.1 dev eth0',
    ss: 'tcp LISTEN 0 511 0.0.0.0:80 0.0.0.0:* users:(("apache2",pid=9,fd=6))',
  },
}
const pod = (name: string, address: string, labels: object): object =>
  kube(
    'Pod',
    name,
    {
      spec: { nodeName: 'h', containers: [{ name, image: name }] },
      status: { phase: 'Running', podIP: address, podIPs: [{ ip: address }], conditions: [{ type: 'Ready', status: 'True' }] },
    },
    { labels },
  )
const service = (name: string, clusterIP: string, more: object = {}): object =>
  kube('Service', name, {
    spec: { clusterIP, selector: { app: name }, ports: [{ name: 'http', port: 80, targetPort: 80, protocol: 'TCP' }], ...more },
  })
const endpoints = (name: string, ip: string): object =>
  kube('Endpoints', name, { subsets: [{ addresses: [{ ip }], ports: [{ name: 'http', port: 80, protocol: 'TCP' }] }] })
const OBJECTS = {
  'cluster/all.json': {
    apiVersion: 'v1',
    kind: 'List',
    items: [
      service('web', '10.96.10.10'),
      endpoints('web', '10.244.0.3'),
      pod('web-1', '10.244.0.3', { app: 'web' }),
      pod('shop-1', '10.244.0.4', { app: 'shop' }),
    ],
  },
}
/** Pod shop-1 with that label; web selects its own. */
const SELECTED = (app: string) => ({
  'cluster/all.json': {
    apiVersion: 'v1',
    kind: 'List',
    items: [service('web', '10.96.10.10'), pod('web-1', '10.244.0.3', { app: 'web' }), pod('shop-1', '10.244.0.4', { app, tier: 'shop' })],
  },
})
const TO_FORMER = `*nat
  - -A KUBE-SEP-RVNS6AQMCN676BWJ -p tcp -m comment --comment "default/web:http" -m tcp -j DNAT --to-destination 10.244.0.3:80
  -A KUBE-SEP-RVNS6AQMCN676BWJ -p tcp -m comment --comment "default/web:http" -m tcp -j DNAT --to-destination 10.244.0.4:80`

const EXTERNAL = (owner: string): string => `*nat
  :KUBE-EXT-FUSBRBWPBYS3ZLE2 - [0:0]
  :KUBE-SVC-FUSBRBWPBYS3ZLE2 - [0:0]
  :KUBE-SEP-D4WRDBZGGZNZNO35 - [0:0]
  ^ -A KUBE-SERVICES -d ${owner}/32 -p tcp -m comment --comment "default/shop:http external IP" -m tcp --dport 9100 -j KUBE-EXT-FUSBRBWPBYS3ZLE2
  -A KUBE-EXT-FUSBRBWPBYS3ZLE2 -m comment --comment "masquerade traffic for default/shop:http external destinations" -j KUBE-MARK-MASQ
  -A KUBE-EXT-FUSBRBWPBYS3ZLE2 -j KUBE-SVC-FUSBRBWPBYS3ZLE2
  -A KUBE-SVC-FUSBRBWPBYS3ZLE2 -m comment --comment "default/shop:http -> 10.244.0.4:80" -j KUBE-SEP-D4WRDBZGGZNZNO35
  -A KUBE-SEP-D4WRDBZGGZNZNO35 -s 10.244.0.4/32 -m comment --comment "default/shop:http" -j KUBE-MARK-MASQ
  -A KUBE-SEP-D4WRDBZGGZNZNO35 -p tcp -m comment --comment "default/shop:http" -m tcp -j DNAT --to-destination 10.244.0.4:80`

const HOSTPORT = (condition: string): string => `*nat
  :CNI-HOSTPORT-DNAT - [0:0]
  :CNI-DN-0123456789abcdef01234 - [0:0]
  ^ -A PREROUTING -m comment --comment "CNI portmap" ${condition} -j CNI-HOSTPORT-DNAT
  -A CNI-HOSTPORT-DNAT -p tcp -m comment --comment "dnat name: \\"cbr0\\" id: \\"aaaa\\"" -m multiport --dports 80 -j CNI-DN-0123456789abcdef01234
  -A CNI-DN-0123456789abcdef01234 -p tcp -m tcp --dport 80 -j DNAT --to-destination 10.244.0.4:80`

const entry = (server: string): string =>
  `tcp      6 431999 ESTABLISHED src=10.244.0.2 dst=10.96.10.10 sport=40000 dport=80 src=${server} dst=10.244.0.2 sport=80 dport=40000 [ASSURED] mark=0 use=1`

/** No rules were captured of this node, and its connections were. */
const bare = (entries: string): Machines => ({
  ...THREE,
  h: { devices: THREE.h?.devices ?? '', routes: THREE.h?.routes ?? '', conntrack: entries, sysctl: THREE.h?.sysctl ?? '' },
})

const container = (name: string, address: string, ports: object = {}): object => ({
  Id: name.padEnd(64, '0'),
  Name: `/${name}`,
  State: { Status: 'running', Running: true, StartedAt: '2026-11-21T03:00:00Z' },
  HostConfig: { NetworkMode: 'bridge', PortBindings: ports },
  Config: { Labels: {} },
  NetworkSettings: { Ports: ports, Networks: { bridge: { IPAddress: address } } },
})
const HELD = { '80/tcp': [{ HostIp: '0.0.0.0', HostPort: '8080' }] }
const ENGINE = { 'hosts/h/docker/inspect.json': [container('web', '172.17.0.2', HELD), container('old', '172.17.0.3')] }
/** A second container at 172.17.0.3 that publishes nothing. */
const TWO: Machines = {
  ...h({ devices: 'veth3@h/old:eth0 master=docker0' }, DOCKER),
  'h/old': {
    devices: 'eth0@h:veth3 172.17.0.3/16',
    routes: 'default via 172.17.0.1 dev eth0',
    ss: 'tcp LISTEN 0 511 0.0.0.0:80 0.0.0.0:* users:(("apache2",pid=9,fd=6))',
  },
}
const FORMER =
  '*filter\n^ -A DOCKER -d 172.17.0.3/32 ! -i docker0 -o docker0 -p tcp -m tcp --dport 80 -j ACCEPT\n*nat\n^ -A DOCKER ! -i docker0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.3:80'
const NGINX = 'tcp LISTEN 0 511 0.0.0.0:8080 0.0.0.0:* users:(("nginx",pid=77,fd=6))'
const PROXY = 'tcp LISTEN 0 4096 0.0.0.0:8080 0.0.0.0:* users:(("docker-proxy",pid=77,fd=4))'

/** Two machines on one wire; both say that they are 192.168.50.5 where `twice`. */
const lan = (other: string): Machines => ({
  c: { devices: 'eth0@h:eth0 192.168.50.9/24' },
  h: { devices: 'eth0@c:eth0 192.168.50.5/24', ss: 'tcp LISTEN 0 511 0.0.0.0:80 0.0.0.0:* users:(("nginx",pid=7,fd=6))' },
  n: { devices: `eth0 ${other}/24`, ss: 'tcp LISTEN 0 511 0.0.0.0:80 0.0.0.0:* users:(("lighttpd",pid=7,fd=6))' },
})

export const WRONG_SERVERS: readonly Story[] = [
  {
    name: "a pod's hostPort takes a Service's traffic",
    causes: ['nat.hijack', 'nat.hostport'],
    status: 'proved',
    machines: changed(THREE, 'h', { iptables: HOSTPORT('-d 10.96.0.0/12') }),
    tried: SERVICE,
    symptom: 'wrong-server',
    near: { machines: changed(THREE, 'h', { iptables: HOSTPORT('-m addrtype --dst-type LOCAL') }), tried: SERVICE },
  },
  {
    name: "kube-proxy's rule leads to a former endpoint, whose address another pod has now",
    causes: ['service.proxy-stale'],
    status: 'proved',
    machines: changed(THREE, 'h', { iptables: TO_FORMER }),
    files: OBJECTS,
    tried: SERVICE,
    symptom: 'wrong-server',
    near: { machines: THREE, files: OBJECTS, tried: SERVICE },
  },
  {
    name: "Docker's rule of a former container comes before the new one's",
    causes: ['nat.stale-target'],
    status: 'proved',
    machines: changed(TWO, 'h', { iptables: FORMER }),
    files: ENGINE,
    tried: PUBLISHED,
    symptom: 'wrong-server',
    near: { machines: TWO, files: ENGINE, tried: PUBLISHED },
  },
  {
    name: 'a Service has an external address that is the node itself',
    causes: ['nat.hijack'],
    status: 'proved',
    machines: changed(THREE, 'h', { iptables: EXTERNAL('192.168.50.5') }),
    tried: 'outside 192.168.50.10 -> 192.168.50.5:9100/tcp',
    symptom: 'wrong-server',
    near: {
      machines: changed(THREE, 'h', { iptables: EXTERNAL('192.168.50.77') }),
      tried: 'outside 192.168.50.10 -> 192.168.50.5:9100/tcp',
    },
  },
  {
    name: 'an old connection still goes to the former pod',
    causes: ['conntrack.stale'],
    status: 'proved',
    machines: changed(THREE, 'h', { conntrack: entry('10.244.0.4') }),
    files: OBJECTS,
    tried: SERVICE,
    symptom: 'wrong-server',
    near: { machines: changed(THREE, 'h', { conntrack: entry('10.244.0.3') }), files: OBJECTS, tried: SERVICE },
  },
  {
    name: 'conntrack alone tells who answers',
    causes: ['nat.hijack'],
    status: 'supported',
    machines: bare(entry('192.168.50.5')),
    files: OBJECTS,
    tried: SERVICE,
    symptom: 'wrong-server',
    near: { machines: bare(entry('10.244.0.3')), files: OBJECTS, tried: SERVICE, symptom: 'wrong-server' },
  },
  {
    name: "the Service's selector takes in the pods of another program",
    causes: ['service.selector'],
    machines: THREE,
    files: SELECTED('web'),
    tried: SERVICE,
    symptom: 'wrong-server',
    near: { machines: THREE, files: SELECTED('shop'), tried: SERVICE },
  },
  {
    name: 'two machines on the wire have one address',
    causes: ['host.neighbour'],
    machines: lan('192.168.50.5'),
    tried: 'host/c -> 192.168.50.5:80/tcp',
    symptom: 'wrong-server',
    near: { machines: lan('192.168.50.6'), tried: 'host/c -> 192.168.50.5:80/tcp' },
  },
  {
    name: 'two pods have one address',
    causes: ['host.neighbour'],
    machines: {
      ...THREE,
      'h/p3': { ...THREE['h/p3'], devices: 'eth0@h:veth3 10.244.0.3/24' },
    },
    tried: SERVICE,
    symptom: 'wrong-server',
    near: { machines: THREE, tried: SERVICE },
  },
  {
    name: "a process of the host has the container's port, seen from the host",
    causes: ['host.port-conflict'],
    status: 'supported',
    machines: h({ ss: NGINX }, DOCKER),
    files: ENGINE,
    tried: 'host/h -> 127.0.0.1:8080/tcp',
    symptom: 'wrong-server',
    near: { machines: h({ ss: PROXY }, DOCKER), files: ENGINE, tried: 'host/h -> 127.0.0.1:8080/tcp' },
  },
  {
    name: "the API's address is answered by an ingress, as the notes tell",
    causes: ['nat.hijack', 'nat.hostport'],
    files: {
      'notes.md': `Since ingress-nginx was installed with hostPort 443, pods cannot talk to the API.

        \`\`\`
        $ kubectl exec -it debug -- curl -v https://10.43.0.1:443/
        curl: (60) SSL: no alternative certificate subject name matches target host name '10.43.0.1'
        \`\`\`

        From the node it works:

        \`\`\`
        root@node1:~# curl -k https://10.43.0.1:443/healthz
        ok
        \`\`\``,
    },
    near: {
      files: {
        'notes.md': `\`\`\`
          $ kubectl exec -it debug -- curl -k https://10.43.0.1:443/healthz
          ok
          root@node1:~# curl -k https://10.43.0.1:443/healthz
          ok
          \`\`\``,
      },
    },
  },
]
