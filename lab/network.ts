import type { Agent } from './agent.ts'

/**
 * The network that every ruleset runs in: a host H with two ways out (eth0, wg0) to a namespace X that stands for the world, a bridge cni0
 * with pods P1 and P2, a bridge docker0 with container C1. X has no addresses, so it takes every frame and answers none. Pods answer
 * nothing. All neighbours are permanent: which way a packet takes depends on rules and routes alone.
 */
export type Version = 4 | 6
export const NAMESPACES = ['H', 'X', 'P1', 'P2', 'C1'] as const
export type Namespace = (typeof NAMESPACES)[number]

export const UPLINKS = ['eth0', 'wg0'] as const
export const PORTS: Readonly<Record<'P1' | 'P2' | 'C1', { readonly port: string; readonly bridge: string }>> = {
  P1: { port: 'vethp1', bridge: 'cni0' },
  P2: { port: 'vethp2', bridge: 'cni0' },
  C1: { port: 'vethc1', bridge: 'docker0' },
}
export const MAC: Readonly<Record<string, string>> = {
  'X eth0': '02:00:00:00:00:20',
  'X wg0': '02:00:00:00:00:21',
  'H eth0': '02:00:00:00:00:10',
  'H wg0': '02:00:00:00:00:11',
  'H cni0': '02:00:00:00:42:01',
  'H docker0': '02:00:00:00:17:01',
  'P1 eth0': '02:00:00:00:42:11',
  'P2 eth0': '02:00:00:00:42:12',
  'C1 eth0': '02:00:00:00:17:04',
}

/** The addresses of one IP version. */
export interface Addresses {
  readonly version: Version
  /** H's own, by interface, with prefix length. */
  readonly host: Readonly<Record<'eth0' | 'wg0' | 'cni0' | 'docker0', string>>
  readonly prefixLength: Readonly<Record<'eth0' | 'wg0' | 'cni0' | 'docker0', number>>
  readonly P1: string
  readonly P2: string
  readonly C1: string
  /** Next hops in X. */
  readonly via: Readonly<Record<'eth0' | 'wg0', string>>
  /** Beyond X. */
  readonly outside: readonly string[]
  /** Nobody owns these: service addresses. */
  readonly services: readonly string[]
  /** A prefix that is routed by wg0. */
  readonly tunnelled: { readonly prefix: string; readonly address: string }
  readonly prefixes: readonly string[]
  /** What no packet of this network should have as source or destination. Only X sends such: a stack would refuse or replace them. */
  readonly odd: { readonly sources: readonly string[]; readonly destinations: readonly string[] }
  readonly everything: string
}

export const V4: Addresses = {
  version: 4,
  host: { eth0: '192.0.2.10', wg0: '10.8.0.1', cni0: '10.42.0.1', docker0: '172.17.0.1' },
  prefixLength: { eth0: 24, wg0: 24, cni0: 24, docker0: 16 },
  P1: '10.42.0.11',
  P2: '10.42.0.12',
  C1: '172.17.0.4',
  via: { eth0: '192.0.2.20', wg0: '10.8.0.2' },
  outside: ['198.51.100.7', '203.0.113.9'],
  services: ['10.43.0.10', '10.43.0.53'],
  tunnelled: { prefix: '10.9.0.0/16', address: '10.9.1.1' },
  prefixes: [
    '10.42.0.0/24',
    '172.17.0.0/16',
    '192.0.2.0/24',
    '198.51.100.0/24',
    '203.0.113.0/24',
    '10.43.0.0/16',
    '10.0.0.0/8',
    '10.8.0.0/24',
    '172.16.0.0/12',
    '127.0.0.0/8',
    '10.42.0.8/29',
  ],
  /** No broadcast address as a source: whether the kernel looks that closely depends on rules that the namespace once had (fib_has_custom_rules). */
  odd: {
    sources: ['127.0.0.1', '240.0.0.1', '0.0.0.0', '255.255.255.255', '224.0.0.5'],
    destinations: [
      '127.0.0.1',
      '127.0.0.5',
      '240.0.0.1',
      '0.0.0.0',
      '255.255.255.255',
      '192.0.2.255',
      '10.42.0.255',
      '224.0.0.5',
      '192.0.2.0',
    ],
  },
  everything: '0.0.0.0/0',
}

export const V6: Addresses = {
  version: 6,
  host: { eth0: '2001:db8:1::10', wg0: 'fd00:8::1', cni0: 'fd00:42::1', docker0: 'fd00:17::1' },
  prefixLength: { eth0: 64, wg0: 64, cni0: 64, docker0: 64 },
  P1: 'fd00:42::11',
  P2: 'fd00:42::12',
  C1: 'fd00:17::4',
  via: { eth0: '2001:db8:1::20', wg0: 'fd00:8::2' },
  outside: ['2001:db8:cafe::7', '2001:db8:beef::9'],
  services: ['fd00:43::10', 'fd00:43::53'],
  tunnelled: { prefix: 'fd00:9::/32', address: 'fd00:9::1:1' },
  prefixes: [
    'fd00:42::/64',
    'fd00:17::/64',
    '2001:db8:1::/64',
    '2001:db8:cafe::/48',
    '2001:db8:beef::/48',
    'fd00:43::/112',
    'fd00::/8',
    'fd00:8::/64',
    '2001:db8::/32',
    'fd00:42::10/124',
  ],
  odd: { sources: ['::1', '::', 'ff02::5', 'ff0e::9'], destinations: ['::1', '::', 'ff02::5', 'ff0e::9'] },
  everything: '::/0',
}

export const addressesOf = (version: Version): Addresses => (version === 4 ? V4 : V6)

/** The host's routes beside those that its addresses make. */
export const mainRoutes = (a: Addresses): readonly string[] => [
  `default via ${a.via.eth0} dev eth0`,
  `${a.tunnelled.prefix} via ${a.via.wg0} dev wg0`,
]

function links(): readonly string[] {
  const lines = ['link set lo up']
  for (const name of UPLINKS)
    lines.push(`link add ${name} address ${MAC[`H ${name}`]} type veth peer name ${name} address ${MAC[`X ${name}`]} netns @X`)
  for (const bridge of ['cni0', 'docker0']) lines.push(`link add ${bridge} address ${MAC[`H ${bridge}`]} type bridge mcast_snooping 0`)
  for (const [pod, { port, bridge }] of Object.entries(PORTS)) {
    lines.push(
      `link add ${port} type veth peer name eth0 address ${MAC[`${pod} eth0`]} netns @${pod}`,
      `link set ${port} master ${bridge}`,
      `link set ${port} up`,
    )
  }
  for (const name of [...UPLINKS, 'cni0', 'docker0']) lines.push(`link set ${name} up`)
  return lines
}

/** The neighbours of H: next hops, whatever lies beyond them as far as it is asked for directly, and the pods. */
export const neighbours = (a: Addresses): readonly string[] => [
  ...UPLINKS.flatMap((name) => [a.via[name], ...a.outside].map((ip) => `${ip} lladdr ${MAC[`X ${name}`]} dev ${name} nud permanent`)),
  ...Object.entries(PORTS).map(([pod, { bridge }]) => `${a[pod as 'P1']} lladdr ${MAC[`${pod} eth0`]} dev ${bridge} nud permanent`),
]

function hostAddresses(a: Addresses): readonly string[] {
  const lines: string[] = []
  for (const name of ['eth0', 'wg0', 'cni0', 'docker0'] as const) {
    lines.push(`addr add ${a.host[name]}/${a.prefixLength[name]} dev ${name} ${a.version === 6 ? 'nodad' : ''}`)
  }
  lines.push(...mainRoutes(a).map((route) => `route add ${route}`))
  lines.push(...neighbours(a).map((neighbour) => `neigh replace ${neighbour}`))
  return lines
}

function podLines(a: Addresses, pod: 'P1' | 'P2' | 'C1'): readonly string[] {
  const { bridge } = PORTS[pod]
  const gateway = a.host[bridge as 'cni0']
  const lines = [
    'link set lo up',
    'link set eth0 up',
    `addr add ${a[pod]}/${a.prefixLength[bridge as 'cni0']} dev eth0 ${a.version === 6 ? 'nodad' : ''}`,
    `route add default via ${gateway} dev eth0`,
    `neigh replace ${gateway} lladdr ${MAC[`H ${bridge}`]} dev eth0 nud permanent`,
  ]
  const peer = pod === 'P1' ? 'P2' : pod === 'P2' ? 'P1' : undefined
  if (peer) lines.push(`neigh replace ${a[peer]} lladdr ${MAC[`${peer} eth0`]} dev eth0 nud permanent`)
  return lines
}

/** ip(8) reads `netns` as a path; in a batch there is no shell to put one in, so the agent's path is written out. */
async function batch(agent: Agent, ns: Namespace, version: Version, lines: readonly string[]): Promise<void> {
  if (lines.some((line) => line.includes('@'))) {
    for (const line of lines) await agent.must(ns, ['ip', ...line.split(' ')])
  } else await agent.must(ns, ['ip', `-${version}`, '-batch', '-'], `${lines.join('\n')}\n`)
}

/** Builds the network in namespaces of the agent. The other IP version is switched off, so that nothing but the lab's packets moves. */
export async function build(agent: Agent, version: Version): Promise<void> {
  const a = addressesOf(version)
  await agent.namespaces(NAMESPACES)
  for (const ns of NAMESPACES) {
    const six = '/proc/sys/net/ipv6/conf'
    const off = version === 4 || ns === 'X' ? '1' : '0'
    const quiet = [
      ['accept_dad', '0'],
      ['accept_ra', '0'],
      ['router_solicitations', '0'],
      ['addr_gen_mode', '1'],
      ['disable_ipv6', off],
    ] as const
    await agent.write(ns, [[`${six}/all/disable_ipv6`, off], ...quiet.map(([name, value]) => [`${six}/default/${name}`, value] as const)])
  }
  await batch(agent, 'H', version, links())
  for (const name of UPLINKS) await agent.must('X', ['ip', 'link', 'set', name, 'up'])
  await batch(agent, 'H', version, hostAddresses(a))
  for (const pod of ['P1', 'P2', 'C1'] as const) await batch(agent, pod, version, podLines(a, pod))
  const quiet = 'table inet lab_quiet {\n  chain input { type filter hook input priority 0; policy drop; }\n}\n'
  for (const pod of ['P1', 'P2', 'C1'] as const) await agent.must(pod, ['nft', '-f', '-'], quiet)
  const fdb = Object.entries(PORTS).map(([pod, { port }]) => `fdb replace ${MAC[`${pod} eth0`]} dev ${port} master static\n`)
  await agent.must('H', ['bridge', '-batch', '-'], fdb.join(''))
  for (const [ns, name] of [
    ['X', 'eth0'],
    ['X', 'wg0'],
    ['P1', 'eth0'],
    ['P2', 'eth0'],
    ['C1', 'eth0'],
    ['P1', 'lo'],
    ['P2', 'lo'],
    ['C1', 'lo'],
  ] as const)
    await agent.listen(ns, name)
  await agent.trace('H')
}
