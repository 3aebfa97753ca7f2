import { MAC } from '../network.ts'
import { allAddresses, PORTS_USED } from './context.ts'
import type { NftSpot } from './nft.ts'

/** A condition of a native rule; `needs` is the protocol it implies. */
type Draw = (spot: NftSpot) => { readonly text: string; readonly needs?: 'tcp' | 'udp' | 'icmp' } | undefined

const only = (spot: NftSpot, ...hooks: readonly string[]): boolean => spot.hooks.every((hook) => hooks.includes(hook))
const not = ({ random }: NftSpot): string => (random.chance(0.2) ? '!= ' : '')
const address = (spot: NftSpot): string => {
  const { random, addresses: a } = spot
  return random.weighted<() => string>([
    [4, () => random.pick(allAddresses(a))],
    [4, () => random.pick(a.prefixes)],
    [2, () => `{ ${random.sample(allAddresses(a), 2).join(', ')} }`],
    [2, () => '@nets'],
    [2, () => '@hosts'],
    [1, () => `${a.host.cni0}-${a.P1}`],
    [1, () => `{ ${a.prefixes.at(-1)}, ${a.prefixes[1]}, ${a.outside[0]} }`],
  ])()
}
const ports = ({ random }: NftSpot): string =>
  random.weighted<() => string>([
    [5, () => String(random.pick(PORTS_USED))],
    [2, () => `{ ${random.sample(PORTS_USED, 3).join(', ')} }`],
    [1, () => '{ 22, 1000-9000 }'],
    [2, () => '1000-9000'],
    [2, () => '@ports'],
    [1, () => `< ${random.pick([1024, 80])}`],
    [1, () => `>= ${random.pick([443, 8080])}`],
  ])()
const negatable = (spot: NftSpot, value: string): string => (/^[<>]/.test(value) ? value : `${not(spot)}${value}`)
const mark = ({ random }: NftSpot): string =>
  random.pick(['0x1', '!= 0x0', '& 0x4000 == 0x4000', '& 0xff == 0x1', '{ 0x1, 0x4000 }', '& 0x8000 != 0x8000'])
const states = ['new', 'established', 'related', 'invalid', 'untracked'] as const

const explicit = (needs: 'tcp' | 'udp' | 'icmp') => ({ text: `meta l4proto ${needs}`, needs })
/** nft asks for the protocol before a field that several have. */
const over = (needs: 'tcp' | 'udp', text: string) => ({ text: `meta l4proto ${needs} ${text}`, needs })

const DRAWS: readonly (readonly [number, Draw])[] = [
  [10, (s) => ({ text: `${s.ip} saddr ${not(s)}${address(s)}` })],
  [12, (s) => ({ text: `${s.ip} daddr ${not(s)}${address(s)}` })],
  [
    4,
    (s) =>
      only(s, 'prerouting', 'input', 'forward')
        ? { text: `iifname ${not(s)}${s.random.pick(['"eth0"', '"cni*"', '{ "eth0", "docker0" }', '@names', '"lo"'])}` }
        : undefined,
  ],
  [
    4,
    (s) =>
      only(s, 'forward', 'output', 'postrouting')
        ? { text: `oifname ${not(s)}${s.random.pick(['"eth0"', '"cni*"', '{ "wg0", "docker0" }', '@names'])}` }
        : undefined,
  ],
  [8, (s) => ({ text: `tcp dport ${negatable(s, ports(s))}`, needs: 'tcp' })],
  [5, (s) => ({ text: `udp dport ${negatable(s, ports(s))}`, needs: 'udp' })],
  [2, (s) => ({ text: `tcp sport ${s.random.pick(['>= 1024', '30000-60000'])}`, needs: 'tcp' })],
  [2, (s) => over(s.random.pick(['tcp', 'udp'] as const), `th dport ${s.random.pick(PORTS_USED)}`)],
  [
    2,
    (s) => ({
      text: `tcp flags ${s.random.pick(['syn', '& (fin | syn | rst | ack) == syn', '! ack', 'syn / syn,ack', '& (syn | ack) == (syn | ack)', '{ syn, ack }', '!= syn'])}`,
      needs: 'tcp',
    }),
  ],
  [
    3,
    (s) => ({
      text: `${s.ip === 'ip' ? 'icmp' : 'icmpv6'} type ${s.random.pick(['echo-request', '{ echo-request, echo-reply }', '!= echo-request'])}`,
      needs: 'icmp',
    }),
  ],
  [
    2,
    (s) =>
      s.random.pick([
        explicit('tcp'),
        explicit('udp'),
        explicit('icmp'),
        { text: 'meta l4proto { tcp, udp }' },
        { text: 'meta l4proto != tcp' },
      ]),
  ],
  [
    1,
    (s) =>
      s.random.pick([
        { text: s.ip === 'ip' ? 'ip protocol tcp' : 'ip6 nexthdr tcp', needs: 'tcp' as const },
        { text: s.ip === 'ip' ? 'ip protocol != icmp' : 'ip6 nexthdr != ipv6-icmp' },
      ]),
  ],
  [
    10,
    (s) => ({
      text: `ct state ${s.random.pick([s.random.pick(states), `{ ${s.random.sample(states, 2).join(', ')} }`, s.random.sample(states, 2).join(','), `!= ${s.random.pick(states)}`])}`,
    }),
  ],
  [2, (s) => ({ text: `ct status ${s.random.pick(['dnat', 'snat', '! dnat', 'confirmed', '& (dnat | snat) != 0'])}` })],
  [1, (s) => ({ text: `ct direction ${s.random.pick(['original', 'reply'])}` })],
  [3, (s) => ({ text: `ct mark ${mark(s)}` })],
  [2, (s) => ({ text: `ct original ${s.ip} daddr ${s.random.pick([...allAddresses(s.addresses), ...s.addresses.prefixes])}` })],
  [1, (s) => ({ text: `ct original ${s.ip} saddr ${not(s)}${s.random.pick(s.addresses.prefixes)}` })],
  [1, (s) => over(s.random.pick(['tcp', 'udp'] as const), `ct original proto-dst ${s.random.pick(PORTS_USED)}`)],
  [6, (s) => ({ text: `meta mark ${mark(s)}` })],
  [1, (s) => ({ text: `meta pkttype ${s.random.pick(['host', 'unicast', '!= host', 'broadcast'])}` })],
  [2, (s) => ({ text: `${s.ip === 'ip' ? 'ip ttl' : 'ip6 hoplimit'} ${s.random.pick(['63', '64', '< 3', '> 1', '{ 1, 2, 64 }'])}` })],
  [2, (s) => ({ text: `${s.ip} dscp ${s.random.pick(['cs0', '0x0a', 'ef', '!= cs0', '{ cs0, ef }'])}` })],
  [2, (s) => ({ text: `meta length ${s.random.pick(['40', '>= 60', '< 100', '28-48'])}` })],
  [1, (s) => ({ text: s.ip === 'ip' ? `ip length ${s.random.pick(['40', '> 100'])}` : `ip6 length ${s.random.pick(['20', '> 100'])}` })],
  [6, (s) => ({ text: `fib daddr type ${s.random.pick(['local', 'unicast', '!= local', '{ local, broadcast }'])}` })],
  [2, (s) => ({ text: `fib saddr type ${s.random.pick(['local', 'unicast', '!= local'])}` })],
  [
    2,
    (s) =>
      only(s, 'prerouting', 'input', 'forward')
        ? { text: `fib saddr . iif oif ${s.random.pick(['exists', 'missing', '!= 0', '0'])}` }
        : undefined,
  ],
  [
    1,
    (s) =>
      only(s, 'prerouting', 'input', 'forward') ? { text: `fib daddr . iif type ${s.random.pick(['local', 'unicast'])}` } : undefined,
  ],
  [
    1,
    (s) =>
      only(s, 'prerouting', 'input', 'forward')
        ? { text: `iifname "cni0" ether saddr ${not(s)}${s.random.pick(Object.values(MAC))}` }
        : undefined,
  ],
  [3, (s) => ({ text: `${s.ip} daddr . tcp dport @pairs`, needs: 'tcp' })],
  [2, (s) => ({ text: `${s.ip} daddr . tcp dport @ranges`, needs: 'tcp' })],
  [2, (s) => ({ text: `${s.ip} saddr . ${s.ip} daddr ${not(s)}@ends` })],
  [1, (s) => ({ text: `meta mark ${not(s)}@marked` })],
  [1, (s) => ({ text: `meta protocol ${s.ip}` })],
  [
    1,
    (s) =>
      s.ip === 'ip'
        ? { text: s.random.pick(['ip version 4', 'ip hdrlength 5', 'ip frag-off & 0x1fff == 0', 'ip frag-off & 0x1fff != 0']) }
        : undefined,
  ],
  [1, (s) => (only(s, 'prerouting', 'input') ? { text: `iif ${s.random.pick(['"eth0"', '!= "cni0"', '"lo"'])}` } : undefined)],
  [1, (s) => (s.tableFamily === 'inet' ? { text: `meta nfproto ${s.random.pick(['ipv4', 'ipv6'])}` } : undefined)],
]

/** nft 1.0.6 lists two fields, one below a value and the next above another, as one field outside a range. */
const listedAsAnother = (drawn: string, before: readonly string[]): boolean => / > /.test(drawn) && / < /.test(before.at(-1) ?? '')

/** Draws the conditions; protocols that contradict each other are not put together. */
export function drawNftMatches(spot: NftSpot, count: number, proto?: 'tcp' | 'udp' | 'icmp'): readonly string[] {
  const { random } = spot
  const matches: string[] = []
  const seen = new Set<string>()
  let chosen = proto
  for (let attempt = 0; matches.length < count && attempt < 3 * count + 3; attempt++) {
    const drawn = random.weighted(DRAWS)(spot)
    if (!drawn) continue
    const key = drawn.text.split(' ').slice(0, 2).join(' ')
    if (seen.has(key) || (key === 'meta l4proto' && chosen) || (drawn.needs && chosen && drawn.needs !== chosen)) continue
    if (listedAsAnother(drawn.text, matches)) continue
    seen.add(key)
    chosen = drawn.needs ?? chosen
    matches.push(drawn.text)
  }
  return proto && !matches.some((m) => m.startsWith(`${proto} `)) ? [`meta l4proto ${proto}`, ...matches] : matches
}
