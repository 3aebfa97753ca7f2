import { describe, expect, it } from 'vitest'
import { parseAddress } from '../../../net/address.ts'
import type { Packet } from '../../../net/packet.ts'
import type { Action } from '../../action.ts'
import type { Decision } from '../../decision.ts'
import type { ConntrackView, Scene } from '../../scene.ts'
import { readNftText } from '../read/text.ts'
import { compileNftRule } from './rule.ts'

const at = (text: string) => parseAddress(text) ?? 0
const packetOf = (change: Partial<Packet> = {}): Packet => ({
  family: 'ip',
  src: at('192.0.2.10'),
  dst: at('10.0.0.1'),
  protocol: 6,
  sport: 40000,
  dport: 80,
  flags: 2,
  icmpType: -1,
  icmpCode: -1,
  ttl: 64,
  tos: 0x28,
  length: 60,
  dontFragment: true,
  mark: 0x12,
  priority: 0,
  packetType: 'host',
  ...change,
})
const V6: Partial<Packet> = { family: 'ip6', src: at('2001:db8::1'), dst: at('fe80::1') }
const UDP: Partial<Packet> = { protocol: 17, flags: 0 }
const PING: Partial<Packet> = { protocol: 1, icmpType: 8, icmpCode: 0, sport: 7, dport: 0, flags: 0 }

const NEW: ConntrackView = {
  state: 'new',
  direction: 'original',
  mark: 5,
  labels: 0n,
  zone: 0,
  helper: undefined,
  original: { src: at('192.0.2.10'), dst: at('10.96.0.1'), protocol: 6, sport: 40000, dport: 443 },
  reply: { src: at('10.0.0.1'), dst: at('192.0.2.10'), protocol: 6, sport: 80, dport: 40000 },
  status: { expected: false, seenReply: false, assured: false, confirmed: false, snat: false, dnat: true },
}
const sceneOf = (packet: Packet, change: Partial<Scene> = {}): Scene => ({
  packet,
  family: packet.family,
  hook: 'prerouting',
  iif: 'eth0',
  oif: '',
  physIn: '',
  physOut: '',
  bridged: false,
  conntrack: NEW,
  fib: {
    addressType: (address) => (address === at('10.0.0.1') ? 'LOCAL' : 'UNICAST'),
    lookup: () => ({ type: 'UNICAST', device: 'eth0' }),
  },
  ipsets: { test: () => undefined },
  interface: (name) => (name === 'eth0' ? { index: 2, group: 0, type: 'ether', kind: '' } : undefined),
  socket: () => undefined,
  ...change,
})

const SETS = `
	limit l {
		rate over 5/second
	}
	set nets {
		type ipv4_addr
		flags interval
		elements = { 10.0.0.0/8, 192.0.2.0-192.0.2.9 }
	}
	set cut {
		type ipv4_addr . inet_service
		elements = { 10.0.0.1 . 22 }
	}
	map dn {
		type ipv4_addr . inet_service : ipv4_addr . inet_service
		elements = { 10.0.0.1 . 80 : 10.9.0.1 . 8080 }
	}
	map verdicts {
		type inet_proto . inet_service : verdict
		elements = { tcp . 80 : jump web, udp . 53 : drop }
	}
`
type Outcome = Decision | Action
/** Runs a rule's operations until one decides: the last result. */
function run(text: string, scene: Scene): Outcome {
  const table = readNftText(`table inet t {${SETS}\n\tchain c {\n\t\t${text}\n\t}\n}\n`, 'x').tables[0]
  const rule = table?.chains.find(({ name }) => name === 'c')?.rules[0]
  if (!table || !rule) throw new Error(`no rule in ${text}`)
  let result: Outcome = true
  for (const op of compileNftRule(rule, table)) {
    result = op(scene)
    if (result !== true && (typeof result !== 'object' || result.kind !== 'continue')) return result
  }
  return result
}
const decide = (text: string, packet: Partial<Packet> = {}, scene: Partial<Scene> = {}) => run(text, sceneOf(packetOf(packet), scene))

describe('a condition', () => {
  it.each<[string, Partial<Packet>, boolean]>([
    ['tcp dport 80', {}, true],
    ['tcp dport 80', UDP, false],
    ['tcp dport != 22', UDP, false],
    ['th dport { 53, 80 }', UDP, true],
    ['tcp dport { 22, 80-90 }', {}, true],
    ['tcp dport != { 22, 80-90 }', {}, false],
    ['tcp dport >= 1024', {}, false],
    ['ip saddr 192.0.2.0/24', {}, true],
    ['ip saddr != 192.0.2.0/24', V6, false],
    ['ip6 daddr fe80::/10', V6, true],
    ['ip6 saddr & ffff:: == 2001::', V6, true],
    ['ip saddr @nets', {}, false],
    ['ip daddr @nets', {}, true],
    ['ip daddr . tcp dport { 10.0.0.0/8 . 1-1024, 1.1.1.1 . 53 }', {}, true],
    ['meta nfproto ipv6', V6, true],
    ['meta l4proto { tcp, udp }', {}, true],
    ['ip protocol icmp', PING, true],
    ['icmp type { echo-request, redirect }', PING, true],
    ['icmp id 7', PING, true],
    ['icmp mtu 1280', PING, false],
    ['tcp flags syn', {}, true],
    ['tcp flags & (syn | ack) == syn', {}, true],
    ['tcp flags syn / fin,syn,rst,ack', {}, true],
    ['tcp flags ! ack', {}, true],
    ['tcp flags & (syn | ack) == syn', { flags: 0x12 }, false],
    ['ct state new,related', {}, true],
    ['ct state established', {}, false],
    ['ct status dnat', {}, true],
    ['ct status ! dnat', {}, false],
    ['ct direction original ct mark 5', {}, true],
    ['ct original ip daddr 10.96.0.1 ct original proto-dst 443', {}, true],
    ['meta mark & 0xf0 == 0x10', {}, true],
    ['meta mark ct mark', {}, false],
    ['ip dscp af11', {}, true],
    ['ip dscp << 2 == 0x28', {}, true],
    ['@th,16,16 80', {}, true],
    ['@nh,64,8 64', {}, true],
    ['iifname "eth*"', {}, true],
    ['iifname { "lo", "wg*" }', {}, false],
    ['iif 2', {}, true],
    ['oifname "eth0"', {}, false],
    ['oifname != "eth0"', {}, true],
    ['oifgroup 0', {}, false],
    ['fib daddr type local', {}, true],
    ['fib saddr . iif oif missing', {}, false],
    ['fib saddr . iif oif "eth0"', {}, true],
    ['exthdr frag missing', V6, true],
    ['vlan id 5', {}, false],
    ['meta skuid 0', {}, false],
  ])('%s of %o is %s', (text, packet, want) => expect(decide(text, packet)).toBe(want))

  it.each<[Scene['conntrack'], string, boolean]>([
    ['none', 'ct state invalid', true],
    ['none', 'ct mark 0', false],
    ['none', 'ct status ! dnat', false],
    ['untracked', 'ct state untracked', true],
    ['invalid', 'ct state new', false],
  ])('of a packet whose connection is %s: %s is %s', (conntrack, text, want) => expect(decide(text, {}, { conntrack })).toBe(want))

  it('is unknown where a snapshot cannot tell, and never no', () => {
    for (const text of ['meta hour "17:00"', 'ip id 5', 'ct id 7', 'ip saddr @absent', 'xt match "recent"', 'frobnicate'])
      expect(decide(text)).toMatchObject({ kind: 'unknown' })
  })

  it('is no when the known parts of a key rule a set out', () => {
    // The port of a ping is its checksum, which is not known.
    expect(decide('ip daddr . th dport @cut', PING)).toMatchObject({ kind: 'unknown' })
    expect(decide('ip saddr . th dport @cut', PING)).toBe(false)
    expect(decide('meta l4proto . th dport vmap @verdicts', PING)).toBe(false)
  })

  it('states what it assumes of rates and quotas', () => {
    expect(decide('limit rate 5/second')).toMatchObject({ kind: 'assumed', value: true })
    expect(decide('limit rate over 5/second')).toMatchObject({ kind: 'assumed', value: false })
    expect(decide('limit name "l"')).toMatchObject({ kind: 'assumed', value: false })
    expect(decide('quota over 10 bytes used 12 bytes')).toMatchObject({ kind: 'assumed', value: true })
  })

  it('has a probability where the kernel draws', () => {
    expect(decide('numgen random mod 10 < 3')).toEqual({ kind: 'chance', probability: 0.3 })
  })
})

describe('a statement', () => {
  it.each<[string, Partial<Packet>, unknown]>([
    ['meta l4proto . th dport vmap @verdicts', {}, { kind: 'jump', chain: 'web' }],
    ['tcp dport vmap { 22 : drop, * : goto other }', {}, { kind: 'goto', chain: 'other' }],
    ['meta mark set meta mark & 0xf | 0x100', {}, { kind: 'alter', packet: { mark: 0x102 } }],
    ['ct mark set meta mark', {}, { kind: 'alter', conntrack: { mark: 0x12 } }],
    ['ip dscp set cs1', {}, { kind: 'alter', packet: { tos: 0x20 } }],
    ['ip ttl set 3', V6, false],
    [
      'dnat ip to ip daddr . tcp dport map @dn',
      {},
      {
        kind: 'nat',
        request: {
          kind: 'range',
          manip: 'destination',
          addresses: { first: at('10.9.0.1'), last: at('10.9.0.1') },
          ports: { first: 8080, last: 8080 },
        },
      },
    ],
    ['dnat ip to ip daddr . tcp dport map @dn', { dport: 81 }, false],
    ['dnat ip to 10.9.0.1', V6, { kind: 'continue' }],
    [
      'snat ip prefix to ip saddr map { 192.0.2.0/24 : 10.5.0.0/24 }',
      {},
      { kind: 'nat', request: { manip: 'source', netmap: true, addresses: { first: at('10.5.0.0'), last: at('10.5.0.255') } } },
    ],
    [
      'masquerade to :1024-2048 random',
      {},
      { kind: 'nat', request: { kind: 'masquerade', ports: { first: 1024, last: 2048 }, random: true } },
    ],
    ['redirect to :tcp dport map { 80 : 8080 }', {}, { kind: 'nat', request: { kind: 'redirect', ports: { first: 8080 } } }],
    ['reject', {}, { kind: 'reject', with: { kind: 'icmp', type: 3, code: 3 } }],
    ['reject with icmpx admin-prohibited', V6, { kind: 'reject', with: { type: 1, code: 1 } }],
    ['reject with tcp reset', UDP, false],
    ['reject with icmp host-unreachable', V6, false],
    ['queue flags bypass to 1', {}, { kind: 'queue', bypass: true }],
    ['tproxy to :50080 meta mark set 1 accept', {}, { kind: 'alter', packet: { mark: 1 } }],
    ['add @nets { ip saddr timeout 1m }', V6, false],
    ['notrack', {}, { kind: 'notrack' }],
    ['counter packets 1 bytes 2 log prefix "x" drop', {}, { kind: 'drop' }],
  ])('%s of %o', (text, packet, want) => {
    const result = decide(text, packet)
    if (typeof want === 'object' && want !== null) expect(result).toMatchObject(want)
    else expect(result).toBe(want)
  })

  it('chooses among the ways that a drawn number leads', () => {
    expect(decide('numgen random mod 3 vmap { 0 : goto a, 1-2 : goto b }')).toEqual({
      kind: 'choice',
      options: [
        { probability: 1 / 3, action: { kind: 'goto', chain: 'a' } },
        { probability: 2 / 3, action: { kind: 'goto', chain: 'b' } },
      ],
    })
    expect(decide('dnat ip to numgen inc mod 2 map { 0 : 10.0.0.1, 1 : 10.0.0.2 }')).toMatchObject({
      kind: 'choice',
      options: [{ probability: 0.5 }, { probability: 0.5 }],
    })
    expect(decide('jhash ip saddr mod 4 vmap { 0 : drop }')).toEqual({ kind: 'chance', probability: 0.25 })
  })
})
