import { describe, expect, it } from 'vitest'
import { type Address, formatAddress, parseAddress } from '../../../net/address.ts'
import { type Packet, TCP_FLAGS } from '../../../net/packet.ts'
import type { ConntrackView, Hook, Scene } from '../../scene.ts'
import { readRuleLine } from '../read-rule.ts'
import { actTarget } from './registry.ts'

const at = (text: string): Address => parseAddress(text) ?? 0

const syn: Packet = {
  family: 'ip',
  src: at('192.0.2.1'),
  dst: at('198.51.100.2'),
  protocol: 6,
  sport: 40000,
  dport: 80,
  flags: TCP_FLAGS.syn,
  icmpType: -1,
  icmpCode: -1,
  ttl: 64,
  tos: 0x03,
  length: 60,
  dontFragment: true,
  mark: 0xff,
  priority: 0,
  packetType: 'host',
}

const connection: ConntrackView = {
  state: 'new',
  direction: 'original',
  original: { src: syn.src, dst: syn.dst, protocol: 6, sport: 40000, dport: 80 },
  reply: { src: syn.dst, dst: syn.src, protocol: 6, sport: 80, dport: 40000 },
  mark: 0x1200,
  labels: 0n,
  zone: 0,
  helper: undefined,
  status: { expected: false, seenReply: false, assured: false, confirmed: false, snat: false, dnat: false },
}

const scene = (change: Partial<Packet>, conntrack: Scene['conntrack'], hook: Hook): Scene => ({
  packet: { ...syn, ...change },
  family: typeof (change.src ?? syn.src) === 'number' ? 'ip' : 'ip6',
  hook,
  iif: 'eth0',
  oif: '',
  physIn: '',
  physOut: '',
  bridged: false,
  conntrack,
  fib: { addressType: () => 'UNICAST', lookup: () => undefined },
  ipsets: { test: (name) => (name === 'empty' ? false : undefined) },
  interface: () => undefined,
  socket: () => undefined,
})

function act(
  text: string,
  {
    packet = {},
    conntrack = connection,
    hook = 'prerouting',
  }: { packet?: Partial<Packet>; conntrack?: Scene['conntrack']; hook?: Hook } = {},
) {
  const now = scene(packet, conntrack, hook)
  const rule = readRuleLine(`-A C ${text}`, 'mangle', now.family)
  expect(rule.opaque).toEqual([])
  return actTarget(rule.target, now)
}

/** The fields of the packet that the target changed. */
function changed(text: string, packet: Partial<Packet> = {}, conntrack?: Scene['conntrack']) {
  const action = act(text, { packet, ...(conntrack ? { conntrack } : {}) })
  if (action.kind !== 'alter') return action.kind
  const before: Packet = { ...syn, ...packet }
  const after: Partial<Packet> = action.packet ?? before
  const fields = Object.entries(after).filter(([key, value]) => before[key as keyof Packet] !== value)
  return { ...Object.fromEntries(fields), ...(action.conntrack ? { conntrack: action.conntrack } : {}) }
}

describe('what a target changes', () => {
  it.each([
    ['-j MARK --set-xmark 0x1/0xffffffff', {}, { mark: 0x1 }],
    ['-j MARK --set-xmark 0xf0/0x0f', {}, { mark: 0x00 }],
    ['-j MARK --or-mark 0x4000', {}, { mark: 0x40ff }],
    ['-j MARK --and-mark 0xf0', {}, { mark: 0xf0 }],
    ['-j MARK --xor-mark 0x1', {}, { mark: 0xfe }],
    ['-j MARK --set-mark 0x80000000/0x80000000', {}, { mark: 0x800000ff }],
    ['-j CONNMARK --set-mark 0x5', {}, { conntrack: { mark: 0x5 } }],
    ['-j CONNMARK --set-xmark 0x1/0x0', {}, { conntrack: { mark: 0x1201 } }],
    ['-j CONNMARK --save-mark --nfmask 0xf --ctmask 0xff', {}, { conntrack: { mark: 0x120f } }],
    ['-j CONNMARK --save-mark --mask 0xff --left-shift-mark 8', {}, { conntrack: { mark: 0xed00 } }],
    ['-j CONNMARK --restore-mark', {}, { mark: 0x1200 }],
    ['-j CONNMARK --restore-mark --nfmask 0xf0 --ctmask 0x200', {}, { mark: 0x20f }],
    ['-j DSCP --set-dscp 0x2e', {}, { tos: 0xbb }],
    ['-j TOS --set-tos 0x10/0x3f', {}, { tos: 0x10 }],
    ['-j TOS --xor-tos 0x01', {}, { tos: 0x02 }],
    ['-j TTL --ttl-set 1', {}, { ttl: 1 }],
    ['-j TTL --ttl-inc 200', {}, { ttl: 255 }],
    ['-j TTL --ttl-dec 100', {}, { ttl: 0 }],
    ['-j CLASSIFY --set-class 1:10', {}, { priority: 0x10010 }],
    ['-p tcp -j ECN --ecn-tcp-remove', { flags: TCP_FLAGS.syn | TCP_FLAGS.ece | TCP_FLAGS.cwr }, { flags: TCP_FLAGS.syn }],
    ['-j HMARK --hmark-src-prefix 24 --hmark-rnd 1 --hmark-mod 1 --hmark-offset 7', {}, { mark: 7 }],
  ] as const)('%s', (text, packet, expected) => {
    expect(changed(text, packet)).toEqual(expected)
  })

  it('CONNMARK leaves a packet without a connection alone', () => {
    for (const conntrack of ['none', 'invalid', 'untracked'] as const)
      expect(act('-j CONNMARK --restore-mark', { conntrack })).toEqual({ kind: 'continue' })
  })

  it('SNPT keeps checksums right when it changes a prefix (RFC 6296, 3.5)', () => {
    const inside = at('fd01:203:405:1::1234')
    const outside = changed('-j SNPT --src-pfx fd01:203:405::/48 --dst-pfx 2001:db8:1::/48', {
      family: 'ip6',
      src: inside,
      dst: at('2001:db8:9::1'),
    })
    expect(outside).toEqual({ src: at('2001:db8:1:d550::1234') })
  })
})

describe('where a target sends the packet', () => {
  it.each([
    ['-j ACCEPT', { kind: 'accept' }],
    ['-j DROP', { kind: 'drop' }],
    ['-j RETURN', { kind: 'return' }],
    ['-j QUEUE', { kind: 'queue', bypass: false }],
    ['-j NFQUEUE --queue-num 1 --queue-bypass', { kind: 'queue', bypass: true }],
    ['-j LOG --log-prefix x', { kind: 'continue' }],
    ['-j NFLOG', { kind: 'continue' }],
    ['-j TRACE', { kind: 'continue' }],
    ['-p tcp -j TCPMSS --set-mss 1400', { kind: 'continue' }],
    ['-j CHECKSUM --checksum-fill', { kind: 'continue' }],
    ['-j TEE --gateway 10.0.0.1', { kind: 'continue' }],
    ['-j SET --add-set s src', { kind: 'continue' }],
    ['-j SET --map-set empty src --map-mark', { kind: 'continue' }],
    ['-j some-chain', { kind: 'jump', chain: 'some-chain' }],
    ['-g some-chain', { kind: 'goto', chain: 'some-chain' }],
    ['-j REJECT', { kind: 'reject', with: { kind: 'icmp', type: 3, code: 3, name: 'icmp-port-unreachable' } }],
    [
      '-j REJECT --reject-with icmp-admin-prohibited',
      { kind: 'reject', with: { kind: 'icmp', type: 3, code: 13, name: 'icmp-admin-prohibited' } },
    ],
    ['-p tcp -j REJECT --reject-with tcp-reset', { kind: 'reject', with: { kind: 'tcp-reset' } }],
    ['-p tcp -j SYNPROXY', { kind: 'stolen', by: 'SYNPROXY' }],
  ] as const)('%s', (text, expected) => {
    expect(act(text)).toEqual(expected)
  })

  it('a rule without a target only counts', () => {
    expect(act('-p tcp')).toEqual({ kind: 'continue' })
  })

  it.each(['-j HMARK --hmark-src-prefix 24 --hmark-rnd 1 --hmark-mod 5', '-j SET --map-set s src --map-mark', '-j CLUSTERIP'])(
    '%s cannot be known',
    (text) => {
      expect(act(text).kind).toBe('unknown')
    },
  )

  it('SYNPROXY lets a packet of neither handshake nor data go on', () => {
    expect(act('-p tcp -j SYNPROXY', { packet: { flags: TCP_FLAGS.rst } })).toEqual({ kind: 'continue' })
  })

  it('TPROXY marks the packet for the socket', () => {
    expect(act('-p tcp -j TPROXY --on-port 0 --on-ip 127.0.0.1 --tproxy-mark 0x100/0x100')).toMatchObject({
      kind: 'tproxy',
      address: at('127.0.0.1'),
      port: 80,
      packet: { mark: 0x1ff },
    })
    expect(act('-p tcp -j TPROXY --on-port 9000')).not.toHaveProperty('address')
  })
})

/** What any CT but --notrack leaves on the packet (xt_ct_target: nf_ct_set with the rule's template). */
const TEMPLATE = { zone: { direction: 'both', id: 0 } }

describe('CT acts only on a packet that carries nothing yet', () => {
  it.each([
    ['-j CT --notrack', { kind: 'notrack' }],
    ['-j NOTRACK', { kind: 'notrack' }],
    ['-j CT', { kind: 'alter', conntrack: TEMPLATE }],
    ['-j CT --ctevents new', { kind: 'alter', conntrack: TEMPLATE }],
    ['-p tcp -j CT --helper ftp', { kind: 'alter', conntrack: { helper: 'ftp', ...TEMPLATE } }],
    ['-j CT --zone 7', { kind: 'alter', conntrack: { zone: { direction: 'both', id: 7 } } }],
    ['-j CT --zone-reply mark', { kind: 'alter', conntrack: { zone: { direction: 'reply', id: 0xff } } }],
  ] as const)('%s', (text, expected) => {
    expect(act(text, { conntrack: 'none' })).toEqual(expected)
    expect(act(text)).toEqual({ kind: 'continue' })
    expect(act(text, { conntrack: 'untracked' })).toEqual({ kind: 'continue' })
  })
})

describe('what NAT targets ask for', () => {
  const range = (text: string, hook: Hook = 'prerouting') => {
    const action = act(text, { hook })
    if (action.kind !== 'nat' || action.request.kind !== 'range') return action
    const { addresses, ...rest } = action.request
    const set = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined))
    return { ...set, addresses: addresses && `${formatAddress(addresses.first)}-${formatAddress(addresses.last)}` }
  }
  it.each([
    [
      '-p tcp -j DNAT --to-destination 10.0.0.1:80',
      'prerouting',
      { manip: 'destination', addresses: '10.0.0.1-10.0.0.1', ports: { first: 80, last: 80 } },
    ],
    ['-p tcp -j DNAT --to-destination :8080', 'output', { manip: 'destination', addresses: undefined, ports: { first: 8080, last: 8080 } }],
    [
      '-p tcp -j DNAT --to-destination 10.0.0.1:80-90/8080',
      'prerouting',
      { manip: 'destination', addresses: '10.0.0.1-10.0.0.1', ports: { first: 80, last: 90 }, portBase: 8080 },
    ],
    [
      '-j SNAT --to-source 10.0.0.1-10.0.0.4 --random-fully --persistent',
      'postrouting',
      { manip: 'source', addresses: '10.0.0.1-10.0.0.4', random: true, persistent: true },
    ],
    ['-j NETMAP --to 10.1.0.0/16', 'prerouting', { manip: 'destination', addresses: '10.1.0.0-10.1.255.255', netmap: true }],
    ['-j NETMAP --to 10.1.0.0/16', 'postrouting', { manip: 'source', addresses: '10.1.0.0-10.1.255.255', netmap: true }],
    ['-j SAME --to 10.0.0.1-10.0.0.4', 'postrouting', { manip: 'source', addresses: '10.0.0.1-10.0.0.4', random: false, persistent: true }],
  ] as const)('%s in %s', (text, hook, expected) => {
    expect(range(text, hook)).toEqual({ kind: 'range', ...expected })
  })

  it('masquerade and redirect leave the address to the datapath', () => {
    expect(act('-p tcp -j MASQUERADE --to-ports 1024-2048 --random-fully')).toEqual({
      kind: 'nat',
      request: { kind: 'masquerade', ports: { first: 1024, last: 2048 }, random: true },
    })
    expect(act('-p tcp -j REDIRECT --to-ports 3128')).toEqual({
      kind: 'nat',
      request: { kind: 'redirect', ports: { first: 3128, last: 3128 }, random: undefined },
    })
  })
})
