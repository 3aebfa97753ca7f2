import { createHash } from 'node:crypto'
import { json, mac, PODS, PORT, type Pod, subnet, underlay } from './cluster-size.ts'
import { inet, LOOPBACK, LOOPBACK_ROUTE, local } from './ip-json.ts'

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

export function nodeLinks(node: number, pods: readonly Pod[]): readonly object[] {
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

export function nodeRoutes(node: number, nodes: number): readonly object[] {
  const others = Array.from({ length: nodes }, (_, other) => other).filter((other) => other !== node)
  return [
    { dst: 'default', gateway: '172.20.0.1', dev: 'eth0', flags: [] },
    { dst: `${subnet(node, 0)}/24`, dev: 'cni0', protocol: 'kernel', scope: 'link', prefsrc: subnet(node, 1), flags: [] },
    ...others.map((other) => ({ dst: `${subnet(other, 0)}/24`, gateway: subnet(other, 0), dev: 'flannel.1', flags: ['onlink'] })),
    { dst: '172.20.0.0/16', dev: 'eth0', protocol: 'kernel', scope: 'link', prefsrc: underlay(node), flags: [] },
    local(underlay(node), 'eth0'),
    local(subnet(node, 0), 'flannel.1'),
    local(subnet(node, 1), 'cni0'),
    LOOPBACK_ROUTE,
  ]
}

export function nodeNeighbours(node: number, nodes: number, pods: readonly Pod[]): readonly object[] {
  const others = Array.from({ length: nodes }, (_, other) => other).filter((other) => other !== node)
  return [
    ...others.map((other) => ({ dst: subnet(other, 0), dev: 'flannel.1', lladdr: mac(2, other), state: ['PERMANENT'] })),
    ...others.map((other) => ({ dst: underlay(other), dev: 'eth0', lladdr: mac(1, other), state: ['REACHABLE'] })),
    ...pods.map((pod, i) => ({ dst: pod.address, dev: 'cni0', lladdr: mac(5, node, i), state: ['REACHABLE'] })),
  ]
}

export function nodeFdb(node: number, nodes: number): readonly object[] {
  const others = Array.from({ length: nodes }, (_, other) => other).filter((other) => other !== node)
  return others.map((other) => ({ mac: mac(2, other), ifname: 'flannel.1', dst: underlay(other), flags: ['self'], state: 'permanent' }))
}

export const RULES = [
  { priority: 0, src: 'all', table: 'local' },
  { priority: 32766, src: 'all', table: 'main' },
  { priority: 32767, src: 'all', table: 'default' },
]
export const SYSCTL = ['all', 'cni0', 'default', 'eth0', 'flannel.1', 'lo']
  .flatMap((name) =>
    ['accept_local = 0', 'forwarding = 1', 'route_localnet = 0', 'rp_filter = 0', 'src_valid_mark = 0'].map(
      (rest) => `net.ipv4.conf.${name.replace('.', '/')}.${rest}\n`,
    ),
  )
  .concat('net.bridge.bridge-nf-call-iptables = 1\n', 'net.ipv4.ip_forward = 1\n')
  .join('')

export function podFiles(pod: Pod, index: number): readonly (readonly [string, string])[] {
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
