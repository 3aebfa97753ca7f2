import { inet, LOOPBACK, LOOPBACK_ROUTE, local } from './ip-json.ts'
import type { Service } from './kube-proxy.ts'

/** A bundle around the dump: one node with one captured pod, everything else beyond its router. Path inside the bundle, and text. */
export type Bundle = ReadonlyMap<string, string>

const link = (ifindex: number, ifname: string, more: object): object => ({
  ifindex,
  ifname,
  flags: ['BROADCAST', 'MULTICAST', 'UP', 'LOWER_UP'],
  mtu: 1500,
  operstate: 'UP',
  link_type: 'ether',
  address: `02:00:00:00:00:0${ifindex}`,
  ...more,
})
const RULES = [
  { priority: 0, src: 'all', table: 'local' },
  { priority: 32766, src: 'all', table: 'main' },
  { priority: 32767, src: 'all', table: 'default' },
]

const NODE_LINKS = [
  LOOPBACK,
  link(2, 'eth0', inet('192.0.2.10', 24)),
  link(3, 'cni0', { linkinfo: { info_kind: 'bridge' }, ...inet('10.64.0.1', 24) }),
  link(4, 'vethp1', {
    link_index: 2,
    link_netnsid: 0,
    master: 'cni0',
    linkinfo: { info_kind: 'veth', info_slave_kind: 'bridge' },
    addr_info: [],
  }),
]
const NODE_ROUTES = [
  { dst: 'default', gateway: '192.0.2.1', dev: 'eth0', flags: [] },
  { dst: '10.64.0.0/10', gateway: '192.0.2.20', dev: 'eth0', flags: [] },
  { dst: '10.64.0.0/24', dev: 'cni0', protocol: 'kernel', scope: 'link', prefsrc: '10.64.0.1', flags: [] },
  { dst: '192.0.2.0/24', dev: 'eth0', protocol: 'kernel', scope: 'link', prefsrc: '192.0.2.10', flags: [] },
  local('10.64.0.1', 'cni0'),
  local('192.0.2.10', 'eth0'),
  LOOPBACK_ROUTE,
]
const POD_LINKS = [
  LOOPBACK,
  link(2, 'eth0', { link_index: 4, link_netnsid: 0, linkinfo: { info_kind: 'veth' }, ...inet('10.64.0.11', 24) }),
]
const POD_ROUTES = [
  { dst: 'default', gateway: '10.64.0.1', dev: 'eth0', flags: [] },
  { dst: '10.64.0.0/24', dev: 'eth0', protocol: 'kernel', scope: 'link', prefsrc: '10.64.0.11', flags: [] },
  local('10.64.0.11', 'eth0'),
  LOOPBACK_ROUTE,
]

export function bundleAround(dump: string): Bundle {
  const json = (value: unknown): string => `${JSON.stringify(value)}\n`
  return new Map([
    ['hosts/node1/iptables-save.txt', dump],
    ['hosts/node1/ip-addr.json', json(NODE_LINKS)],
    ['hosts/node1/ip-route.json', json(NODE_ROUTES)],
    ['hosts/node1/ip-rule.json', json(RULES)],
    [
      'hosts/node1/sysctl.txt',
      'net.bridge.bridge-nf-call-iptables = 1\nnet.ipv4.conf.all.rp_filter = 0\nnet.ipv4.conf.cni0.rp_filter = 0\nnet.ipv4.conf.eth0.rp_filter = 0\nnet.ipv4.ip_forward = 1\n',
    ],
    ['hosts/node1/netns/P1/ip-addr.json', json(POD_LINKS)],
    ['hosts/node1/netns/P1/ip-route.json', json(POD_ROUTES)],
    ['hosts/node1/netns/P1/ip-rule.json', json(RULES)],
  ])
}

/** A request as `trace --requests` takes it. */
export interface Flow {
  readonly from: string
  readonly to: string
  readonly src?: string
  readonly host?: string
  readonly iif?: string
  readonly sport: number
}

/** Random flows, the same for the same services: most from the pod to a Service, some from outside to node ports, the host, and pods directly. */
export function flows(services: readonly Service[], count: number): readonly Flow[] {
  let state = 12345
  const random = (below: number): number => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff
    return (state >>> 8) % below
  }
  const exposed = services.filter((s) => s.nodePort !== undefined)
  const pick = (list: readonly Service[]): Service => list[random(list.length)] as Service
  return Array.from({ length: count }, (): Flow => {
    const sport = 1024 + random(60_000)
    const kind = random(10)
    if (kind < 6) return { from: 'netns/node1/P1', to: `${pick(services).clusterIp}:80/tcp`, sport }
    if (kind < 7) return { from: 'host/node1', to: `${pick(services).clusterIp}:80/tcp`, sport }
    const outside = { from: 'outside', host: 'node1', iif: 'eth0', src: `198.51.100.${1 + random(250)}`, sport }
    if (kind < 9) return { ...outside, to: `192.0.2.10:${pick(exposed).nodePort}/tcp` }
    return { from: 'netns/node1/P1', to: `${pick(services).endpoints[0] ?? '10.64.0.12'}:8080/tcp`, sport }
  })
}
