import { describe, expect, it } from 'vitest'
import { readDocuments } from '../intake/documents.ts'
import { createEngine } from './engine.ts'
import { engineOfMachines, expectWay } from './testing/story.ts'
import type { Outcome, TraceRequest } from './trace.ts'

type Files = Readonly<Record<string, string>>

function trace(files: Files, request: TraceRequest): Outcome {
  const result = createEngine(readDocuments(Object.entries(files).map(([name, text]) => ({ path: `hosts/${name}`, text })))).trace(request)
  if ('kind' in result) throw new Error(result.text)
  expect(result.outcomes).toHaveLength(1)
  return result.outcomes[0] as Outcome
}
const link = (index: number, name: string, mac: string, kind = '', mtu = 1500) =>
  `${index}: ${name}: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu ${mtu} state UP group default\n    link/ether 02:00:00:00:00:${mac} brd ff:ff:ff:ff:ff:ff${kind && `\n    ${kind}`}\n`
const inet = (address: string, device: string) => `    inet ${address} scope global ${device}\n`

describe('WireGuard', () => {
  const KEYS = { a: 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=', b: 'BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB=' }
  const host = (name: 'a' | 'b', own: number, allowed: string): Files => {
    const other = 3 - own
    const wg = `5: wg0: <POINTOPOINT,NOARP,UP,LOWER_UP> mtu 1420 state UNKNOWN group default\n    link/none\n    wireguard\n${inet(`10.42.${own}.1/32`, 'wg0')}`
    return {
      [`${name}/ip-addr.txt`]: link(2, 'eth0', `0${own}`) + inet(`192.0.2.${own}/24`, 'eth0') + wg,
      [`${name}/ip-route.txt`]: `192.0.2.0/24 dev eth0 proto kernel scope link src 192.0.2.${own}\n10.42.${other}.0/24 dev wg0 scope link\n`,
      [`${name}/wg.txt`]: `interface: wg0\n  public key: ${KEYS[name]}\n  listening port: 51820\n\npeer: ${KEYS[name === 'a' ? 'b' : 'a']}\n  endpoint: 192.0.2.${other}:51820\n  allowed ips: ${allowed}\n`,
      [`${name}/ss.txt`]: `tcp LISTEN 0 128 0.0.0.0:80 0.0.0.0:*\n`,
    }
  }
  const both = (toB = '10.42.2.0/24', toA = '10.42.1.0/24') => ({ ...host('a', 1, toB), ...host('b', 2, toA) })
  const request = { from: 'host/a', to: '10.42.2.1:80' }

  it('carries packets to the peer whose allowed IPs hold the destination, and back', () => {
    const outcome = trace(both(), request)
    expect(outcome).toMatchObject({ verdict: 'delivered', connection: 'connects', at: { host: 'b', interface: 'wg0' } })
    expect(outcome.steps.find((step) => step.kind === 'encap')?.packet).toMatchObject({ dport: 51820, length: 40 + 60 })
  })

  it.each<[string, Files, Partial<Outcome>]>([
    ['has no peer for the address', both('10.42.9.0/24'), { verdict: 'dropped', reason: 'no-neighbour', answer: 'ENOKEY' }],
    [
      'throws away a source that is not among the allowed',
      both(undefined, '10.42.9.0/24'),
      { verdict: 'dropped', reason: 'no-neighbour', at: { host: 'b', netns: '', interface: 'wg0' } },
    ],
    [
      'does not know the key',
      { ...both(), 'b/wg.txt': (both()['b/wg.txt'] as string).replace(KEYS.a, `C${KEYS.a.slice(1)}`) },
      { verdict: 'dropped' },
    ],
  ])('%s', (_, files, expected) => {
    expect(trace(files, request)).toMatchObject(expected)
  })

  it("has its outer packets meet the other host's rules", () => {
    const files = { ...both(), 'b/iptables-save.txt': '*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -p udp --dport 51820 -j DROP\nCOMMIT\n' }
    expect(trace(files, request)).toMatchObject({ verdict: 'dropped', reason: 'rule', at: { host: 'b' } })
  })
})

describe('macvlan and ipvlan', () => {
  const files: Files = {
    'h/ip-addr.txt': link(2, 'eth0', '01') + inet('192.0.2.1/24', 'eth0'),
    'h/ip-route.txt': 'default via 192.0.2.254 dev eth0\n192.0.2.0/24 dev eth0 proto kernel scope link src 192.0.2.1\n',
    'h/netns/a/ip-addr.txt': link(2, 'eth0@if2', '0a', 'macvlan mode bridge') + inet('192.0.2.10/24', 'eth0'),
    'h/netns/a/ip-route.txt': '192.0.2.0/24 dev eth0 proto kernel scope link src 192.0.2.10\n',
    'h/netns/b/ip-addr.txt': link(3, 'eth0@if2', '0b', 'macvlan mode bridge') + inet('192.0.2.11/24', 'eth0'),
    'h/netns/b/ip-route.txt': '192.0.2.0/24 dev eth0 proto kernel scope link src 192.0.2.11\n',
    'o/ip-addr.txt': link(2, 'eth0', '02') + inet('192.0.2.2/24', 'eth0'),
    'o/ip-route.txt': '192.0.2.0/24 dev eth0 proto kernel scope link src 192.0.2.2\n',
  }
  it.each([
    ['children of one device reach each other', 'netns/h/a', '192.0.2.11', 'delivered', 'connects'],
    ['and other hosts on the wire', 'netns/h/a', '192.0.2.2', 'delivered', 'connects'],
    ['which reach them too', 'host/o', '192.0.2.10', 'delivered', 'connects'],
    ['and not the host below them', 'netns/h/a', '192.0.2.1', 'dropped', 'unreachable'],
    ['which does not reach them', 'host/h', '192.0.2.10', 'dropped', 'unreachable'],
  ])('%s', (_, from, to, verdict, connection) => {
    expect(trace(files, { from, to })).toMatchObject({ verdict, connection })
  })

  it('private ones are kept from each other', () => {
    const kept = Object.fromEntries(Object.entries(files).map(([name, text]) => [name, text.replace('mode bridge', 'mode private')]))
    expect(trace(kept, { from: 'netns/h/a', to: '192.0.2.11' }).connection).not.toBe('connects')
  })
})

describe('eBPF', () => {
  const host = (devices: string): Files => ({
    'h/ip-addr.txt': link(2, 'eth0', '01') + inet('192.0.2.1/24', 'eth0') + devices,
    'h/ip-route.txt':
      'default via 192.0.2.254 dev eth0\n192.0.2.0/24 dev eth0 proto kernel scope link src 192.0.2.1\n10.42.0.9 dev veth9 scope link\n10.0.0.0/24 via 10.0.0.1 dev cilium_host\n',
    'h/netns/p/ip-addr.txt': link(2, 'eth0@if9', '0a', 'veth') + inet('10.0.0.5/32', 'eth0'),
    'h/netns/p/ip-route.txt': 'default via 10.0.0.1 dev eth0\n10.0.0.1 dev eth0 scope link\n',
  })
  const cilium = host(`${link(8, 'cilium_host', '08')}${inet('10.0.0.1/32', 'cilium_host')}${link(9, 'lxc1234@if2', '09', 'veth')}`)
  const proxy = {
    'h/iptables-save.txt': '*nat\n:PREROUTING ACCEPT [0:0]\n:KUBE-SERVICES - [0:0]\n-A PREROUTING -j KUBE-SERVICES\nCOMMIT\n',
  }

  it.each<[string, Files, TraceRequest, string, string]>([
    ["Cilium's end of a pod", cilium, { from: 'netns/h/p', to: '203.0.113.9:80' }, 'unknown', 'ebpf'],
    ['its own device', { ...cilium, ...proxy }, { from: 'host/h', to: '10.0.0.7:80' }, 'unknown', 'ebpf'],
    [
      'every device where it stands in for kube-proxy',
      cilium,
      { from: 'outside', host: 'h', iif: 'eth0', src: '198.51.100.7', to: '192.0.2.1:30080' },
      'unknown',
      'ebpf',
    ],
    [
      'not the others where kube-proxy has rules',
      { ...cilium, ...proxy },
      { from: 'host/h', to: '192.0.2.9:80' },
      'forwarded',
      'delivered',
    ],
    [
      "Calico's eBPF on the host's own interface",
      host(link(7, 'bpfin.cali', '07')),
      { from: 'host/h', to: '192.0.2.9:80' },
      'unknown',
      'ebpf',
    ],
    ['none where nothing shows any', host(''), { from: 'host/h', to: '192.0.2.9:80' }, 'forwarded', 'delivered'],
  ])('%s', (_, files, request, verdict, reason) => {
    expect(trace(files, request)).toMatchObject({ verdict, reason })
  })
})

describe('a device with NOARP', () => {
  const sent = (devices: string) =>
    engineOfMachines({
      h: { devices: `eth0 192.0.2.10/24\n${devices}`, routes: 'default via 192.0.2.1 dev eth0\n0.0.0.0/1 dev tun0\n128.0.0.0/1 dev tun0' },
    })
  const request = { from: 'host/h', to: '203.0.113.80:443' }

  it('asks for no neighbour: what a VPN takes leaves by it', () => {
    expectWay(sent('tun0 100.64.0.1/32 noarp'), request, 'forwarded at=h:tun0')
  })

  it('sends to its own link address, which a captured other end has not', () => {
    expectWay(sent('tun0@h:tun1 100.64.0.1/32 noarp\ntun1@h:tun0'), request, 'dropped not-for-us at=h:tun1')
  })
})
