import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { readDocuments } from '../../../intake/documents.ts'
import type { Logged } from '../observation.ts'
import { faultOfWay } from './fault.ts'
import { observationsOfKernelLogs } from './observations.ts'

/** Five connections on one host, traced by each back end's own means: to a published port, to SSH, to telnet, out, and to an unpublished port. */
const read = (name: string): string => readFileSync(new URL(`testdata/${name}`, import.meta.url), 'utf8')
const observe = (log: string, rules: Readonly<Record<string, string>>): readonly Logged[] =>
  observationsOfKernelLogs(
    readDocuments([
      { path: 'hosts/h/logs/trace.txt', text: log },
      ...Object.entries(rules).map(([name, text]) => ({ path: `hosts/h/${name}`, text })),
    ]),
  )
const brief = ({ way = [] }: Logged): string =>
  way.map(({ table, chain, rule, verdict }) => `${table} ${chain}${rule ? ` ${rule}` : ''} ${verdict}`).join(', ')
const fault = (logged: Logged): string => {
  const found = faultOfWay(logged)
  return found
    ? `${found.host} ${found.object}${found.rule ? ` ${found.rule.rule}: ${found.rule.text} (line ${found.rule.source?.line})` : ''}`
    : ''
}

const PUBLISHED = (first: string, [user, isolation, docker]: readonly [number, number, number]) =>
  `${first}nat PREROUTING 1 JUMP, nat DOCKER 2 DNAT, filter FORWARD ${user} JUMP, filter DOCKER-USER 1 RETURN, filter FORWARD ${isolation} JUMP, filter DOCKER-ISOLATION-STAGE-1 2 RETURN, filter FORWARD ${docker} JUMP, filter DOCKER 1 ACCEPT, nat POSTROUTING ACCEPT`

const LEGACY = { 'iptables-legacy-save.txt': read('legacy-iptables-save.txt') }
const BACKENDS = [
  {
    name: 'TRACE lines of the kernel, by number',
    log: read('legacy-kernel-log-TRACE.txt'),
    rules: LEGACY,
    published: PUBLISHED('raw PREROUTING ACCEPT, ', [2, 3, 5]),
    telnet: 'h chain INPUT 1: -A INPUT -p tcp -m tcp --dport 23 -j REJECT --reject-with icmp-host-prohibited (line 18)',
  },
  {
    name: 'xtables-monitor, by the rule’s text',
    log: read('xtables-monitor-trace.txt'),
    rules: { 'iptables-save.txt': read('nft-backend-iptables-save.txt') },
    published: PUBLISHED('raw PREROUTING 1 TRACE, raw PREROUTING ACCEPT, ', [1, 2, 4]),
    telnet: 'h chain INPUT 1: -A INPUT -p tcp -m tcp --dport 23 -j REJECT --reject-with icmp-host-prohibited (line 17)',
  },
  {
    name: 'nft monitor trace, by handle',
    log: read('nft-monitor-trace.txt'),
    rules: { 'nft.txt': read('nft-backend-nft-a-list-ruleset.txt') },
    published: PUBLISHED('raw PREROUTING 1 CONTINUE, raw PREROUTING ACCEPT, ', [1, 2, 4]),
    telnet: 'h chain INPUT 1: tcp dport 23 counter packets 1 bytes 60 reject with icmp type host-prohibited (line 54)',
  },
]

test.each(BACKENDS)('$name: the way of each packet and the rule that refused it', ({ log, rules, published, telnet }) => {
  const found = observe(log, rules).filter(({ way }) => way && way.length > 2)
  const to = (dport: number) => found.find(({ flow, way }) => flow?.dport === dport && way?.[0]?.chain === 'PREROUTING') as Logged
  expect(brief(to(8080))).toBe(published)
  expect([8080, 22, 443].map((port) => fault(to(port)))).toEqual(['', '', ''])
  expect(fault(to(23))).toBe(telnet)
  expect(fault(to(81))).toBe('h policy of chain FORWARD')
  expect(to(81).text).toContain('dropped by the policy DROP of filter FORWARD')
})

test('without a ruleset a monitor’s own words tell what it can, and the kernel’s lines do not guess', () => {
  const nft = observe(read('nft-monitor-trace.txt'), {}).map(fault)
  expect(nft.filter(Boolean)).toEqual([
    'h chain INPUT (tcp dport 23 counter packets 0 bytes 0 reject with icmp type host-prohibited)',
    'h policy of chain FORWARD',
  ])
  expect(observe(read('legacy-kernel-log-TRACE.txt'), {}).map(fault).filter(Boolean)).toEqual([])
})

const LINE =
  'IN=eth0 OUT= MAC=02:42:ac:11:00:02:02:42:ac:11:00:01:08:00 SRC=198.51.100.7 DST=192.0.2.5 LEN=60 TOS=0x00 PREC=0x00 TTL=63 ID=1 DF PROTO=TCP SPT=4000 DPT=5432 WINDOW=64240 RES=0x00 SYN URGP=0'
const SAVE = (rules: string) =>
  `*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:deny - [0:0]\n${rules}\nCOMMIT\n`

test.each([
  [
    'the rule behind it drops the same packets',
    '-A INPUT -p tcp --dport 5432 -j LOG --log-prefix "NO: "\n-A INPUT -p tcp --dport 5432 -j DROP',
    'h chain INPUT 2',
  ],
  [
    'logging is limited, dropping is not',
    '-A deny -m limit --limit 3/min --limit-burst 10 -j LOG --log-prefix "NO: "\n-A deny -j DROP',
    'h chain deny 2',
  ],
  ['the rule behind it is about others', '-A INPUT -j LOG --log-prefix "NO: "\n-A INPUT -p udp -j DROP', ''],
  [
    'two rules write the same',
    '-A INPUT -j LOG --log-prefix "NO: "\n-A INPUT -j DROP\n-A deny -j LOG --log-prefix "NO: "\n-A deny -j DROP',
    '',
  ],
  [
    'of two rules only one can have seen the packet',
    '-A INPUT -j LOG --log-prefix "NO: "\n-A INPUT -j DROP\n-A FORWARD -j LOG --log-prefix "NO: "\n-A FORWARD -j DROP',
    'h chain INPUT 2',
  ],
])('a LOG line: %s', (_story, rules, expected) => {
  const log = `[ 1.0] NO: ${LINE}\n[ 2.0] NO: ${LINE}\n[ 3.0] something else\n`
  const [logged, ...more] = observe(log, { 'iptables-save.txt': SAVE(rules) })
  expect(more).toEqual([])
  expect(logged?.text).toMatch(/^NO: 198\.51\.100\.7:4000 -> 192\.0\.2\.5:5432\/tcp, in by eth0 \(2 times\)/)
  expect(logged && fault(logged).split(':')[0]).toBe(expected)
})

test('lines of two packets that come mixed, and a packet that routing did not take', () => {
  const trace = (id: number, step: string, out = '') =>
    `[ 1.0] TRACE: ${step} ${LINE.replace('ID=1 ', `ID=${id} `).replace('OUT=', `OUT=${out}`)}`
  const log = [
    trace(7, 'raw:PREROUTING:policy:1'),
    trace(8, 'raw:PREROUTING:policy:1'),
    trace(7, 'filter:FORWARD:policy:1', 'docker0'),
    trace(9, 'raw:PREROUTING:policy:1'),
    trace(8, 'filter:FORWARD:policy:1', 'docker0'),
  ].join('\n')
  const found = observe(log, {})
  expect(found.map(({ text }) => text.split(': ')[1] ?? '')).toEqual([
    'last seen at the policy of filter FORWARD',
    'last seen at the policy of raw PREROUTING, and no hook behind it',
  ])
  expect(found[0]?.text).toContain('(2 packets)')
})
