import { addressBytes, addressText } from '../frames.ts'
import { MAC } from '../network.ts'
import { allAddresses, MARK_MASKS, network, not, only, port, portRange, type Spot } from './context.ts'

/** Draws one condition, or undefined where it cannot stand. `needs` is what the rule's -p must be. */
type Draw = (spot: Spot) => { readonly text: string; readonly needs?: 'tcp' | 'udp' | 'icmp' | 'ports' } | undefined

const CT_STATES = ['NEW', 'ESTABLISHED', 'RELATED', 'INVALID', 'UNTRACKED', 'SNAT', 'DNAT'] as const
const FIB_TYPES = ['UNSPEC', 'UNICAST', 'LOCAL', 'BROADCAST', 'ANYCAST', 'MULTICAST', 'BLACKHOLE', 'UNREACHABLE', 'PROHIBIT'] as const
const FIB_TYPES_6 = ['UNICAST', 'LOCAL', 'ANYCAST', 'MULTICAST', 'UNREACHABLE'] as const
const IN = ['PREROUTING', 'INPUT', 'FORWARD'] as const
const OUT = ['FORWARD', 'OUTPUT', 'POSTROUTING'] as const
const icmpTypes = (version: 4 | 6): readonly string[] =>
  version === 4 ? ['8', '0', '3', '3/1', 'any', '8/0', 'echo-reply', '11'] : ['128', '129', '1', 'echo-request', '128/0', '3']

const afterAddress = (text: string, plus: number): string => {
  const bytes = addressBytes(text)
  bytes[bytes.length - 1] = Math.min(255, (bytes[bytes.length - 1] ?? 0) + plus)
  return addressText(bytes)
}

const range = (spot: Spot): string => {
  const low = spot.random.pick(allAddresses(spot.addresses))
  return `${low}-${afterAddress(low, spot.random.int(0, 40))}`
}

const lengths = ({ random }: Spot): string =>
  random.pick(['0:100', '40', '60', '61:65535', '0:60', '100:300', '28', '84', '1000:1500', '48'])

/** iptables-nft refuses `! -s 0.0.0.0/0`. */
const endpoint = (spot: Spot, option: '-s' | '-d'): string => {
  const to = network(spot)
  return `${to === spot.addresses.everything ? '' : not(spot)}${option} ${to}`
}

const ctAddress = (spot: Spot): string => network(spot)

function conntrack(spot: Spot): string {
  const { random } = spot
  const draws: readonly (readonly [number, () => string])[] = [
    [6, () => `${not(spot)}--ctstate ${random.sample(CT_STATES, random.int(1, 3)).join(',')}`],
    [1, () => `${not(spot)}--ctproto ${random.pick(['6', '17', spot.addresses.version === 4 ? '1' : '58'])}`],
    [2, () => `${not(spot)}--ctorigdst ${ctAddress(spot)}`],
    [1, () => `${not(spot)}--ctorigsrc ${ctAddress(spot)}`],
    [1, () => `${not(spot)}--ctreplsrc ${ctAddress(spot)}`],
    [1, () => `${not(spot)}--ctrepldst ${ctAddress(spot)}`],
    [2, () => `${not(spot)}--ctorigdstport ${portRange(spot)}`],
    [1, () => `${not(spot)}--ctreplsrcport ${portRange(spot)}`],
    [1, () => `${not(spot)}--ctstatus ${random.pick(['NONE', 'EXPECTED', 'SEEN_REPLY', 'ASSURED', 'CONFIRMED', 'SEEN_REPLY,CONFIRMED'])}`],
    [1, () => `--ctdir ${random.pick(['ORIGINAL', 'REPLY'])}`],
  ]
  const texts = [random.weighted(draws)()]
  if (random.chance(0.15)) texts.push(random.weighted(draws)())
  const option = (text: string): string => /--\S+/.exec(text)?.[0] ?? ''
  const distinct = texts.filter((t, i) => texts.findIndex((other) => option(other) === option(t)) === i)
  return `-m conntrack ${distinct.join(' ')}`
}

function addrtype(spot: Spot): string {
  const { random } = spot
  const types: readonly string[] = spot.addresses.version === 4 ? FIB_TYPES : FIB_TYPES_6
  const type = (): string => (random.chance(0.7) ? random.pick(['LOCAL', 'UNICAST']) : random.sample(types, random.int(1, 2)).join(','))
  const limits = [
    ...(only(spot, 'PREROUTING', 'INPUT', 'FORWARD') ? ['--limit-iface-in'] : []),
    ...(only(spot, 'FORWARD', 'OUTPUT', 'POSTROUTING') ? ['--limit-iface-out'] : []),
  ]
  const limit = limits.length && random.chance(0.2) ? ` ${random.pick(limits)}` : ''
  return `-m addrtype ${not(spot)}--${random.pick(['dst', 'src'])}-type ${type()}${limit}`
}

function physdev(spot: Spot): string | undefined {
  const { random } = spot
  const name = (): string => random.pick(['vethp1', 'vethp2', 'vethc1', 'veth+'])
  const options: string[] = []
  if (only(spot, ...IN)) options.push(`--physdev-in ${name()}`, '--physdev-is-in')
  if (only(spot, 'FORWARD', 'POSTROUTING')) options.push(`--physdev-out ${name()} --physdev-is-bridged`, '--physdev-is-bridged')
  return options.length ? `-m physdev ${not(spot)}${random.pick(options)}` : undefined
}

function rpfilter(spot: Spot): string | undefined {
  if (!only(spot, 'PREROUTING') || !['raw', 'mangle'].includes(spot.table)) return undefined
  const flags = ['--loose', '--validmark', '--accept-local', '--invert'].filter(() => spot.random.chance(0.3))
  return ['-m rpfilter', ...flags].join(' ')
}

function ipset(spot: Spot): string | undefined {
  if (!spot.sets.length) return undefined
  const set = spot.random.pick(spot.sets)
  const dimensions = set.create.startsWith('list:') ? spot.random.int(1, 3) : set.create.split(' ')[0]?.split(':')[1]?.split(',').length
  const way = (): string => spot.random.pick(['src', 'dst'])
  const nomatch = set.create.startsWith('hash:net') && spot.random.chance(0.1) ? ' --return-nomatch' : ''
  return `-m set ${not(spot)}--match-set ${set.name} ${Array.from({ length: dimensions ?? 1 }, way).join(',')}${nomatch}`
}

const tcpFlags = (spot: Spot): string => {
  const names = ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG']
  const mask = spot.random.chance(0.3) ? names : spot.random.sample(names, spot.random.int(1, 4))
  const set = mask.filter(() => spot.random.chance(0.35))
  return `-m tcp ${not(spot)}--tcp-flags ${mask.join(',')} ${set.join(',') || 'NONE'}`
}

const multiport = (spot: Spot): string => {
  const ports = spot.random.sample(
    [...new Set([portRange(spot), portRange(spot), String(port(spot)), '1024:65535'])],
    spot.random.int(1, 3),
  )
  return `-m multiport ${not(spot)}--${spot.random.pick(['dports', 'dports', 'sports', 'ports'])} ${ports.join(',')}`
}

const hop = (spot: Spot): string => {
  const [module, prefix] = spot.addresses.version === 4 ? ['ttl', 'ttl'] : ['hl', 'hl']
  return spot.random.pick([
    `-m ${module} ${not(spot)}--${prefix}-eq ${spot.random.pick([63, 64, 1, 2])}`,
    `-m ${module} --${prefix}-lt ${spot.random.pick([2, 64, 65])}`,
    `-m ${module} --${prefix}-gt ${spot.random.pick([1, 63, 64])}`,
  ])
}

const always = (text: string) => ({ text })
const when = (text: string | undefined) => (text === undefined ? undefined : { text })

/** Every condition with its weight. Who sent a frame from outside, no evidence tells: conditions on its MAC ask for pods only. */
const DRAWS: readonly (readonly [number, Draw])[] = [
  [12, (s) => always(endpoint(s, '-s'))],
  [14, (s) => always(endpoint(s, '-d'))],
  [
    5,
    (s) =>
      only(s, ...IN) ? always(`${not(s)}-i ${s.random.pick(['eth0', 'wg0', 'cni0', 'docker0', 'c+', 'e+', 'lo', 'docker+'])}`) : undefined,
  ],
  [5, (s) => (only(s, ...OUT) ? always(`${not(s)}-o ${s.random.pick(['eth0', 'wg0', 'cni0', 'docker0', 'd+', 'lo'])}`) : undefined)],
  [8, (s) => ({ text: `-m tcp ${not(s)}--dport ${portRange(s)}`, needs: 'tcp' })],
  [4, (s) => ({ text: `-m udp ${not(s)}--dport ${portRange(s)}`, needs: 'udp' })],
  [
    2,
    (s) => ({
      text: `-m tcp ${not(s)}--sport ${s.random.pick(['1024:65535', '1:1023', '40000:50000', ':30000', '30000:'])}`,
      needs: 'tcp',
    }),
  ],
  [2, (s) => ({ text: `-m udp ${not(s)}--sport ${s.random.pick(['1024:65535', '1:1023', '40000:50000'])}`, needs: 'udp' })],
  [3, (s) => ({ text: tcpFlags(s), needs: 'tcp' })],
  [2, (s) => ({ text: `-m tcp ${not(s)}--syn`, needs: 'tcp' })],
  [
    4,
    (s) => ({
      text:
        s.addresses.version === 4
          ? `-m icmp ${not(s)}--icmp-type ${s.random.pick(icmpTypes(4))}`
          : `-m icmp6 ${not(s)}--icmpv6-type ${s.random.pick(icmpTypes(6))}`,
      needs: 'icmp',
    }),
  ],
  [5, (s) => ({ text: multiport(s), needs: 'ports' })],
  [12, (s) => (s.table === 'raw' && s.random.chance(0.7) ? undefined : always(conntrack(s)))],
  [
    1,
    (s) =>
      always(
        `-m state ${not(s)}--state ${s.random.sample(['NEW', 'ESTABLISHED', 'RELATED', 'INVALID', 'UNTRACKED'], s.random.int(1, 2)).join(',')}`,
      ),
  ],
  [7, (s) => always(`-m mark ${not(s)}--mark ${s.random.pick(MARK_MASKS)}`)],
  [4, (s) => always(`-m connmark ${not(s)}--mark ${s.random.pick(MARK_MASKS)}`)],
  [8, (s) => always(addrtype(s))],
  [4, (s) => always(`-m iprange ${not(s)}--${s.random.pick(['src', 'dst'])}-range ${range(s)}`)],
  [3, (s) => always(`-m length ${not(s)}--length ${lengths(s)}`)],
  [3, (s) => always(hop(s))],
  [2, (s) => always(`-m dscp ${not(s)}--dscp ${s.random.pick(['0x00', '0x0a', '0x2e', '0x08'])}`)],
  [1, (s) => always(`-m tos ${not(s)}--tos ${s.random.pick(['0x10/0x3f', '0x28/0xff', '0x00/0xfc', 'Minimize-Delay', '0xb8'])}`)],
  [2, (s) => always(`-m pkttype ${not(s)}--pkt-type ${s.random.pick(['unicast', 'unicast', 'broadcast', 'multicast'])}`)],
  [3, (s) => when(physdev(s))],
  [3, (s) => when(rpfilter(s))],
  [
    1,
    (s) =>
      only(s, ...IN)
        ? always(`-i ${s.random.pick(['cni0', 'docker0', 'lo'])} -m mac ${not(s)}--mac-source ${s.random.pick(Object.values(MAC))}`)
        : undefined,
  ],
  [8, (s) => when(ipset(s))],
  [
    1,
    (s) => (only(s, 'PREROUTING', 'INPUT', 'FORWARD') ? always(`-m policy --dir in --pol ${s.random.pick(['none', 'ipsec'])}`) : undefined),
  ],
  [1, (s) => always(`-m statistic --mode random ${not(s)}--probability ${s.random.pick(['1', '0'])}`)],
  [1, (s) => (s.addresses.version === 4 ? always(`${not(s, 0.5)}-f`) : undefined)],
]

const COMMENTS = ['plain', 'two words', 'quo\\"ted', "it's ok", 'r1 -d 10.0.0.1', 'back\\\\slash'] as const

/** Draws the conditions of a rule, -p first. */
export function drawMatches(spot: Spot, count: number, proto?: 'tcp' | 'udp' | 'icmp'): readonly string[] {
  const { random } = spot
  const matches: string[] = []
  const seen = new Set<string>()
  let chosen = proto
  for (let attempt = 0; matches.length < count && attempt < 3 * count + 3; attempt++) {
    const drawn = random.weighted(DRAWS)(spot)
    if (!drawn) continue
    const key = drawn.text
      .replace(/^! /, '')
      .split(' ')
      .slice(0, drawn.text.startsWith('-m') ? 2 : 1)
      .join(' ')
    if (seen.has(key)) continue
    const needs = drawn.needs === 'ports' ? (chosen ?? random.pick(['tcp', 'udp'] as const)) : drawn.needs
    if (drawn.needs && chosen && chosen !== needs) continue
    if (drawn.needs === 'ports' && needs === 'icmp') continue
    seen.add(key)
    chosen = needs ?? chosen
    matches.push(drawn.text)
  }
  if (!chosen && random.chance(0.08))
    return [
      `${not(spot, 0.3)}-p ${random.pick(['tcp', 'udp', 'icmp', '47', 'sctp'].map((p) => (p === 'icmp' && spot.addresses.version === 6 ? 'icmpv6' : p)))}`,
      ...matches,
      ...comment(spot),
    ]
  const protocol = chosen === 'icmp' && spot.addresses.version === 6 ? 'icmpv6' : chosen
  return [...(protocol ? [`-p ${protocol}`] : []), ...matches, ...comment(spot)]
}

const comment = ({ random }: Spot): readonly string[] => (random.chance(0.06) ? [`-m comment --comment "${random.pick(COMMENTS)}"`] : [])
