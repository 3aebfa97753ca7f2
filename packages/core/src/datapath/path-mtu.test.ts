import { describe, expect, it } from 'vitest'
import { readDocuments } from '../intake/documents.ts'
import { stalls } from '../report/trace/judge.ts'
import { createEngine } from './engine.ts'
import type { Outcome, TraceRequest } from './trace.ts'

const link = (index: number, name: string, mtu: number, kind = '', more = '') =>
  `${index}: ${name}: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu ${mtu} ${more}state UP group default\n    link/ether 02:00:00:00:00:0${index} brd ff:ff:ff:ff:ff:ff${kind && `\n    ${kind}`}\n`
const inet = (address: string, device: string) => `    inet ${address} scope global ${device}\n`

/** A pod behind a host whose way out is smaller. */
const router = (rules = '', veth = 1500) => ({
  'ip-addr.txt': link(2, 'eth0', 1400) + inet('192.0.2.1/24', 'eth0') + link(3, 'veth3@if2', veth, 'veth') + inet('10.42.0.1/24', 'veth3'),
  'ip-route.txt':
    'default via 192.0.2.254 dev eth0\n10.42.0.0/24 dev veth3 proto kernel scope link src 10.42.0.1\n192.0.2.0/24 dev eth0 proto kernel scope link src 192.0.2.1\n',
  'sysctl.txt': 'net.ipv4.ip_forward = 1\n',
  'iptables-save.txt': `*nat\n:POSTROUTING ACCEPT [0:0]\n-A POSTROUTING -s 10.42.0.0/24 -o eth0 -j MASQUERADE\nCOMMIT\n*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n${rules}COMMIT\n`,
  'netns/p/ip-addr.txt': link(2, 'eth0@if3', 1500, 'veth') + inet('10.42.0.2/24', 'eth0'),
  'netns/p/ip-route.txt': 'default via 10.42.0.1 dev eth0\n10.42.0.0/24 dev eth0 proto kernel scope link src 10.42.0.2\n',
})

function trace(files: Readonly<Record<string, string>>, request: Omit<TraceRequest, 'from' | 'to'> & { to?: string }): Outcome {
  const documents = readDocuments(Object.entries(files).map(([name, text]) => ({ path: `hosts/h/${name}`, text })))
  const result = createEngine(documents).trace({ from: 'netns/h/p', to: '203.0.113.9:443', flags: 'ack', ...request })
  if ('kind' in result) throw new Error(result.text)
  expect(result.outcomes).toHaveLength(1)
  return result.outcomes[0] as Outcome
}

describe('packets larger than the way', () => {
  it('are refused by the router, whose word comes back: the sender sends smaller ones', () => {
    const outcome = trace(router(), { length: 1500 })
    expect(outcome).toMatchObject({
      verdict: 'rejected',
      reason: 'too-big',
      connection: 'connects',
      answer: 'icmp-frag-needed',
      at: { interface: 'eth0' },
    })
    expect(outcome.reply).toMatchObject({ verdict: 'delivered', at: { netns: 'p' }, packet: { icmpType: 3, icmpCode: 4 } })
    expect(stalls(outcome)).toBe(false)
  })

  it('stall where that word is filtered', () => {
    const outcome = trace(router('-A OUTPUT -p icmp -j DROP\n'), { length: 1500 })
    expect(outcome).toMatchObject({ verdict: 'rejected', reason: 'too-big', connection: 'timeout' })
    expect(stalls(outcome)).toBe(true)
    expect(outcome.reply).toMatchObject({ verdict: 'dropped', reason: 'rule' })
  })

  it('pass where they fit, and where they may be fragmented', () => {
    expect(trace(router(), { length: 1400 }).verdict).toBe('forwarded')
    expect(trace(router(), { to: '203.0.113.9:53/udp', length: 1500 }).verdict).toBe('forwarded')
  })

  it('vanish without a word at the other end of a veth that is smaller', () => {
    const outcome = trace(router('', 1300), { length: 1500 })
    expect(outcome).toMatchObject({ verdict: 'dropped', reason: 'too-big', connection: 'timeout', answer: undefined })
    expect(stalls(outcome)).toBe(true)
  })

  it('are refused by an IPIP tunnel whose outer packet does not fit', () => {
    const files = {
      ...router(),
      'ip-addr.txt': `${router()['ip-addr.txt']}${link(5, 'tunl1', 1500, 'ipip remote 192.0.2.2 local 192.0.2.1 ttl inherit')}`,
      'ip-route.txt': `${router()['ip-route.txt']}203.0.113.0/24 dev tunl1 scope link\n`,
    }
    const outcome = trace(files, { length: 1390 })
    expect(outcome).toMatchObject({ verdict: 'rejected', reason: 'too-big', connection: 'connects', packet: { length: 1390 } })
    expect(outcome.steps.at(-1)?.text).toContain("become 1410 inside tunl1, and do not fit eth0's MTU of 1400")
  })
})
