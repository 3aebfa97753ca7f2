import type { Addresses } from '../network.ts'
import type { Random } from '../random.ts'
import type { IpsetSpec } from '../scenario.ts'
import { allAddresses, PORTS_USED } from './context.ts'

interface Kind {
  readonly create: string
  readonly member: (random: Random, a: Addresses) => string
  /** IPv4 only. */
  readonly four?: boolean
}

const ip = (r: Random, a: Addresses): string => r.pick(allAddresses(a))
const net = (r: Random, a: Addresses): string => (r.chance(0.4) ? ip(r, a) : r.pick(a.prefixes))
const nomatch = (r: Random): string => (r.chance(0.2) ? ' nomatch' : '')
const port = (r: Random, a: Addresses): string => {
  if (r.chance(0.15)) return a.version === 4 ? 'icmp:echo-request' : 'icmpv6:echo-request'
  return `${r.pick(['tcp', 'tcp', 'udp'])}:${r.pick(PORTS_USED)}`
}
const interfaceName = (r: Random): string => r.pick(['eth0', 'wg0', 'cni0', 'docker0', 'physdev:vethp1'])

const KINDS: readonly Kind[] = [
  { create: 'hash:ip', member: ip },
  { create: 'hash:net', member: (r, a) => `${net(r, a)}${nomatch(r)}` },
  { create: 'hash:ip,port', member: (r, a) => `${ip(r, a)},${port(r, a)}` },
  { create: 'hash:net,port', member: (r, a) => `${net(r, a)},${port(r, a)}${nomatch(r)}` },
  { create: 'hash:ip,port,ip', member: (r, a) => `${ip(r, a)},${port(r, a)},${ip(r, a)}` },
  { create: 'hash:ip,port,net', member: (r, a) => `${ip(r, a)},${port(r, a)},${net(r, a)}${nomatch(r)}` },
  { create: 'hash:net,iface', member: (r, a) => `${net(r, a)},${interfaceName(r)}${nomatch(r)}` },
  { create: 'hash:net,net', member: (r, a) => `${net(r, a)},${net(r, a)}${nomatch(r)}` },
  { create: 'hash:net,port,net', member: (r, a) => `${net(r, a)},${port(r, a)},${net(r, a)}${nomatch(r)}` },
  { create: 'hash:ip,mark', member: (r, a) => `${ip(r, a)},${r.pick(['0x1', '0x4000', '0x0'])}` },
  { create: 'bitmap:port range 0-65535', member: (r) => String(r.pick(PORTS_USED)) },
  { create: 'bitmap:ip range 10.42.0.0/24', member: (_, a) => a.P1, four: true },
  {
    create: 'bitmap:ip range 10.0.0.0-10.255.255.255 netmask 24',
    member: (r) => r.pick(['10.42.0.0', '10.8.0.0', '10.43.0.0']),
    four: true,
  },
  { create: 'hash:ip netmask 24', member: ip, four: true },
]

/** Plain sets, and sometimes a list of them. */
export function drawSets(random: Random, a: Addresses): readonly IpsetSpec[] {
  const kinds = KINDS.filter((kind) => a.version === 4 || !kind.four)
  const sets = Array.from({ length: random.int(0, 4) }, (_, i): IpsetSpec => {
    const kind = random.pick(kinds)
    const family = kind.create.startsWith('hash:') && a.version === 6 ? ' family inet6' : ''
    const extras = random.chance(0.15) ? random.pick([' counters', ' timeout 3600', ' comment', ' skbinfo']) : ''
    const members = new Map(Array.from({ length: random.int(1, 4) }, () => kind.member(random, a)).map((m) => [m.split(' ')[0], m]))
    return { name: `s${i}`, create: `${kind.create}${family}${extras}`, members: [...members.values()] }
  })
  if (sets.length < 2 || !random.chance(0.3)) return sets
  return [...sets, { name: 'all', create: 'list:set', members: random.sample(sets, 2).map((s) => s.name) }]
}
