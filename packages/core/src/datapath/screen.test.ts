import { describe, expect, it } from 'vitest'
import { alterPacket, type Packet } from '../net/packet.ts'
import { readRuleLine } from '../netfilter/iptables/read-rule.ts'
import { Screen, screened } from './screen.ts'

const SYN: Packet = {
  family: 'ip',
  src: 0xc0000207,
  dst: 0xac1e0001,
  protocol: 6,
  sport: 40000,
  dport: 80,
  flags: 2,
  icmpType: -1,
  icmpCode: -1,
  ttl: 64,
  tos: 0,
  length: 40,
  dontFragment: true,
  mark: 0,
  priority: 0,
  packetType: 'host',
}

/** 192.0.2.7:40000 to 172.30.0.1:80, by tcp. */
const CASES: readonly (readonly [rule: string, passes: boolean, asksMore: boolean])[] = [
  ['-j ACCEPT', true, false],
  ['-d 172.30.0.1/32 -p tcp -m comment --comment web -m tcp --dport 80 -j KUBE-SVC-A', true, false],
  ['-d 172.30.0.2/32 -p tcp -m tcp --dport 80 -j KUBE-SVC-B', false, false],
  ['-d 172.30.0.1/32 -p tcp -m tcp --dport 81 -j KUBE-SVC-C', false, false],
  ['-p udp -m udp --dport 80 -j ACCEPT', false, false],
  ['! -p udp -j ACCEPT', true, false],
  ['! -s 192.0.2.0/24 -j KUBE-MARK-MASQ', false, false],
  ['! -s 10.0.0.0/8 -d 172.16.0.0/255.240.0.255 -j ACCEPT', false, false],
  ['! -d 172.16.0.0/255.240.0.255 -j ACCEPT', true, false],
  ['-p tcp -m tcp ! --sport 1:1023 --dport 65:65535 -j ACCEPT', true, false],
  ['-p tcp -m tcp ! --dport 80 -j ACCEPT', false, false],
  ['-p tcp -m tcp --dport 80 --tcp-flags SYN,ACK ACK -j ACCEPT', true, true],
  ['-i eth0 -p tcp -j ACCEPT', true, true],
  ['-m statistic --mode random --probability 0.5 -j ACCEPT', true, true],
  ['-m what --ever -j ACCEPT', true, true],
]

describe('rows of what rules ask', () => {
  for (const [text, passes, asksMore] of CASES)
    it(`${text}: ${passes ? 'may match' : 'cannot match'}${asksMore ? ', and asks more' : ''}`, () => {
      const screen = new Screen()
      const row = screen.add([readRuleLine('-A X -j DROP', 'filter', 'ip'), readRuleLine(`-A X ${text}`, 'filter', 'ip')]) + 1
      expect([screen.passes(row, SYN), screen.asksMore(row)]).toEqual([passes, asksMore])
    })

  it('holds an IPv6 rule by its protocol and ports, and leaves its addresses to be asked', () => {
    const rule = readRuleLine('-A X -d fd00::1/128 -p tcp -m tcp --dport 443 -j ACCEPT', 'filter', 'ip6')
    const screen = new Screen()
    const row = screen.add([rule])
    const packet = alterPacket(SYN, { family: 'ip6', src: 1n, dst: 2n })
    expect([screen.passes(row, packet), screen.passes(row, alterPacket(packet, { dport: 443 }))]).toEqual([false, true])
    expect(screen.asksMore(row)).toBe(true)
    expect(screened(rule).ports?.kind).toBe('tcp')
  })

  it('grows with the rules', () => {
    const screen = new Screen()
    const rules = Array.from({ length: 500 }, (_, i) => readRuleLine(`-A X -p tcp -m tcp --dport ${i} -j ACCEPT`, 'filter', 'ip'))
    expect([screen.add(rules), screen.add(rules)]).toEqual([0, 500])
    expect(rules.map((_, i) => screen.passes(500 + i, SYN)).filter(Boolean)).toEqual([true])
  })
})
