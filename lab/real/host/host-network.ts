import type { Captured } from '../collect.ts'
import type { Network } from '../network.ts'

/**
 * One machine `h` with a network card towards a LAN, on it a neighbour `lan`, and behind its router `world` the rest of the Internet; a second
 * card leads to another network of the same router. On the machine are the bridges that container programs make, with containers and pods that
 * serve a page with their name.
 */
export const HOST = '192.168.50.5'
export const LAN = '192.168.50.10'
export const ROUTER = '192.168.50.1'
export const INTERNET = '203.0.113.80'
/** An address of the office network behind the router, that knows no way to containers. */
export const OFFICE = '172.16.3.77'
/** The machine on its second network. */
export const SECOND = '10.20.0.5'
export const AFAR = '10.20.0.1'

/** A namespace behind a bridge of the machine. */
export interface Guest {
  readonly name: string
  readonly bridge: string
  readonly address: string
  /** The machine's end of its link. */
  readonly port: string
  readonly serves: readonly number[]
  /** Only this address is listened on. */
  readonly on?: string
}

export interface HostPlan {
  /** Bridge and its address: `docker0`, `172.17.0.1/16`. */
  readonly bridges: Readonly<Record<string, string>>
  readonly guests: readonly Guest[]
}

export async function buildHost(network: Network, plan: HostPlan): Promise<void> {
  for (const name of ['h', 'lan', 'world']) await network.add(name)
  await network.run('world', ['sh', '-ec', WORLD])
  for (const [name, device] of [
    ['h', 'eth0'],
    ['lan', 'eth0'],
  ] as const) {
    await network.ip(name, `link add ${device} type veth peer name w${name} netns @world`)
    await network.ip('world', `link set w${name} master lan0 up`)
  }
  await network.ip('h', 'link add eth1 type veth peer name eth1 netns @world')
  await network.run('world', ['sh', '-ec', `ip addr add ${AFAR}/24 dev eth1; ip link set eth1 up`])
  await network.run('lan', ['sh', '-ec', `ip addr add ${LAN}/24 dev eth0; ip link set eth0 up; ip route add default via ${ROUTER}`])
  await network.run('h', ['sh', '-ec', MACHINE])
  for (const [bridge, address] of Object.entries(plan.bridges))
    await network.run('h', [
      'sh',
      '-ec',
      `ip link add ${bridge} type bridge; ip addr add ${address} dev ${bridge}; ip link set ${bridge} up`,
    ])
  for (const guest of plan.guests) await plugIn(network, plan, guest)
  network.serve('world', 'internet', 443)
  network.serve('lan', 'lan', 9000)
  network.serve('h', 'h', 22)
  network.serve('h', 'h', 6443)
  await Promise.all([
    ...plan.guests.map(({ name, serves }) => network.listens(name, serves.at(-1) ?? 80)),
    network.listens('world', 443),
    network.listens('h', 6443),
  ])
}

const WORLD = `
ip link add lan0 type bridge
ip addr add ${ROUTER}/24 dev lan0
ip link set lan0 up
ip addr add ${INTERNET}/32 dev lo
ip addr add ${OFFICE}/32 dev lo
sysctl -qw net.ipv4.ip_forward=1`

const MACHINE = `
ip addr add ${HOST}/24 dev eth0
ip link set eth0 up
ip addr add ${SECOND}/24 dev eth1
ip link set eth1 up
ip route add default via ${ROUTER}
sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0`

async function plugIn(network: Network, { bridges }: HostPlan, guest: Guest): Promise<void> {
  const { name, bridge, address, port, serves, on } = guest
  const [gateway, length] = (bridges[bridge] ?? '').split('/')
  await network.add(name)
  await network.ip(name, `link add eth0 type veth peer name ${port} netns @h`)
  await network.run('h', [
    'sh',
    '-ec',
    `ip link set ${port} master ${bridge} up${bridge === 'cni0' ? `; bridge link set dev ${port} hairpin on` : ''}`,
  ])
  await network.run(name, [
    'sh',
    '-ec',
    `ip addr add ${address}/${length} dev eth0; ip link set eth0 up; ip route add default via ${gateway}`,
  ])
  for (const number of serves) network.serve(name, name, number, on)
}

export const capturedOfHost = ({ guests }: HostPlan): readonly Captured[] => [
  { inside: 'h', folder: 'hosts/h', backend: 'nft' },
  ...guests.map(({ name }): Captured => ({ inside: name, folder: `hosts/h/netns/${name}`, backend: 'nft' })),
]
