import { createHash } from 'node:crypto'

/**
 * A cluster as a bundle: nodes with kube-proxy in iptables mode and flannel with VXLAN, each pod a captured namespace, and the API's objects. The same
 * size gives the same bytes.
 */
export interface ClusterSize {
  readonly nodes: number
  readonly podsPerNode: number
  readonly servicesPerNode: number
  readonly endpointsPerService: number
}

export const FULL: Omit<ClusterSize, 'nodes'> = { podsPerNode: 50, servicesPerNode: 10, endpointsPerService: 5 }

interface Pod {
  readonly name: string
  readonly node: number
  readonly address: string
}

interface Service {
  readonly name: string
  readonly address: string
  readonly nodePort: number | undefined
  readonly pods: readonly Pod[]
}

const PODS = '10.64.0.0/10'
const PORT = 8080
const json = (value: unknown): string => `${JSON.stringify(value)}\n`

const nodeName = (node: number): string => `node-${String(node + 1).padStart(3, '0')}`
const subnet = (node: number, host: number): string => `10.${64 + (node >> 8)}.${node & 255}.${host}`
const underlay = (node: number): string => `172.20.${1 + Math.floor(node / 200)}.${(node % 200) + 10}`
const mac = (kind: number, node: number, pod = 0): string =>
  [2, kind, node >> 8, node & 255, pod >> 8, pod & 255].map((byte) => byte.toString(16).padStart(2, '0')).join(':')

function podsOf({ nodes, podsPerNode }: ClusterSize): readonly Pod[] {
  return Array.from({ length: nodes * podsPerNode }, (_, i) => {
    const node = Math.floor(i / podsPerNode)
    const host = (i % podsPerNode) + 2
    return { name: `app-${i}`, node, address: subnet(node, host) }
  })
}

/** Endpoints spread over the nodes by a fixed multiplication, so that a Service's pods are rarely on one node. */
function servicesOf(size: ClusterSize, pods: readonly Pod[]): readonly Service[] {
  const spread = (n: number): Pod => pods[(n * 7919) % pods.length] as Pod
  return Array.from({ length: size.nodes * size.servicesPerNode }, (_, i) => ({
    name: `svc-${i}`,
    address: `172.30.${i >> 8}.${i & 255}`,
    nodePort: i % 50 === 7 ? 30_000 + i : undefined,
    pods: Array.from({ length: size.endpointsPerService }, (_, k) => spread(i * size.endpointsPerService + k)),
  }))
}

/** portProtoHash of pkg/proxy/iptables/proxier.go: the first 16 letters of the base32 of a SHA-256. */
function chainName(prefix: string, text: string): string {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
  const digest = createHash('sha256').update(text).digest()
  let name = ''
  for (let bit = 0; bit < 80; bit += 5) {
    const two = ((digest[bit >> 3] ?? 0) << 8) | (digest[(bit >> 3) + 1] ?? 0)
    name += letters[(two >> (11 - (bit & 7))) & 31]
  }
  return `${prefix}${name}`
}

const probability = (choices: number): string => (Math.round(2 ** 31 / choices) / 2 ** 31).toFixed(11)

type ChainText = readonly [name: string, rules: readonly string[]]

function serviceChains({ name, address, nodePort, pods }: Service): readonly ChainText[] {
  const full = `default/${name}:http`
  const chain = chainName('KUBE-SVC-', `${full}tcp`)
  const hops = pods.map((pod) => ({ pod, hop: chainName('KUBE-SEP-', `${full}tcp${pod.address}:${PORT}`) }))
  const balance = hops.map(({ pod, hop }, i) => {
    const choice = i < hops.length - 1 ? `-m statistic --mode random --probability ${probability(hops.length - i)} ` : ''
    return `-A ${chain} -m comment --comment "${full} -> ${pod.address}:${PORT}" ${choice}-j ${hop}`
  })
  const masquerade = `-A ${chain} ! -s ${PODS} -d ${address}/32 -p tcp -m comment --comment "${full} cluster IP" -m tcp --dport 80 -j KUBE-MARK-MASQ`
  const external = chainName('KUBE-EXT-', `${full}tcp`)
  return [
    [chain, [masquerade, ...balance]],
    ...hops.map(
      ({ pod, hop }): ChainText => [
        hop,
        [
          `-A ${hop} -s ${pod.address}/32 -m comment --comment "${full}" -j KUBE-MARK-MASQ`,
          `-A ${hop} -p tcp -m comment --comment "${full}" -m tcp -j DNAT --to-destination ${pod.address}:${PORT}`,
        ],
      ],
    ),
    ...(nodePort === undefined
      ? []
      : [
          [
            external,
            [
              `-A ${external} -m comment --comment "masquerade traffic for ${full} external destinations" -j KUBE-MARK-MASQ`,
              `-A ${external} -j ${chain}`,
            ],
          ] as const,
        ]),
  ]
}

function portals(services: readonly Service[]): readonly ChainText[] {
  return [
    [
      'KUBE-SERVICES',
      [
        ...services.map(
          ({ name, address }) =>
            `-A KUBE-SERVICES -d ${address}/32 -p tcp -m comment --comment "default/${name}:http cluster IP" -m tcp --dport 80 -j ${chainName('KUBE-SVC-', `default/${name}:httptcp`)}`,
        ),
        '-A KUBE-SERVICES -m comment --comment "kubernetes service nodeports; NOTE: this must be the last rule in this chain" -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS',
      ],
    ],
    [
      'KUBE-NODEPORTS',
      services.flatMap(({ name, nodePort }) =>
        nodePort === undefined
          ? []
          : [
              `-A KUBE-NODEPORTS -p tcp -m comment --comment "default/${name}:http" -m tcp --dport ${nodePort} -j ${chainName('KUBE-EXT-', `default/${name}:httptcp`)}`,
            ],
      ),
    ],
    ['KUBE-MARK-MASQ', ['-A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000']],
    [
      'KUBE-POSTROUTING',
      [
        '-A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN',
        '-A KUBE-POSTROUTING -j MARK --set-xmark 0x4000/0x0',
        '-A KUBE-POSTROUTING -m comment --comment "kubernetes service traffic requiring SNAT" -j MASQUERADE --random-fully',
      ],
    ],
  ]
}

const flannelMasquerade = (node: number): ChainText => {
  const own = `${subnet(node, 0)}/24`
  const comment = '-m comment --comment "flanneld masq"'
  return [
    'FLANNEL-POSTRTG',
    [
      `-A FLANNEL-POSTRTG -m mark --mark 0x4000/0x4000 ${comment} -j RETURN`,
      `-A FLANNEL-POSTRTG -s ${own} -d ${PODS} ${comment} -j RETURN`,
      `-A FLANNEL-POSTRTG -s ${PODS} -d ${own} ${comment} -j RETURN`,
      `-A FLANNEL-POSTRTG ! -s ${PODS} -d ${own} ${comment} -j RETURN`,
      `-A FLANNEL-POSTRTG -s ${PODS} ! -d 224.0.0.0/4 ${comment} -j MASQUERADE --random-fully`,
      `-A FLANNEL-POSTRTG ! -s ${PODS} -d ${PODS} ${comment} -j MASQUERADE --random-fully`,
    ],
  ]
}

const FILTER_CHAINS = [
  'FLANNEL-FWD',
  'KUBE-EXTERNAL-SERVICES',
  'KUBE-FIREWALL',
  'KUBE-FORWARD',
  'KUBE-NODEPORTS',
  'KUBE-PROXY-FIREWALL',
  'KUBE-SERVICES',
]
const FILTER_RULES = `-A INPUT -m conntrack --ctstate NEW -m comment --comment "kubernetes load balancer firewall" -j KUBE-PROXY-FIREWALL
-A INPUT -m comment --comment "kubernetes health check service ports" -j KUBE-NODEPORTS
-A INPUT -m conntrack --ctstate NEW -m comment --comment "kubernetes externally-visible service portals" -j KUBE-EXTERNAL-SERVICES
-A INPUT -j KUBE-FIREWALL
-A FORWARD -m conntrack --ctstate NEW -m comment --comment "kubernetes load balancer firewall" -j KUBE-PROXY-FIREWALL
-A FORWARD -m comment --comment "kubernetes forwarding rules" -j KUBE-FORWARD
-A FORWARD -m conntrack --ctstate NEW -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-A FORWARD -m conntrack --ctstate NEW -m comment --comment "kubernetes externally-visible service portals" -j KUBE-EXTERNAL-SERVICES
-A FORWARD -m comment --comment "flanneld forward" -j FLANNEL-FWD
-A OUTPUT -m conntrack --ctstate NEW -m comment --comment "kubernetes load balancer firewall" -j KUBE-PROXY-FIREWALL
-A OUTPUT -m conntrack --ctstate NEW -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-A OUTPUT -j KUBE-FIREWALL
-A FLANNEL-FWD -s ${PODS} -m comment --comment "flanneld forward" -j ACCEPT
-A FLANNEL-FWD -d ${PODS} -m comment --comment "flanneld forward" -j ACCEPT
-A KUBE-FIREWALL ! -s 127.0.0.0/8 -d 127.0.0.0/8 -m comment --comment "block incoming localnet connections" -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP
-A KUBE-FORWARD -m conntrack --ctstate INVALID -j DROP
-A KUBE-FORWARD -m comment --comment "kubernetes forwarding rules" -m mark --mark 0x4000/0x4000 -j ACCEPT
-A KUBE-FORWARD -m comment --comment "kubernetes forwarding conntrack rule" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
`

/** Chains and rules that all nodes have, in one text before and one behind the node's own. */
interface SharedRules {
  readonly declarations: string
  readonly rules: string
}

function sharedRules(services: readonly Service[]): SharedRules {
  const chains = [...portals(services), ...services.flatMap(serviceChains)].sort(([a], [b]) => (a < b ? -1 : 1))
  return {
    declarations: chains.map(([name]) => `:${name} - [0:0]\n`).join(''),
    rules: chains.flatMap(([, rules]) => rules.map((rule) => `${rule}\n`)).join(''),
  }
}

/** As `iptables-save -c` prints: what differs between nodes are counters, the date and flannel's own rules. */
function rulesOf(node: number, { declarations, rules }: SharedRules, counters: boolean): string {
  const count = (n: number): string => `[${1000 + node * 31 + n}:${60_000 + node * 1860 + n}]`
  const policies = (names: readonly string[]): string => names.map((name, i) => `:${name} ACCEPT ${count(i)}\n`).join('')
  const own = flannelMasquerade(node)
  const text = `# Generated by iptables-save v1.8.9 (nf_tables) on Sat Nov 21 0${node % 10}:00:00 2026
*filter
${policies(['INPUT', 'FORWARD', 'OUTPUT'])}${FILTER_CHAINS.map((name) => `:${name} - [0:0]\n`).join('')}${FILTER_RULES}COMMIT
*nat
${policies(['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'])}:${own[0]} - [0:0]
${declarations}-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-A OUTPUT -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-A POSTROUTING -m comment --comment "kubernetes postrouting rules" -j KUBE-POSTROUTING
-A POSTROUTING -m comment --comment "flanneld masq" -j FLANNEL-POSTRTG
${own[1].map((rule) => `${rule}\n`).join('')}${rules}COMMIT
`
  if (!counters) return text
  let n = 0
  return text.replace(/^-A/gm, () => `[${(n++ * 7 + node) % 9001}:${(n * 420 + node * 60) % 540_060}] -A`)
}

const up = (index: number, name: string, address: string, more: object): object => ({
  ifindex: index,
  ifname: name,
  flags: ['BROADCAST', 'MULTICAST', 'UP', 'LOWER_UP'],
  mtu: 1450,
  operstate: 'UP',
  link_type: 'ether',
  address,
  addr_info: [],
  ...more,
})
const inet = (local: string, prefixlen: number): object => ({ addr_info: [{ family: 'inet', local, prefixlen, scope: 'global' }] })
const LOOPBACK = {
  ifindex: 1,
  ifname: 'lo',
  flags: ['LOOPBACK', 'UP', 'LOWER_UP'],
  mtu: 65536,
  operstate: 'UNKNOWN',
  link_type: 'loopback',
  address: '00:00:00:00:00:00',
  addr_info: [{ family: 'inet', local: '127.0.0.1', prefixlen: 8, scope: 'host' }],
}

function nodeLinks(node: number, pods: readonly Pod[]): readonly object[] {
  return [
    LOOPBACK,
    up(2, 'eth0', mac(1, node), { mtu: 1500, ...inet(underlay(node), 16) }),
    up(3, 'flannel.1', mac(2, node), {
      operstate: 'UNKNOWN',
      linkinfo: { info_kind: 'vxlan', info_data: { id: 1, local: underlay(node), link: 'eth0', port: 8472, learning: false } },
      ...inet(subnet(node, 0), 32),
    }),
    up(4, 'cni0', mac(3, node), { linkinfo: { info_kind: 'bridge', info_data: {} }, ...inet(subnet(node, 1), 24) }),
    ...pods.map((pod, i) =>
      up(5 + i, `veth${createHash('sha256').update(pod.name).digest('hex').slice(0, 8)}`, mac(4, node, i), {
        link_index: 2,
        link_netnsid: i,
        link_netns: `cni-${pod.name}`,
        master: 'cni0',
        linkinfo: {
          info_kind: 'veth',
          info_slave_kind: 'bridge',
          info_slave_data: { state: 'forwarding', hairpin: true, isolated: false, learning: true, flood: true },
        },
      }),
    ),
  ]
}

const local = (dst: string, dev: string): object => ({
  type: 'local',
  dst,
  dev,
  table: 'local',
  protocol: 'kernel',
  scope: 'host',
  prefsrc: dst,
  flags: [],
})

function nodeRoutes(node: number, nodes: number): readonly object[] {
  const others = Array.from({ length: nodes }, (_, other) => other).filter((other) => other !== node)
  return [
    { dst: 'default', gateway: '172.20.0.1', dev: 'eth0', flags: [] },
    { dst: `${subnet(node, 0)}/24`, dev: 'cni0', protocol: 'kernel', scope: 'link', prefsrc: subnet(node, 1), flags: [] },
    ...others.map((other) => ({ dst: `${subnet(other, 0)}/24`, gateway: subnet(other, 0), dev: 'flannel.1', flags: ['onlink'] })),
    { dst: '172.20.0.0/16', dev: 'eth0', protocol: 'kernel', scope: 'link', prefsrc: underlay(node), flags: [] },
    local(underlay(node), 'eth0'),
    local(subnet(node, 0), 'flannel.1'),
    local(subnet(node, 1), 'cni0'),
    { ...local('127.0.0.0/8', 'lo'), prefsrc: '127.0.0.1' },
  ]
}

function nodeNeighbours(node: number, nodes: number, pods: readonly Pod[]): readonly object[] {
  const others = Array.from({ length: nodes }, (_, other) => other).filter((other) => other !== node)
  return [
    ...others.map((other) => ({ dst: subnet(other, 0), dev: 'flannel.1', lladdr: mac(2, other), state: ['PERMANENT'] })),
    ...others.map((other) => ({ dst: underlay(other), dev: 'eth0', lladdr: mac(1, other), state: ['REACHABLE'] })),
    ...pods.map((pod, i) => ({ dst: pod.address, dev: 'cni0', lladdr: mac(5, node, i), state: ['REACHABLE'] })),
  ]
}

function nodeFdb(node: number, nodes: number): readonly object[] {
  const others = Array.from({ length: nodes }, (_, other) => other).filter((other) => other !== node)
  return others.map((other) => ({ mac: mac(2, other), ifname: 'flannel.1', dst: underlay(other), flags: ['self'], state: 'permanent' }))
}

const RULES = [
  { priority: 0, src: 'all', table: 'local' },
  { priority: 32766, src: 'all', table: 'main' },
  { priority: 32767, src: 'all', table: 'default' },
]
const SYSCTL = ['all', 'cni0', 'default', 'eth0', 'flannel.1', 'lo']
  .flatMap((name) =>
    ['accept_local = 0', 'forwarding = 1', 'route_localnet = 0', 'rp_filter = 0', 'src_valid_mark = 0'].map(
      (rest) => `net.ipv4.conf.${name.replace('.', '/')}.${rest}\n`,
    ),
  )
  .concat('net.bridge.bridge-nf-call-iptables = 1\n', 'net.ipv4.ip_forward = 1\n')
  .join('')

function podFiles(pod: Pod, index: number): readonly (readonly [string, string])[] {
  const gateway = subnet(pod.node, 1)
  return [
    [
      'ip-addr.json',
      json([
        LOOPBACK,
        up(2, 'eth0', mac(5, pod.node, index), {
          link_index: 5 + index,
          link_netnsid: 0,
          linkinfo: { info_kind: 'veth' },
          ...inet(pod.address, 24),
        }),
      ]),
    ],
    [
      'ip-route.json',
      json([
        { dst: 'default', gateway, dev: 'eth0', flags: [] },
        { dst: PODS, gateway, dev: 'eth0', flags: [] },
        { dst: `${subnet(pod.node, 0)}/24`, dev: 'eth0', protocol: 'kernel', scope: 'link', prefsrc: pod.address, flags: [] },
        local(pod.address, 'eth0'),
      ]),
    ],
    ['ss.txt', `tcp LISTEN 0 128 *:${PORT} *:*\n`],
  ]
}

function objects(pods: readonly Pod[], services: readonly Service[]): readonly (readonly [string, string])[] {
  const list = (items: readonly object[]): string => json({ apiVersion: 'v1', kind: 'List', items })
  return [
    [
      'cluster/pods.json',
      list(
        pods.map(({ name, node, address }) => ({
          apiVersion: 'v1',
          kind: 'Pod',
          metadata: { name, namespace: 'default' },
          spec: { nodeName: nodeName(node), containers: [{ name: 'app', ports: [{ containerPort: PORT, protocol: 'TCP' }] }] },
          status: { phase: 'Running', hostIP: underlay(node), podIP: address, podIPs: [{ ip: address }] },
        })),
      ),
    ],
    [
      'cluster/services.json',
      list(
        services.map(({ name, address, nodePort }) => ({
          apiVersion: 'v1',
          kind: 'Service',
          metadata: { name, namespace: 'default' },
          spec: {
            type: nodePort === undefined ? 'ClusterIP' : 'NodePort',
            clusterIP: address,
            clusterIPs: [address],
            selector: { app: name },
            ports: [{ name: 'http', port: 80, protocol: 'TCP', targetPort: PORT, ...(nodePort === undefined ? {} : { nodePort }) }],
          },
        })),
      ),
    ],
  ]
}

function faultyRules(node: number, text: string, faulty: boolean): string {
  if (faulty && node === 11) return text.replace(/^((?:\[\d+:\d+\] )?-A INPUT )/m, '-A INPUT -p udp -m udp --dport 8472 -j DROP\n$1')
  return faulty && node === 29
    ? text.replace(/^(?:\[\d+:\d+\] )?-A KUBE-SERVICES -d 172\.30\.\d+\.(?:40|80|120|160|200|240)\/32 .*\n/gm, '')
    : text
}

export interface ClusterOptions {
  /** Rules with counters, as `iptables-save -c` prints them. */
  readonly counters: boolean
  /** Three nodes are broken: the 7th has lost its FDB, the 12th drops VXLAN, kube-proxy of the 30th has missed every 40th Service. */
  readonly faulty: boolean
}

/** The bundle's files one after the other, so that the whole of it need not be in memory. */
export function* clusterFiles(size: ClusterSize, { counters, faulty }: ClusterOptions): Generator<readonly [path: string, text: string]> {
  const pods = podsOf(size)
  const services = servicesOf(size, pods)
  const shared = sharedRules(services)
  yield* objects(pods, services)
  for (let node = 0; node < size.nodes; node++) {
    const own = pods.slice(node * size.podsPerNode, (node + 1) * size.podsPerNode)
    const folder = `hosts/${nodeName(node)}`
    yield [`${folder}/iptables-save.txt`, faultyRules(node, rulesOf(node, shared, counters), faulty)]
    yield [`${folder}/ip-addr.json`, json(nodeLinks(node, own))]
    yield [`${folder}/ip-route.json`, json(nodeRoutes(node, size.nodes))]
    yield [`${folder}/ip-rule.json`, json(RULES)]
    yield [`${folder}/ip-neigh.json`, json(nodeNeighbours(node, size.nodes, own))]
    yield [`${folder}/bridge-fdb.json`, json(faulty && node === 6 ? [] : nodeFdb(node, size.nodes))]
    yield [`${folder}/sysctl.txt`, SYSCTL]
    for (const [i, pod] of own.entries()) for (const [name, text] of podFiles(pod, i)) yield [`${folder}/netns/${pod.name}/${name}`, text]
  }
}
