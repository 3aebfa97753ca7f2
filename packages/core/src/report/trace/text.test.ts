import { describe, expect, test } from 'vitest'
import type { Outcome, Step, TraceResult } from '../../datapath/trace.ts'
import { parseAddress } from '../../net/address.ts'
import type { Packet } from '../../net/packet.ts'
import { judgeResult } from './judge.ts'
import { PLAIN_TEXT } from './options.ts'
import { traceText } from './text.ts'

const address = (text: string) => parseAddress(text) ?? 0
const packet = (src: string, dst: string, dport = 80): Packet => ({
  family: 'ip',
  src: address(src),
  dst: address(dst),
  protocol: 6,
  sport: 40000,
  dport,
  flags: 2,
  icmpType: -1,
  icmpCode: -1,
  ttl: 64,
  tos: 0,
  length: 60,
  dontFragment: true,
  mark: 0,
  priority: 0,
  packetType: 'host',
})
const step = (more: Partial<Step>): Step => ({ kind: 'rule', host: 'h', netns: '', hook: '', text: '', ...more })
const sent = packet('10.42.0.2', '10.43.0.10')
const translated = packet('10.42.0.2', '10.42.0.5', 8080)

const way: readonly Step[] = [
  step({
    kind: 'route',
    netns: 'p1',
    text: 'default via 10.42.0.1 dev eth0',
    route: { type: 'unicast', dev: 'eth0', via: '10.42.0.1', table: 'main' },
  }),
  step({ hook: 'PREROUTING', table: 'nat', chain: 'PREROUTING', rule: 1, text: '-A PREROUTING -j KUBE-SERVICES', effect: 'JUMP' }),
  step({
    hook: 'PREROUTING',
    table: 'nat',
    chain: 'KUBE-SERVICES',
    rule: 7,
    text: '-A KUBE-SERVICES -d 10.43.0.10/32 -j KUBE-SVC-X',
    effect: 'JUMP',
  }),
  step({ hook: 'PREROUTING', table: 'nat', chain: 'KUBE-SVC-X', rule: 1, text: '-A KUBE-SVC-X -j KUBE-SEP-X', effect: 'JUMP' }),
  step({
    hook: 'PREROUTING',
    table: 'nat',
    chain: 'KUBE-SEP-X',
    rule: 2,
    text: '-A KUBE-SEP-X -j DNAT --to-destination 10.42.0.5:8080',
    effect: 'DNAT',
    packet: translated,
  }),
  step({ kind: 'route', text: '10.42.0.0/24 dev cni0', route: { type: 'unicast', dev: 'cni0', table: 'main' } }),
]
const dropped = step({
  kind: 'policy',
  hook: 'FORWARD',
  table: 'filter',
  chain: 'FORWARD',
  text: ':FORWARD DROP [0:0]',
  effect: 'DROP',
  evidence: { file: 'hosts/h/iptables-save.txt', line: 9 },
})

const outcome = (more: Partial<Outcome>): Outcome => ({
  probability: 1,
  verdict: 'delivered',
  reason: 'delivered',
  connection: 'connects',
  at: { host: 'h', netns: 'p2', interface: 'eth0' },
  sent,
  packet: translated,
  steps: way,
  decidedBy: null,
  missing: [],
  assumptions: [],
  reply: null,
  ...more,
})
const result = (...outcomes: Outcome[]): TraceResult => ({
  schema: 'culprit.trace/v1',
  request: { from: 'netns/h/p1', to: '10.43.0.10:80' },
  outcomes,
})
const drop = outcome({
  verdict: 'dropped',
  reason: 'policy',
  connection: 'timeout',
  at: { host: 'h', netns: '', interface: 'cni0' },
  steps: [...way, dropped],
  decidedBy: 6,
})
const answer = outcome({
  packet: packet('10.43.0.10', '10.42.0.2'),
  sent: packet('10.42.0.5', '10.42.0.2'),
  steps: [],
  at: { host: 'h', netns: 'p1', interface: 'eth0' },
})

describe('the report of one packet', () => {
  test('names the policy that dropped it, quotes it with file and line, and marks what changed on the way', () => {
    expect(
      traceText(result(drop), PLAIN_TEXT),
    ).toBe(`DROPPED  No rule in chain FORWARD of table filter on host h lets it through, and the chain's policy is DROP. The sender hears nothing and times out.
tcp 10.42.0.2:40000 → 10.43.0.10:80, from netns/h/p1 to 10.43.0.10:80

namespace p1 on host h
  route                     via 10.42.0.1 out by eth0
host h
  PREROUTING  nat     DNAT  dst 10.43.0.10:80 → 10.42.0.5:8080  PREROUTING 1 › KUBE-SERVICES 7 › KUBE-SVC-X 1 › KUBE-SEP-X 2
  route                     out by cni0
  FORWARD     filter  DROP  policy of FORWARD  ◄

Decided by  hosts/h/iptables-save.txt:9
  policy of FORWARD: DROP
`)
  })

  test('one line in minimal', () => {
    expect(traceText(result(drop), { ...PLAIN_TEXT, detail: 'minimal' })).toBe(
      'tcp 10.42.0.2:40000 → 10.43.0.10:80 | dst 10.43.0.10:80 → 10.42.0.5:8080 | dropped (policy) in policy of FORWARD of filter on h | timeout\n',
    )
  })

  test('full shows every rule with file and line', () => {
    const text = traceText(result(drop), { ...PLAIN_TEXT, detail: 'full' })
    expect(text).toContain('-A KUBE-SERVICES -d 10.43.0.10/32 -j KUBE-SVC-X')
    expect(text).toContain('hosts/h/iptables-save.txt:9')
  })

  test('a delivered packet whose answer is lost is headed by the answer', () => {
    const lost = { ...answer, verdict: 'dropped' as const, reason: 'no-route' as const, at: { host: 'h', netns: 'p2', interface: '' } }
    const text = traceText(result(outcome({ connection: 'timeout', reply: lost })), PLAIN_TEXT)
    expect(text).toMatch(
      /^ANSWER LOST {2}The packet for 10\.43\.0\.10:80 reaches 10\.42\.0\.5:8080 in namespace p2 on host h \(sent there by rule 2 of chain KUBE-SEP-X\), but the answer does not come back: namespace p2 on host h has no route to 10\.42\.0\.2\. The sender hears nothing/,
    )
    expect(text).toContain("The answer's way")
  })

  test('an answer that arrives is told in a line', () => {
    const text = traceText(result(outcome({ reply: answer })), PLAIN_TEXT)
    expect(text).toMatch(
      /^DELIVERED {2}The packet for 10\.43\.0\.10:80 reaches 10\.42\.0\.5:8080 in namespace p2 on host h \(sent there by rule 2 of chain KUBE-SEP-X\)\. The sender connects\.\n/,
    )
    expect(text).toContain('The answer\n  comes back to namespace p1 on host h')
  })

  test('missing evidence is named with the command that would settle it', () => {
    const open = outcome({
      verdict: 'unknown',
      reason: 'missing-evidence',
      connection: 'unknown',
      missing: [{ evidence: 'hosts/h/ipset-save.txt', why: 'rule 3 asks for set BLOCK, which is not in the evidence' }],
    })
    const text = traceText(result(open), PLAIN_TEXT)
    expect(text).toMatch(/^NOT SETTLED {2}/)
    expect(text).toContain('settle it on h:  ipset save > ipset-save.txt')
  })

  test('text from the evidence cannot send the terminal a command', () => {
    const evil: Step = { ...dropped, kind: 'rule', rule: 3, text: '-A X -m comment --comment "\u001b[2J\u202e"', chain: 'X\u001b[31m' }
    const text = traceText(result({ ...drop, steps: [...way, evil] }), PLAIN_TEXT)
    for (const c of ['\u001b', '\u202e']) expect(text).not.toContain(c)
    expect(text).toContain('\\x1b[2J\\u{202e}')
  })
})

describe('several ends', () => {
  test('ends by chance that all work are one story', () => {
    const other = outcome({
      probability: 0.5,
      packet: packet('10.42.0.2', '10.42.0.6', 8080),
      at: { host: 'h', netns: 'p3', interface: 'eth0' },
    })
    const text = traceText(result(outcome({ probability: 0.5 }), other), PLAIN_TEXT)
    expect(text).toContain(
      'Ends\n   50 %  reaches 10.42.0.5:8080 in namespace p2 on host h\n   50 %  reaches 10.42.0.6:8080 in namespace p3 on host h',
    )
  })

  test('the faulty end comes first, with its share', () => {
    const text = traceText(result(outcome({ probability: 0.75 }), { ...drop, probability: 0.25 }), PLAIN_TEXT)
    expect(text).toMatch(/^IT DEPENDS {2}A rule picks at random: 25 % dropped, 75 % delivered\.\n/)
    expect(text.indexOf('In 25 % of the attempts')).toBeLessThan(text.indexOf('In 75 % of the attempts'))
  })

  test.each([
    ['all fine', [outcome({})], 'fine'],
    ['a faulty way by chance is a fault', [outcome({ probability: 0.5 }), { ...drop, probability: 0.5 }], 'fault'],
    ['a way that missing evidence leaves open is not', [outcome({ probability: null }), { ...drop, probability: null }], 'unknown'],
    [
      'all open ways faulty is a fault',
      [
        { ...drop, probability: null },
        { ...drop, probability: null },
      ],
      'fault',
    ],
    ['no way at all is unknown', [], 'unknown'],
  ] as const)('%s', (_, outcomes, judgement) => {
    expect(judgeResult(result(...outcomes))).toBe(judgement)
  })
})
