import { PORTS_USED } from './context.ts'
import type { NftSpot } from './nft.ts'

/** What a native rule does. `proto`: it needs that transport protocol. */
export interface Statement {
  readonly text: string
  readonly proto?: 'tcp' | 'udp'
  readonly ends?: boolean
}

type Draw = (spot: NftSpot) => Statement | undefined

const only = (spot: NftSpot, ...hooks: readonly string[]): boolean => spot.hooks.every((hook) => hooks.includes(hook))
const transport = ({ random }: NftSpot): 'tcp' | 'udp' => random.pick(['tcp', 'tcp', 'udp'] as const)
const nat =
  (draw: Draw): Draw =>
  (spot) =>
    spot.kind === 'nat' ? draw(spot) : undefined
const filter =
  (draw: Draw): Draw =>
  (spot) =>
    spot.kind !== 'nat' ? draw(spot) : undefined

/** Maps of verdicts jump to the last user chain: from there they would loop. */
const mapped = (draw: Draw): Draw => filter((spot) => (spot.next.length ? draw(spot) : undefined))

/** In inet tables the family of the new address has to be said. */
const to = (spot: NftSpot, verb: 'dnat' | 'snat'): string => (spot.tableFamily === 'inet' ? `${verb} ${spot.ip} to` : `${verb} to`)

const withPort = (spot: NftSpot, address: string): string => (spot.ip === 'ip' ? address : `[${address}]`)

function dnat(spot: NftSpot): Statement {
  const { random, addresses: a } = spot
  const address = random.pick([a.P1, a.P1, a.P2, a.C1, a.via.eth0, a.tunnelled.address])
  return random.weighted<() => Statement>([
    [4, () => ({ text: `${to(spot, 'dnat')} ${address}` })],
    [4, () => ({ text: `${to(spot, 'dnat')} ${withPort(spot, address)}:${random.pick(PORTS_USED)}`, proto: transport(spot) })],
    [2, () => ({ text: `${to(spot, 'dnat')} ${spot.ip} daddr map @host` })],
    [
      2,
      () => ({
        text: `dnat ${spot.ip} addr . port to tcp dport map @to`,
        proto: 'tcp',
      }),
    ],
  ])()
}

function snat(spot: NftSpot): Statement {
  const { random, addresses: a } = spot
  const address = random.pick([a.host.eth0, a.host.wg0, a.outside[1] ?? '', a.services[0] ?? ''])
  return random.chance(0.6)
    ? { text: `${to(spot, 'snat')} ${address}` }
    : { text: `${to(spot, 'snat')} ${withPort(spot, address)}:40000-50000`, proto: transport(spot) }
}

const source = (spot: NftSpot): boolean => only(spot, 'postrouting', 'input')
const destination = (spot: NftSpot): boolean => only(spot, 'prerouting', 'output')

const reject = (spot: NftSpot): string => {
  const kind = spot.random.pick([
    ...(spot.ip === 'ip'
      ? ['icmp type port-unreachable', 'icmp type host-unreachable']
      : ['icmpv6 type port-unreachable', 'icmpv6 type no-route']),
    '',
  ])
  const forInet = spot.random.pick(['icmpx type port-unreachable', 'icmpx type admin-prohibited', ''])
  const chosen = spot.tableFamily === 'inet' ? forInet : kind
  return chosen === '' ? 'reject' : `reject with ${chosen}`
}

const setMark = ({ random, ip }: NftSpot): string =>
  random.pick([
    '0x1',
    '0x4000',
    'meta mark | 0x4000',
    'meta mark & 0xffffbfff',
    'meta mark ^ 0x1',
    'ct mark',
    `${ip} saddr map @marks`,
    'meta mark & 0xff | 0x8000',
  ])

const DRAWS: readonly (readonly [number, Draw])[] = [
  [9, () => ({ text: 'accept' })],
  [4, filter(() => ({ text: 'drop', ends: true }))],
  [7, () => ({ text: 'return' })],
  [3, () => ({ text: 'continue' })],
  [4, () => ({ text: 'counter' })],
  [3, () => ({ text: 'log prefix "x"' })],
  [16, (s) => (s.next.length ? { text: `${s.random.chance(0.75) ? 'jump' : 'goto'} ${s.random.pick(s.next)}` } : undefined)],
  [
    4,
    mapped((s) =>
      s.random.pick<Statement>([
        { text: 'tcp dport vmap @byport', proto: 'tcp' },
        { text: 'udp dport vmap @byport', proto: 'udp' },
      ]),
    ),
  ],
  [3, mapped((s) => ({ text: `${s.ip} saddr vmap @bynet` }))],
  [2, mapped((s) => ({ text: `${s.ip} daddr . meta l4proto . th dport vmap @bypair`, proto: transport(s) }))],
  [
    2,
    mapped((s) => ({
      text: `ct state vmap { established : accept, invalid : ${s.random.pick(['drop', 'continue'])}, new : jump ${s.next[0]} }`,
    })),
  ],
  [2, mapped((s) => ({ text: s.random.pick(['meta mark vmap @bymark', 'ct mark vmap @bymark']) }))],
  [2, mapped((s) => ({ text: `iifname vmap { "eth0" : goto ${s.next[0]}, "cni0" : accept }` }))],
  [4, filter((s) => (only(s, 'input', 'forward', 'output') ? { text: reject(s), ends: true } : undefined))],
  [1, filter((s) => (only(s, 'input', 'forward', 'output') ? { text: 'reject with tcp reset', proto: 'tcp', ends: true } : undefined))],
  [8, (s) => ({ text: `meta mark set ${setMark(s)}` })],
  [5, (s) => ({ text: `ct mark set ${s.random.pick(['0x1', '0x4000', 'meta mark', 'ct mark | 0x2', 'meta mark | 0x4000'])}` })],
  [2, filter((s) => ({ text: `${s.ip} dscp set ${s.random.pick(['ef', 'cs0', 'af11'])}` }))],
  [2, filter((s) => ({ text: `${s.ip === 'ip' ? 'ip ttl' : 'ip6 hoplimit'} set ${s.random.pick([1, 64, 200])}` }))],
  [
    1,
    filter((s) =>
      only(s, 'prerouting') && !s.early
        ? { text: `tproxy ${s.tableFamily === 'inet' ? `${s.ip} ` : ''}to :15001`, proto: transport(s) }
        : undefined,
    ),
  ],
  [1, filter(() => ({ text: 'tcp option maxseg size set 1300', proto: 'tcp' }))],
  [6, filter((s) => (s.early ? { text: s.random.pick(['notrack', 'notrack', 'ct zone set 1', 'ct original zone set 2']) } : undefined))],
  [1, () => ({ text: 'meta nftrace set 1' })],
  [1, filter((s) => ({ text: `counter ${s.random.pick(['accept', 'return'])}` }))],
  [24, nat((s) => (destination(s) ? dnat(s) : undefined))],
  [
    6,
    nat((s) =>
      destination(s)
        ? s.random.chance(0.5)
          ? { text: 'redirect' }
          : { text: `redirect to :${s.random.pick(PORTS_USED)}`, proto: transport(s) }
        : undefined,
    ),
  ],
  [16, nat((s) => (source(s) ? snat(s) : undefined))],
  [
    16,
    nat((s) =>
      only(s, 'postrouting')
        ? s.random.pick<Statement>([
            { text: 'masquerade' },
            { text: 'masquerade random' },
            { text: 'masquerade to :40000-50000', proto: 'tcp' },
          ])
        : undefined,
    ),
  ],
]

export function drawStatement(spot: NftSpot): Statement {
  for (;;) {
    const statement = spot.random.weighted(DRAWS)(spot)
    if (statement) return statement
  }
}
