import { type Addresses, UPLINKS } from '../network.ts'
import type { Random } from '../random.ts'
import { PORTS_USED } from './context.ts'

const NEXT_HOPS = (a: Addresses): readonly string[] => [
  `via ${a.via.eth0} dev eth0`,
  `via ${a.via.wg0} dev wg0`,
  `via ${a.via.eth0} dev eth0`,
  `via ${a.P2} dev cni0`,
  `via ${a.C1} dev docker0`,
]

function drawRoute(random: Random, a: Addresses, table: string): string {
  const to = random.pick(['default', ...a.prefixes.filter((p) => !p.startsWith('127.')), ...a.services, ...a.outside])
  const type = random.weighted([
    [8, ''],
    [1, 'blackhole '],
    [1, 'unreachable '],
    [1, 'prohibit '],
    [1, 'throw '],
  ])
  if (type !== '') return `add ${type}${to}${table}${a.version === 6 ? ' metric 50' : ''}`
  const source = random.chance(0.15) ? ` src ${random.pick(Object.values(a.host))}` : ''
  const metric = a.version === 6 ? ` metric ${random.int(1, 20)}` : random.chance(0.2) ? ` metric ${random.int(1, 20)}` : ''
  const direct = a.outside.includes(to) && random.chance(0.4)
  return `add ${to} ${direct ? `dev ${random.pick(UPLINKS)} scope link` : random.pick(NEXT_HOPS(a))}${source}${metric}${table}`
}

/** Routes of extra tables and a few in main; one next hop each, since which of several is taken is chance. */
export function drawRoutes(random: Random, a: Addresses): readonly string[] {
  const routes: string[] = []
  const seen = new Set<string>()
  const put = (table: string): void => {
    const route = drawRoute(random, a, table)
    const key = `${route.replace(/^add (blackhole |unreachable |prohibit |throw )?/, '').split(' ')[0]}${/ metric \d+/.exec(route) ?? ''}${table}`
    if (seen.has(key)) return
    seen.add(key)
    routes.push(route)
  }
  for (const table of [' table 52', ' table 100', ' table 101']) for (let i = random.int(0, 3); i > 0; i--) put(table)
  for (let i = random.chance(0.3) ? random.int(1, 2) : 0; i > 0; i--) put('')
  const clashes = ['default', a.tunnelled.prefix, '172.17.0.0/16', '10.42.0.0/24', '192.0.2.0/24', '10.8.0.0/24']
  return routes.filter(
    (r) => r.includes(' table ') || r.includes('metric') || !clashes.some((c) => r.includes(`add ${c} `) || r.includes(` ${c}`)),
  )
}

/** Rules by mark, source, destination, interface, protocol, port and tos. Every table they name exists, even if empty. */
export function drawPolicies(random: Random, a: Addresses): readonly string[] {
  const count = random.chance(0.5) ? random.int(1, 4) : 0
  return Array.from({ length: count }, (_, i) => {
    const not = random.chance(0.1) ? 'not ' : ''
    const what = random.weighted<() => string>([
      [4, () => `fwmark ${random.pick(['0x4000/0x4000', '0x8000/0x8000', '0x1', '0x2/0x2'])}`],
      [3, () => `from ${random.pick([...a.prefixes.filter((p) => !p.startsWith('127.')), a.P1, a.C1])}`],
      [3, () => `to ${random.pick([...a.prefixes.filter((p) => !p.startsWith('127.')), ...a.outside])}`],
      [2, () => `iif ${random.pick(['eth0', 'cni0', 'docker0', 'lo', 'wg0'])}`],
      [1, () => `ipproto ${random.pick(['tcp', 'udp'])} dport ${random.pick(PORTS_USED)}`],
      [1, () => `ipproto ${random.pick(['tcp', 'udp', a.version === 4 ? 'icmp' : 'ipv6-icmp'])}`],
      [1, () => 'tos 0x10'],
      [1, () => ''],
    ])()
    const action = random.weighted<() => string>([
      [9, () => `lookup ${random.pick([52, 100, 101])}`],
      [1, () => 'lookup main suppress_prefixlength 0'],
      [1, () => random.pick(['blackhole', 'unreachable', 'prohibit'])],
      [1, () => 'goto 32766'],
    ])()
    return `${not}pref ${100 + i * 10} ${what} ${action}`.replace(/ {2,}/g, ' ')
  })
}

export function drawSysctls(random: Random, a: Addresses): Readonly<Record<string, string>> {
  const values: Record<string, string> = {}
  const set = (probability: number, name: string, value: () => string): void => {
    if (random.chance(probability)) values[name] = value()
  }
  const bit = (): string => random.pick(['0', '1'])
  const bridge = a.version === 4 ? 'net.bridge.bridge-nf-call-iptables' : 'net.bridge.bridge-nf-call-ip6tables'
  set(0.3, bridge, () => '0')
  if (a.version === 6) {
    set(0.1, 'net.ipv6.conf.all.forwarding', () => '0')
    return values
  }
  set(0.1, 'net.ipv4.ip_forward', () => '0')
  const level = (): string => random.pick(['0', '1', '2'])
  set(0.3, 'net.ipv4.conf.all.rp_filter', level)
  for (const name of ['eth0', 'wg0', 'cni0', 'docker0']) {
    set(0.15, `net.ipv4.conf.${name}.rp_filter`, level)
    set(0.1, `net.ipv4.conf.${name}.accept_local`, bit)
    set(0.1, `net.ipv4.conf.${name}.route_localnet`, bit)
    set(0.05, `net.ipv4.conf.${name}.forwarding`, bit)
    set(0.05, `net.ipv4.conf.${name}.src_valid_mark`, bit)
  }
  set(0.1, 'net.ipv4.conf.all.accept_local', bit)
  set(0.1, 'net.ipv4.conf.all.route_localnet', bit)
  return values
}

/** A neighbour that no longer answers: X never does, while a pod would be found again. */
export const drawFailed = (random: Random, a: Addresses): string => random.pick([`${a.via.eth0} dev eth0`, `${a.via.wg0} dev wg0`])
