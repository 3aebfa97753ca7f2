import { MARKS, only, port, type Spot } from './context.ts'

/** What a rule does. `proto`: the rule needs that -p. */
export interface Target {
  readonly text: string
  readonly proto?: 'tcp' | 'udp'
  /** A condition that has to stand beside it. */
  readonly match?: string
  /** Ends the packet: such rules get more conditions, so that packets travel on. */
  readonly ends?: boolean
}

type Draw = (spot: Spot) => Target | undefined

const REJECT_4 = [
  'icmp-net-unreachable',
  'icmp-host-unreachable',
  'icmp-proto-unreachable',
  'icmp-port-unreachable',
  'icmp-net-prohibited',
  'icmp-host-prohibited',
  'icmp-admin-prohibited',
] as const
const REJECT_6 = [
  'icmp6-no-route',
  'icmp6-adm-prohibited',
  'icmp6-addr-unreachable',
  'icmp6-port-unreachable',
  'icmp6-policy-fail',
  'icmp6-reject-route',
] as const

const bracketed = (spot: Spot, address: string, ports: string): string =>
  spot.addresses.version === 6 && ports ? `[${address}]${ports}` : `${address}${ports}`

/** A NAT target with a port needs a transport protocol. */
function withPorts(spot: Spot, make: (ports: string) => string, choices: readonly string[]): Target {
  if (!spot.random.chance(0.5)) return { text: make('') }
  return { text: make(spot.random.pick(choices)), proto: spot.random.pick(['tcp', 'tcp', 'udp'] as const) }
}

function dnat(spot: Spot): Target {
  const { random, addresses: a } = spot
  const to = random.pick([a.P1, a.P1, a.P2, a.C1, a.via.eth0, a.tunnelled.address, a.host.cni0, a.outside[0] ?? ''])
  const flags = random.chance(0.1) ? ' --persistent' : ''
  return withPorts(spot, (ports) => `-j DNAT --to-destination ${bracketed(spot, to, ports)}${flags}`, [`:${port(spot)}`, ':8080', ':53'])
}

function snat(spot: Spot): Target {
  const { random, addresses: a } = spot
  const to = random.pick([a.host.eth0, a.host.wg0, a.host.cni0, a.outside[1] ?? '', a.services[0] ?? ''])
  return withPorts(spot, (ports) => `-j SNAT --to-source ${bracketed(spot, to, ports)}`, [':40000-50000', ':50000-50010', ':1024-65535'])
}

const masquerade = (spot: Spot): Target =>
  spot.random.chance(0.75)
    ? { text: `-j MASQUERADE${spot.random.chance(0.3) ? ' --random-fully' : ''}` }
    : { text: '-j MASQUERADE --to-ports 40000-50000', proto: 'tcp' }

const redirect = (spot: Spot): Target =>
  withPorts(spot, (ports) => `-j REDIRECT${ports && ` --to-ports ${ports}`}`, [String(port(spot)), '8080'])

const netmap = ({ random, addresses: a }: Spot): Target => ({
  text: `-j NETMAP --to ${random.pick(a.version === 4 ? ['10.42.0.0/24', '172.17.0.0/24', '203.0.113.0/24', '10.42.0.8/29'] : ['fd00:42::/112', '2001:db8:beef::/112'])}`,
})

const setMark = ({ random }: Spot): string =>
  random.pick([
    `--set-xmark ${random.pick(['0x4000/0x4000', '0x1/0xffffffff', '0x8000/0x8000', '0x4000/0x0', '0x0/0x1', '0x2/0x2', '0x3/0xff'])}`,
    `--set-mark ${random.pick(MARKS)}`,
    `--and-mark ${random.pick(['0xfffeffff', '0x4000', '0xff'])}`,
    `--or-mark ${random.pick(MARKS)}`,
    `--xor-mark ${random.pick(MARKS)}`,
  ])

const masks = ({ random }: Spot): string =>
  random.chance(0.4) ? '' : ` --nfmask ${random.pick(['0xffff', '0x4000', '0xff'])} --ctmask ${random.pick(['0xffff', '0x4000', '0xff'])}`

const connmark = (spot: Spot): string =>
  spot.random.pick([
    `--save-mark${masks(spot)}`,
    `--restore-mark${masks(spot)}`,
    `--set-xmark ${spot.random.pick(['0x1/0x1', '0x4000/0xffffffff', '0x2/0xf'])}`,
  ])

const NAT_SOURCE = ['POSTROUTING', 'INPUT'] as const
const NAT_DESTINATION = ['PREROUTING', 'OUTPUT'] as const

function ct(spot: Spot): Target {
  return {
    text: `-j CT ${spot.random.pick(['--notrack', '--notrack', '--notrack', '--zone 1', '--zone-orig 2', '--ctevents new,destroy'])}`,
  }
}

function tproxy(spot: Spot): Target | undefined {
  if (spot.table !== 'mangle' || !only(spot, 'PREROUTING')) return undefined
  const on = spot.random.chance(0.5) ? ` --on-ip ${spot.addresses.version === 4 ? '127.0.0.1' : '::1'}` : ''
  return { text: `-j TPROXY --on-port 15001${on} --tproxy-mark 0x1/0x1`, proto: spot.random.pick(['tcp', 'udp'] as const), ends: true }
}

function tcpmss(spot: Spot): Target {
  const clamp = only(spot, 'FORWARD', 'OUTPUT', 'POSTROUTING') && spot.random.chance(0.6)
  return { text: `-j TCPMSS ${clamp ? '--clamp-mss-to-pmtu' : '--set-mss 1300'}`, proto: 'tcp', match: '-m tcp --tcp-flags SYN,RST SYN' }
}

const inTable =
  (table: string, draw: Draw): Draw =>
  (spot) =>
    spot.table === table ? draw(spot) : undefined
const hop = (spot: Spot): string => {
  const way = spot.random.pick(['set', 'inc', 'dec'])
  return `${spot.addresses.version === 4 ? '-j TTL --ttl' : '-j HL --hl'}-${way} ${way === 'set' ? spot.random.pick([1, 5, 64, 200]) : 1}`
}

const DRAWS: readonly (readonly [number, Draw])[] = [
  [10, () => ({ text: '-j ACCEPT' })],
  [5, (s) => (s.table === 'nat' ? undefined : { text: '-j DROP', ends: true })],
  [12, () => ({ text: '-j RETURN' })],
  [6, () => ({ text: '' })],
  [22, (s) => (s.next.length ? { text: `${s.random.chance(0.75) ? '-j' : '-g'} ${s.random.pick(s.next)}` } : undefined)],
  [5, (s) => ({ text: `-j LOG --log-prefix "${s.random.pick(['x', 'a b', 'IN='])}"${s.random.chance(0.3) ? ' --log-level 7' : ''}` })],
  [2, () => ({ text: '-j NFLOG --nflog-group 5 --nflog-prefix n' })],
  [10, (s) => (s.table === 'mangle' || s.random.chance(0.5) ? { text: `-j MARK ${setMark(s)}` } : undefined)],
  [6, (s) => ({ text: `-j CONNMARK ${connmark(s)}` })],
  [
    6,
    inTable('filter', (s) => ({
      text: `-j REJECT --reject-with ${s.random.pick(s.addresses.version === 4 ? REJECT_4 : REJECT_6)}`,
      ends: true,
    })),
  ],
  [2, inTable('filter', () => ({ text: '-j REJECT --reject-with tcp-reset', proto: 'tcp', ends: true }))],
  [14, inTable('raw', ct)],
  [2, inTable('raw', () => ({ text: '-j TRACE' }))],
  [3, inTable('mangle', (s) => ({ text: hop(s) }))],
  [3, inTable('mangle', (s) => ({ text: `-j DSCP --set-dscp ${s.random.pick(['0x0a', '0x2e', '0x00'])}` }))],
  [2, inTable('mangle', (s) => ({ text: `-j TOS --set-tos ${s.random.pick(['0x10/0x3f', '0x28/0xff', '0x00/0xfc'])}` }))],
  [2, inTable('mangle', tcpmss)],
  [2, tproxy],
  [2, inTable('mangle', (s) => (only(s, 'FORWARD', 'OUTPUT', 'POSTROUTING') ? { text: '-j CLASSIFY --set-class 0001:0010' } : undefined))],
  [1, inTable('mangle', (s) => (only(s, 'POSTROUTING') ? { text: '-j CHECKSUM --checksum-fill', proto: 'udp' } : undefined))],
  [30, inTable('nat', (s) => (only(s, ...NAT_DESTINATION) ? dnat(s) : undefined))],
  [9, inTable('nat', (s) => (only(s, ...NAT_DESTINATION) ? redirect(s) : undefined))],
  [3, inTable('nat', netmap)],
  [14, inTable('nat', (s) => (only(s, ...NAT_SOURCE) ? snat(s) : undefined))],
  [14, inTable('nat', (s) => (only(s, 'POSTROUTING') ? masquerade(s) : undefined))],
]

export function drawTarget(spot: Spot): Target {
  for (;;) {
    const target = spot.random.weighted(DRAWS)(spot)
    if (target) return target
  }
}
