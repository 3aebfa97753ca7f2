import { describe, expect, it } from 'vitest'
import { parseAddress } from '../../../net/address.ts'
import { type Packet, PROTOCOL, TCP_FLAGS } from '../../../net/packet.ts'
import { type Decision, unknown } from '../../decision.ts'
import type { ConntrackView, Scene } from '../../scene.ts'
import { matchHeader } from '../header.ts'
import { readRuleLine } from '../read-rule.ts'
import { all, any } from './decide.ts'
import { decideMatch, explainMatch } from './registry.ts'

const address = (text: string) => parseAddress(text) ?? 0

const SYN: Packet = {
  family: 'ip',
  src: address('192.0.2.7'),
  dst: address('10.0.0.5'),
  protocol: PROTOCOL.tcp,
  sport: 40000,
  dport: 80,
  flags: TCP_FLAGS.syn,
  icmpType: -1,
  icmpCode: -1,
  ttl: 63,
  tos: 0x10,
  length: 60,
  dontFragment: true,
  mark: 0x4000,
  priority: 0,
  packetType: 'host',
}
const PING: Packet = { ...SYN, protocol: PROTOCOL.icmp, sport: 1, dport: 0, flags: 0, icmpType: 8, icmpCode: 0 }
const SIX: Packet = { ...SYN, family: 'ip6', src: address('fd00::7'), dst: address('ff02::1') }

const CONNECTION: ConntrackView = {
  state: 'established',
  direction: 'reply',
  original: { src: address('10.0.0.5'), dst: address('10.96.0.1'), protocol: 6, sport: 40000, dport: 443 },
  reply: { src: address('192.0.2.7'), dst: address('10.0.0.5'), protocol: 6, sport: 6443, dport: 40000 },
  mark: 5,
  labels: 1n << 40n,
  zone: 0,
  helper: undefined,
  status: { expected: false, seenReply: true, assured: false, confirmed: true, snat: false, dnat: true },
}

const SCENE: Scene = {
  packet: SYN,
  family: 'ip',
  hook: 'forward',
  iif: 'eth0',
  oif: 'cni0',
  physIn: '',
  physOut: '',
  bridged: false,
  conntrack: 'none',
  fib: {
    addressType: (value, device) => (value === address('10.0.0.5') && (device ?? 'cni0') === 'cni0' ? 'LOCAL' : 'UNICAST'),
    lookup: ({ dst }) => (dst === address('192.0.2.7') ? { type: 'UNICAST', device: 'eth0' } : undefined),
  },
  ipsets: {
    test: (name, _directions, _scene, query) => (name === 'web' ? !query?.returnNomatch : name === 'empty' ? false : undefined),
  },
  interface: (name) => (name === 'eth0' ? { index: 2, group: 7, type: 'ether', kind: '' } : undefined),
  socket: () => ({ transparent: false, wildcard: true, mark: 0 }),
}

/** true, false, or the kind of what is neither. */
const brief = (decision: Decision): boolean | string =>
  typeof decision === 'boolean' ? decision : decision.kind === 'assumed' ? `assumed ${decision.value}` : decision.kind

function decide(options: string, change: Partial<Scene> = {}): boolean | string {
  const scene = { ...SCENE, ...change, family: change.packet?.family ?? SCENE.family }
  const rule = readRuleLine(`-A FORWARD ${options}`, 'filter', scene.family)
  expect(rule.opaque).toEqual([])
  return brief(all([matchHeader(rule.header, scene), ...rule.matches.map((match) => decideMatch(match, scene))]))
}

describe('the header', () => {
  it.each([
    ['-s 192.0.2.0/24', true],
    ['! -s 192.0.2.0/24', false],
    ['-d 10.0.0.5/32', true],
    ['-d 0.0.0.5/0.0.0.255', true],
    ['-i eth+ -o cni0', true],
    ['! -i eth0', false],
    ['! -i +', false],
    ['-p tcp', true],
    ['! -p udp', true],
    ['-f', false],
    ['! -f', true],
  ])('%s: %s', (options, want) => expect(decide(options)).toBe(want))

  it('compares the empty name where the hook has no interface', () => {
    expect(decide('-i eth0', { iif: '' })).toBe(false)
    expect(decide('! -i eth0', { iif: '' })).toBe(true)
  })
})

describe('what the headers tell', () => {
  it.each([
    ['-p tcp -m tcp --dport 80', true],
    ['-p tcp -m tcp --dport 1:79', false],
    ['-p tcp -m tcp ! --sport 40000', false],
    ['-p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN', true],
    ['-p tcp -m tcp ! --tcp-flags FIN,SYN,RST,ACK SYN', false],
    ['-p tcp -m tcp --tcp-flags ALL NONE', false],
    ['-p tcp -m tcp --dport 81 --tcp-option 8', false],
    ['-p tcp -m tcp --tcp-option 8', 'unknown'],
    ['-p tcp -m multiport --dports 22,80:90', true],
    ['-p tcp -m multiport ! --dports 22,80:90', false],
    ['-p tcp -m multiport --ports 40000', true],
    ['-m iprange --src-range 192.0.2.1-192.0.2.9', true],
    ['-m iprange ! --dst-range 10.0.0.1-10.0.0.4', true],
    ['-m length --length 61:', false],
    ['-m ttl --ttl-lt 64', true],
    ['-m dscp --dscp 0x04', true],
    ['-m tos --tos 0x10/0x3f', true],
    ['-m mark --mark 0x4000/0x4000', true],
    ['-m mark ! --mark 0x4000/0x4000', false],
    ['-p tcp -m ecn ! --ecn-tcp-cwr --ecn-ip-ect 0', true],
    ['-m pkttype --pkt-type unicast', true],
    ['-m devgroup --src-group 0x7', true],
    ['-m devgroup --dst-group 0x7', 'unknown'],
    ['-m mac --mac-source 02:00:00:00:00:01', 'unknown'],
    ['-m comment --comment anything', true],
    ['-m u32 --u32 "6&0xFF=6&&0>>22&0x3C@0&0xFFFF=80"', true],
    ['-m u32 --u32 "6&0xFF=17"', false],
    ['-m u32 --u32 "0>>22&0x3C@12>>26&0x3C@8=1"', 'unknown'],
    ['-m string --string "GET" --algo bm', 'unknown'],
  ])('%s: %s', (options, want) => expect(decide(options)).toBe(want))

  it.each([
    ['--icmp-type 8', true],
    ['--icmp-type 8/1', false],
    ['! --icmp-type echo-reply', true],
    ['--icmp-type any', true],
  ])('an echo request with %s: %s', (options, want) => expect(decide(`-p icmp -m icmp ${options}`, { packet: PING })).toBe(want))
})

describe('conntrack', () => {
  it.each([
    ['none', '--ctstate INVALID', true],
    ['none', '--ctstate NEW', false],
    ['none', '! --ctstate NEW', true],
    ['template', '--ctrepldst 0.0.0.0/0', true],
    ['template', '--ctproto 0', true],
    ['template', '--ctproto 6', false],
    ['template', '--ctorigsrcport 0', true],
    ['template', '--ctdir ORIGINAL', true],
    ['template', '--ctdir REPLY', false],
    ['template', '--ctstatus CONFIRMED', true],
    ['template', '--ctstate NEW', true],
    ['none', '--ctproto 6', false],
    ['none', '! --ctproto 17', false],
    ['none', '--ctstate INVALID --ctproto 17', true],
    ['invalid', '--ctstate INVALID', true],
    ['untracked', '--ctstate UNTRACKED', true],
    ['untracked', '--ctstate INVALID', false],
  ] as const)('without a connection (%s): %s is %s', (conntrack, options, want) => {
    expect(decide(`-m conntrack ${options}`, { conntrack })).toBe(want)
  })

  it.each([
    ['--ctstate RELATED,ESTABLISHED', true],
    ['--ctstate DNAT', true],
    ['! --ctstate DNAT', false],
    ['--ctstate SNAT', false],
    ['--ctorigdst 10.96.0.0/16', true],
    ['! --ctreplsrc 192.0.2.7', false],
    ['--ctorigdstport 443', true],
    ['--ctrepldstport 1:1000', false],
    ['--ctdir REPLY', true],
    ['--ctdir ORIGINAL', false],
    ['--ctstatus SEEN_REPLY,ASSURED', true],
    ['! --ctstatus CONFIRMED', false],
    ['--ctstatus NONE', false],
    ['--ctexpire 1:10', 'unknown'],
    ['--ctexpire 1:10 --ctdir ORIGINAL', false],
  ])('%s: %s', (options, want) => expect(decide(`-m conntrack ${options}`, { conntrack: CONNECTION })).toBe(want))

  it('is what the older state asks', () => {
    expect(decide('-m state --state ESTABLISHED', { conntrack: CONNECTION })).toBe(true)
    expect(decide('-m state ! --state INVALID', { conntrack: 'none' })).toBe(false)
  })

  it('carries marks and labels, and without it there are none', () => {
    expect(decide('-m connmark --mark 0x5', { conntrack: CONNECTION })).toBe(true)
    expect(decide('-m connmark ! --mark 0x5')).toBe(false)
    expect(decide('-m connlabel --label 40', { conntrack: CONNECTION })).toBe(true)
    expect(decide('-m connlabel ! --label 40')).toBe(true)
    expect(decide('-m helper ! --helper ftp', { conntrack: CONNECTION })).toBe(true)
  })
})

describe('what the host knows', () => {
  it.each([
    ['-m addrtype --dst-type LOCAL', true],
    ['-m addrtype ! --dst-type LOCAL', false],
    ['-m addrtype --src-type LOCAL,UNICAST', true],
    ['-m addrtype --dst-type LOCAL --limit-iface-in', false],
    ['-m addrtype --dst-type LOCAL --limit-iface-out', true],
    ['-m set --match-set web src', true],
    ['-m set ! --match-set web src', false],
    ['-m set --match-set empty src', false],
    ['-m set --match-set missing src', 'unknown'],
    ['-m set ! --match-set missing src', 'unknown'],
    ['-m set --match-set web src --return-nomatch', false],
    ['-m set ! --match-set web src --return-nomatch', true],
    ['-m socket', false],
    ['-m socket --nowildcard', true],
    ['-m socket --nowildcard --transparent', false],
    ['-m rpfilter', true],
    ['-m rpfilter --invert', false],
  ])('%s: %s', (options, want) => expect(decide(options)).toBe(want))

  it('compares link addresses only where the device has some', () => {
    const mac = '02:00:00:00:00:01'
    const packet = { ...SYN, sourceMac: mac }
    expect(decide(`-m mac --mac-source ${mac}`, { packet })).toBe(true)
    expect(decide(`-m mac ! --mac-source ${mac}`, { packet })).toBe(false)
    for (const iif of ['lo', '']) {
      expect(decide(`-m mac --mac-source ${mac}`, { iif, packet })).toBe(false)
      expect(decide(`-m mac ! --mac-source ${mac}`, { iif, packet })).toBe(false)
    }
  })

  it('tells whether an answer would take the same way', () => {
    expect(decide('-m rpfilter', { iif: 'eth1' })).toBe(false)
    expect(decide('-m rpfilter --loose', { iif: 'eth1' })).toBe(true)
    expect(decide('-m rpfilter', { fib: { ...SCENE.fib, lookup: () => unknown('no routes') } })).toBe('unknown')
  })

  it('asks IPv6 addresses for their type without a look-up where the address tells', () => {
    expect(decide('-m addrtype --dst-type MULTICAST', { packet: SIX })).toBe(true)
    expect(decide('-m addrtype --dst-type MULTICAST,UNICAST', { packet: SIX })).toBe(false)
    expect(decide('-m addrtype --src-type LOCAL', { packet: SIX })).toBe(false)
  })

  it('knows the sender of local packets only', () => {
    const local = { hook: 'output', iif: '', packet: { ...SYN, uid: 1000 } } as const
    expect(decide('-m owner --uid-owner 1000')).toBe(false)
    expect(decide('-m owner ! --uid-owner 1000')).toBe(true)
    expect(decide('-m owner --uid-owner 1000', local)).toBe(true)
    expect(decide('-m owner --uid-owner 1-999', local)).toBe(false)
    expect(decide('-m owner --gid-owner 5', local)).toBe('unknown')
    expect(decide('-m owner ! --socket-exists', local)).toBe(false)
    expect(decide('-m cgroup --cgroup 1')).toBe(false)
    expect(decide('-m cgroup --cgroup 1', local)).toBe('unknown')
  })

  it('knows bridge ports of packets that came over a bridge', () => {
    expect(decide('-m physdev --physdev-in veth0')).toBe(false)
    expect(decide('-m physdev ! --physdev-is-bridged')).toBe(true)
    const bridged = { physIn: 'veth0', physOut: 'veth1', bridged: true }
    expect(decide('-m physdev --physdev-in veth+ --physdev-is-bridged', bridged)).toBe(true)
    expect(decide('-m physdev ! --physdev-out veth1', bridged)).toBe(false)
    expect(decide('-m physdev --physdev-is-bridged', { physIn: 'veth0' })).toBe(false)
  })
})

describe('what a snapshot cannot hold', () => {
  it.each([
    ['-m limit --limit 1/sec', 'assumed true'],
    ['-m hashlimit --hashlimit-upto 1/sec --hashlimit-name a', 'assumed true'],
    ['-m hashlimit --hashlimit-above 1/sec --hashlimit-name a', 'assumed false'],
    ['-m connlimit --connlimit-above 2', 'assumed false'],
    ['-m connlimit --connlimit-above 0', true],
    ['-m quota --quota 1000000', 'assumed true'],
    ['-m quota --quota 0', false],
    ['-m recent --set', true],
    ['-m recent --rcheck --name bad', 'unknown'],
    ['-m statistic --mode random --probability 0.5', 'chance'],
    ['-m statistic --mode random --probability 1', true],
    ['-m statistic --mode nth --every 3 --packet 0', 'unknown'],
    ['-m statistic --mode nth --every 1 --packet 0', true],
    ['-m time --timestart 08:00 --timestop 18:00', 'unknown'],
    ['-m time --datestop 2038-01-19T03:14:07', true],
    ['-m policy --dir in --pol none', 'assumed true'],
    ['-m policy --dir in --pol ipsec', 'assumed false'],
    ['-m cpu --cpu 0', 'unknown'],
  ])('%s: %s', (options, want) => expect(decide(options)).toBe(want))

  it('keeps the probability that the kernel can hold, and its complement', () => {
    const [match] = readRuleLine('-A X -m statistic --mode random ! --probability 0.33333333349', 'nat', 'ip').matches
    const decision = match && decideMatch(match, SCENE)
    expect(decision).toMatchObject({ kind: 'chance' })
    expect(decision && typeof decision === 'object' && decision.kind === 'chance' && decision.probability).toBeCloseTo(0.66666666651, 10)
  })

  it('leaves an unknown module unknown, however it is explained', () => {
    const rule = readRuleLine('-A X -m geoip --src-cc DE', 'filter', 'ip')
    expect(rule.matches.map((match) => brief(decideMatch(match, SCENE)))).toEqual(['unknown'])
    expect(rule.matches.map(explainMatch)).toEqual(['meets geoip, which is not understood'])
  })
})

describe('conditions together', () => {
  const maybe = unknown('?')
  const half = { kind: 'chance', probability: 0.5 } as const
  it.each([
    [[true, true], true],
    [[maybe, false], false],
    [[true, maybe], 'unknown'],
    [[half, true], 'chance'],
    [[half, maybe], 'unknown'],
  ])('all of %j: %s', (decisions, want) => expect(brief(all(decisions))).toBe(want))
  it.each([
    [[false, true], true],
    [[maybe, true], true],
    [[false, maybe], 'unknown'],
    [[false, false], false],
  ])('any of %j: %s', (decisions, want) => expect(brief(any(decisions))).toBe(want))
})
