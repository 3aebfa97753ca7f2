import { describe, expect, test } from 'vitest'
import { createEngine } from '../../datapath/engine.ts'
import { readDocuments } from '../../intake/documents.ts'
import { assembleScene } from '../assemble.ts'
import { numbered } from '../gather.ts'
import { observe } from '../observations/observe.ts'
import { traceSymptoms } from '../symptoms.ts'
import { SEEN_FLOW } from './seen-flow.ts'
import { SEEN_WAY } from './seen-way.ts'

/** What both families suspect, as `CAUSE OBJECT LIKELIHOOD`. */
function suspected(files: Readonly<Record<string, string>>) {
  const documents = readDocuments(Object.entries(files).map(([path, text]) => ({ path: `hosts/h/${path}`, text })))
  const engine = createEngine(documents)
  const observations = numbered(observe(documents))
  const scene = assembleScene({
    documents,
    engine,
    observations,
    ...traceSymptoms(engine, undefined, observations),
    ownership: () => undefined,
  })
  return [...SEEN_WAY.suspects(scene), ...SEEN_FLOW.suspects(scene)]
}
const causes = (files: Readonly<Record<string, string>>) => suspected(files).map(({ cause, where }) => `${cause}: ${where.object}`)

const packet = (rule: string, out = 'eth1') =>
  `[ 10.000001] TRACE: ${rule} IN=eth0 OUT=${out} MAC=02:00:00:00:00:01:02:00:00:00:00:02:08:00 SRC=198.51.100.7 DST=10.1.0.2 LEN=60 TOS=0x00 PREC=0x00 TTL=63 ID=7 DF PROTO=TCP SPT=40000 DPT=80 SEQ=1 ACK=0 WINDOW=64240 RES=0x00 SYN URGP=0\n`
const RULES = (forward: string, policy = 'ACCEPT') => `*filter
:INPUT ACCEPT [0:0]
:FORWARD ${policy} [0:0]
:OUTPUT ACCEPT [0:0]
:DOCKER-USER - [0:0]
-A FORWARD -j DOCKER-USER
${forward}
COMMIT
`

describe('a packet that the kernel itself traced', () => {
  test('is refused by the rule that its last line names', () => {
    const files = {
      'kernel.log': packet('filter:FORWARD:rule:1') + packet('filter:FORWARD:rule:2'),
      'iptables-legacy-save.txt': RULES('-A FORWARD -p tcp -m tcp --dport 80 -j DROP'),
    }
    const [only] = suspected(files)
    expect(only).toMatchObject({
      cause: 'filter.forward-rule',
      likelihood: 0.95,
      where: { host: 'h', object: 'rule 2 of chain FORWARD (table filter)' },
      without: [{ kind: 'rule-removed', at: { chain: 'FORWARD', rule: 2 } }],
      explains: ['o1'],
    })
  })

  test('by a rule of an administrator for Docker, by a policy', () => {
    const rules = RULES('-A DOCKER-USER -p tcp -m tcp --dport 80 -j DROP', 'DROP')
    const user = packet('filter:FORWARD:rule:1') + packet('filter:DOCKER-USER:rule:1')
    expect(causes({ 'kernel.log': user, 'iptables-legacy-save.txt': rules })).toEqual([
      'filter.docker-user: rule 1 of chain DOCKER-USER (table filter)',
    ])
    const policy = packet('filter:FORWARD:rule:1') + packet('filter:FORWARD:policy:2')
    expect(causes({ 'kernel.log': policy, 'iptables-legacy-save.txt': rules })).toEqual([
      'filter.forward-policy: policy of chain FORWARD (table filter)',
    ])
  })

  test('near miss: it went through', () => {
    const files = {
      'kernel.log': packet('filter:FORWARD:rule:1') + packet('filter:FORWARD:policy:2') + packet('nat:POSTROUTING:policy:1'),
      'iptables-legacy-save.txt': RULES(''),
    }
    expect(causes(files)).toEqual([])
  })
})

test('what a LOG rule writes of a scanner is hardly a cause where nothing fails', () => {
  const line = packet('x').replace('TRACE: x', 'dropped: ')
  const files = {
    'kernel.log': line,
    'iptables-save.txt': RULES('-A FORWARD -p tcp -j LOG --log-prefix "dropped: "\n-A FORWARD -p tcp -j DROP'),
  }
  const [only] = suspected(files)
  expect(only?.cause).toBe('filter.forward-rule')
  expect(only?.likelihood).toBeLessThan(0.5)
})

const at = (second: number) => `10:00:0${second}.000001 eth0 `
const SYN = `${at(1)}Out IP 192.0.2.1.40000 > 198.51.100.7.80: Flags [S], seq 77, win 64240, length 0\n`
const arp = (what: string, second = 1) => `${at(second)}${what}, length 28\n`

describe('what a capture proves by itself', () => {
  test.each([
    [
      'nobody answers for the next hop',
      [1, 2, 3].map((s) => arp('Out ARP, Request who-has 192.0.2.254 tell 192.0.2.1', s)).join(''),
      ['host.neighbour: address 192.0.2.254'],
    ],
    [
      'near miss: somebody does',
      arp('Out ARP, Request who-has 192.0.2.254 tell 192.0.2.1', 1) + arp('In  ARP, Reply 192.0.2.254 is-at 02:00:00:00:00:09', 2),
      [],
    ],
    [
      'the target resets',
      `${SYN}${at(2)}In  IP 198.51.100.7.80 > 192.0.2.1.40000: Flags [R.], seq 0, ack 78, win 0, length 0\n`,
      ['app.not-listening: port 198.51.100.7:80'],
    ],
    [
      'a firewall says that it is prohibited',
      `${SYN}${at(2)}In  IP 192.0.2.254 > 192.0.2.1: ICMP host 198.51.100.7 unreachable - admin prohibited filter, length 68\n`,
      ['filter.forward-rule: a rule that refuses 198.51.100.7:80, on 192.0.2.254'],
    ],
    [
      'near miss: the connection is made',
      `${SYN}${at(2)}In  IP 198.51.100.7.80 > 192.0.2.1.40000: Flags [S.], seq 9, ack 78, win 64240, length 0
${at(3)}Out IP 192.0.2.1.40000 > 198.51.100.7.80: Flags [.], ack 10, win 64240, length 0\n`,
      [],
    ],
  ])('%s', (_, capture, expected) => {
    expect(causes({ 'captures/any.txt': capture })).toEqual(expected)
  })
})
