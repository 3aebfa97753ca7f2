import { expect, test } from 'vitest'
import { readIpRule } from './rule.ts'

/** Lines of `ip rule` and the objects of `ip -j rule`, from one kernel. */
const PAIRS = [
  ['0:\tfrom all lookup local', '{"priority":0,"src":"all","table":"local"}'],
  ['10:\tfrom all iif d0 lookup 100', '{"priority":10,"src":"all","iif":"d0","table":"100"}'],
  ['11:\tfrom all oif gone0 [detached] lookup 101', '{"priority":11,"src":"all","oif":"gone0","oif_detached":null,"table":"101"}'],
  ['12:\tfrom all fwmark 0x1 lookup 102', '{"priority":12,"src":"all","fwmark":"0x1","table":"102"}'],
  ['13:\tfrom all fwmark 0x10/0xf0 lookup 103', '{"priority":13,"src":"all","fwmark":"0x10","fwmask":"0xf0","table":"103"}'],
  [
    '14:\tnot from all fwmark 0x2 lookup main suppress_prefixlength 0',
    '{"priority":14,"not":null,"src":"all","fwmark":"0x2","table":"main","suppress_prefixlen":0}',
  ],
  ['15:\tfrom all ipproto udp dport 53 lookup 52', '{"priority":15,"src":"all","ipproto":"udp","dport":53,"table":"52"}'],
  [
    '16:\tfrom all ipproto tcp sport 1000-2000 dport 80-443 blackhole',
    '{"priority":16,"src":"all","ipproto":"tcp","sport_start":1000,"sport_end":2000,"dport_start":80,"dport_end":443,"action":"blackhole"}',
  ],
  ['17:\tfrom all uidrange 1000-2000 prohibit', '{"priority":17,"src":"all","uid_start":1000,"uid_end":2000,"action":"prohibit"}'],
  ['18:\tfrom all goto 30', '{"priority":18,"src":"all","goto":30}'],
  ['30:\tfrom all nop', '{"priority":30,"src":"all","nop":null}'],
  ['31:\tfrom all iif lo unreachable', '{"priority":31,"src":"all","iif":"lo","action":"unreachable"}'],
  ['32:\tfrom all lookup main suppress_ifgroup 7', '{"priority":32,"src":"all","table":"main","suppress_ifgroup":"7"}'],
  ['33:\tfrom all tos 0x10 lookup 5', '{"priority":33,"src":"all","tos":"0x10","table":"5"}'],
  ['34:\tfrom all ipproto gre lookup 5', '{"priority":34,"src":"all","ipproto":"gre","table":"5"}'],
  ['35:\tfrom all goto 99 [unresolved]', '{"priority":35,"src":"all","goto":99,"unresolved":null}'],
  ['37:\tfrom all lookup 3 proto static', '{"priority":37,"src":"all","table":"3","protocol":"static"}'],
  [
    '50:\tfrom 10.0.0.0/8 to 10.1.1.1 lookup 1 realms 3/4',
    '{"priority":50,"src":"10.0.0.0","srclen":8,"dst":"10.1.1.1","table":"1","flow_from":"3","flow_to":"4"}',
  ],
  ['51:\tnot from 10.0.0.5 lookup default', '{"priority":51,"not":null,"src":"10.0.0.5","table":"default"}'],
  ['1000:\tfrom all lookup [l3mdev-table]', '{"priority":1000,"src":"all","l3mdev":null}'],
  ['32766:\tfrom all lookup main', '{"priority":32766,"src":"all","table":"main"}'],
  ['32767:\tfrom all lookup default', '{"priority":32767,"src":"all","table":"default"}'],
] as const

const TEXT = PAIRS.map(([line]) => line).join('\n')
const bare = (text: string) => readIpRule(text, 'f').facts.map((rule) => ({ ...rule, source: 0, text: 0 }))

test.each(PAIRS)('text and JSON are read alike: %s', (text, json) => {
  expect(bare(text)).toEqual(bare(`[${json}]`))
  expect(bare(text)).toHaveLength(1)
  expect(readIpRule(text, 'f').notes).toEqual([])
})

test('the text of facts read from JSON is what ip prints, but for remarks', () => {
  const facts = readIpRule(`[${PAIRS.map(([, object]) => object).join(',')}]`, 'f').facts
  expect(bare(facts.map((rule) => rule.text).join('\n'))).toEqual(bare(TEXT))
})

test('selectors', () => {
  const [mark, not] = readIpRule(
    '13: from all fwmark 0x10/0xf0 lookup 103\n50: not from 10.0.0.0/8 to 10.1.1.1 tos EF ipproto ipv6-icmp dport 80-443 lookup 1',
    'f',
  ).facts
  expect(mark).toMatchObject({ priority: 13, mark: { value: 16, mask: 240 }, from: undefined, action: { kind: 'lookup', table: '103' } })
  expect(not).toMatchObject({
    inverted: true,
    from: { address: 0x0a000000, length: 8 },
    to: { address: 0x0a010101, length: 32 },
    tos: 0xb8,
    protocol: 58,
    destinationPorts: { first: 80, last: 443 },
  })
  expect(readIpRule('12: from all fwmark 0x1 lookup 102', 'f').facts[0]?.mark).toEqual({ value: 1, mask: 0xffffffff })
})

const families = (text: string, file = 'ip-rule.txt', family?: 'ip' | 'ip6') =>
  readIpRule(text, file, family).facts.map((rule) => rule.family)
const IP6 = '0:\tfrom all lookup local\n32766:\tfrom all lookup main\n'
const IP = `${IP6}32767:\tfrom all lookup default\n`

test('the family', () => {
  expect(families(IP)).toEqual(['ip', 'ip', 'ip'])
  expect(families(IP6)).toEqual(['ip6', 'ip6'])
  expect(readIpRule(IP6, 'f').notes).toMatchObject([{ kind: 'assumed' }])
  expect(families(IP6, 'f', 'ip')).toEqual(['ip', 'ip'])
  expect(families(IP + IP6)).toEqual(['ip', 'ip', 'ip', 'ip6', 'ip6'])
  expect(families('100: from fd00::/8 lookup 7\n')).toEqual(['ip6'])
  expect(families('100: from all lookup 7\n', 'ip-6-rule.txt')).toEqual(['ip6'])
  expect(families('100: from all lookup 7\n')).toEqual(['ip'])
})

test('a selector that is not understood makes the rule opaque, not wider', () => {
  const read = readIpRule('53: from all tun_id 7 lookup 8\n54: from all dport x lookup 9\n55: from all\ncommand not found\n', 'f')
  expect(read.facts).toMatchObject([{ priority: 53, opaque: ['tun_id 7'] }])
  expect(read.notes.map((note) => note.source.line).sort()).toEqual([1, 2, 3, 4])
  expect(readIpRule('[{"priority":53,"src":"all","tun_id":7,"table":"8"}]', 'f').facts).toMatchObject([{ opaque: ['tun_id 7'] }])
})
