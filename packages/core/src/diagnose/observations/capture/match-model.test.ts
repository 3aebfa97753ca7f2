import { expect, test } from 'vitest'
import { createEngine } from '../../../datapath/engine.ts'
import { readDocuments } from '../../../intake/documents.ts'
import { observedPartings } from '../../partings.ts'
import { matchToModel } from './match-model.ts'
import { packetsSeen } from './observations.ts'

/** A published port on a host with a VPN; `ip route` shows the main table only, so that the model does not know of the VPN's. */
const up = 'BROADCAST,MULTICAST,UP,LOWER_UP'
const HOST = {
  'ip-addr.txt': `1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 state UNKNOWN
    inet 127.0.0.1/8 scope host lo
2: eth0: <${up}> mtu 1500 state UP
    inet 192.0.2.1/24 scope global eth0
3: docker0: <${up}> mtu 1500 state UP
    inet 172.17.0.1/16 scope global docker0
4: tailscale0: <POINTOPOINT,UP,LOWER_UP> mtu 1280 state UNKNOWN
    inet 100.64.0.1/32 scope global tailscale0
5: veth1@if2: <${up}> mtu 1500 master docker0 state UP
`,
  'ip-route.txt': `default via 192.0.2.254 dev eth0
172.17.0.0/16 dev docker0 proto kernel scope link src 172.17.0.1
192.0.2.0/24 dev eth0 proto kernel scope link src 192.0.2.1
`,
  'ip-rule.txt': '0: from all lookup local\n32766: from all lookup main\n32767: from all lookup default\n',
  'sysctl.txt': 'net.ipv4.ip_forward = 1\nnet.ipv4.conf.all.rp_filter = 0\n',
}
const RULES = (
  forward: string,
  nat = '-A PREROUTING -d 192.0.2.1/32 -p tcp -m tcp --dport 9000 -j DNAT --to-destination 172.17.0.2:80',
) => `*filter
:INPUT ACCEPT [0:0]
:FORWARD ${forward} [0:0]
:OUTPUT ACCEPT [0:0]
COMMIT
*nat
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
${nat}
COMMIT
`
const ARP =
  '10:00:00.0 eth0  B   ARP, Request who-has 192.0.2.1 tell 198.51.100.7, length 28\n10:00:00.1 eth0  Out ARP, Reply 192.0.2.1 is-at 02:00:00:00:00:01, length 28\n'
const IN = '10:00:01.000001 eth0  In  IP 198.51.100.7.4000 > 192.0.2.1.9000: Flags [S], seq 77, win 64240, length 0\n'
const out = (device: string, target: string) =>
  `10:00:01.000020 ${device} Out IP 198.51.100.7.4000 > ${target}: Flags [S], seq 77, win 64240, length 0\n`

function seenAndTraced(capture: string, rules: string) {
  const files = { ...HOST, 'iptables-save.txt': rules, 'captures/any.txt': ARP + capture }
  const documents = readDocuments(Object.entries(files).map(([name, text]) => ({ path: `hosts/h/${name}`, text })))
  const traced = createEngine(documents).trace({ from: 'outside', host: 'h', iif: 'eth0', src: '198.51.100.7', to: '192.0.2.1:9000/tcp' })
  if (!('outcomes' in traced)) throw new Error('not traced')
  const seen = packetsSeen(documents).filter(({ sighting }) => sighting === 'syn-unanswered')
  expect(seen).toHaveLength(1)
  return { seen, outcomes: traced.outcomes }
}

function partings(capture: string, rules: string): readonly string[] {
  const { seen, outcomes } = seenAndTraced(capture, rules)
  return seen.flatMap((one) => matchToModel(one, outcomes)).map(({ kind, text }) => `${kind} ${text.replace(/^.*?\/tcp: /, '')}`)
}

test.each([
  ['what the model says was seen', IN + out('docker0', '172.17.0.2.80'), RULES('ACCEPT'), []],
  [
    'another route than the captured ones took it',
    IN + out('tailscale0', '172.17.0.2.80'),
    RULES('ACCEPT'),
    [
      'device the model sends it out by docker0 (172.17.0.0/16 dev docker0 proto kernel scope link src 172.17.0.1), and it went out by tailscale0',
    ],
  ],
  ['a policy that drops, and it does', IN, RULES('DROP'), []],
  [
    'a policy that drops, and the packet went on',
    IN + out('docker0', '172.17.0.2.80'),
    RULES('DROP'),
    ['passed the model ends it at the policy of filter FORWARD, and it went out by docker0'],
  ],
  [
    'nothing in the evidence drops it, and it never left',
    IN,
    RULES('ACCEPT'),
    ['lost the model sends it out by docker0, and it never left by any device'],
  ],
  [
    'translated to another container than the rules say',
    IN + out('docker0', '172.17.0.9.80'),
    RULES('ACCEPT'),
    ['translation the model sends it to 172.17.0.2:80, and it went to 172.17.0.9:80 on docker0'],
  ],
  [
    'the model knows no translation, and delivers it to the host itself',
    IN + out('docker0', '172.17.0.2.80'),
    RULES('ACCEPT', ''),
    ['device the model delivers it here, and it went out by docker0'],
  ],
  [
    'another connection',
    '10:00:01.0 eth0  In  IP 198.51.100.7.4000 > 192.0.2.1.22: Flags [S], seq 77, win 64240, length 0\n',
    RULES('ACCEPT'),
    [],
  ],
])('%s', (_story, capture, rules, expected) => {
  expect(partings(capture, rules)).toEqual(expected)
})

test('a parting is an observation of its own', () => {
  const { seen, outcomes } = seenAndTraced(IN + out('tailscale0', '172.17.0.2.80'), RULES('ACCEPT'))
  const symptom = { observation: undefined, request: { from: 'outside', to: '192.0.2.1:9000/tcp' }, result: 'timeout' as const, outcomes }
  const numbered = seen.map((one) => ({ ...one, id: 'o1' }))
  expect(observedPartings(numbered, [symptom, symptom], 2)).toMatchObject([
    { id: 'o2', kind: 'packet', sighting: 'wrong-interface', interfaces: [{ device: 'eth0' }, { device: 'tailscale0' }] },
  ])
})
