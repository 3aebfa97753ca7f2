import { describe, expect, test } from 'vitest'
import { createEngine } from '../../datapath/engine.ts'
import { bundle } from '../../datapath/testing/machines.ts'
import { readDocuments } from '../../intake/documents.ts'
import { applyChanges } from './apply.ts'
import type { Change } from './change.ts'

const host = { host: 'h', netns: '' }
const filter = { ...host, family: 'ip', table: 'filter' }

/** h forwards from p1 behind br0 to the world behind eth0, and everything is in the way. */
const documents = readDocuments(
  bundle({
    h: {
      devices: 'eth0 192.0.2.1/24\nbr0 bridge 10.1.0.1/24\nv1@h/p1:eth0 master=br0\ntun0 10.9.0.1/24',
      routes: 'default via 192.0.2.254 dev eth0\n198.51.100.0/24 dev tun0 table 52\nblackhole 203.0.113.0/24',
      rules: '0:\tfrom all lookup local\n100:\tfrom all lookup 52\n32766:\tfrom all lookup main\n32767:\tfrom all lookup default',
      iptables: '*filter\n:FORWARD DROP [0:0]\n-A FORWARD -i br0 -p tcp -m tcp --dport 80 -j ACCEPT\n-A FORWARD -p udp -j DROP\nCOMMIT',
      nft: 'table inet guard {\nchain forward {\ntype filter hook forward priority 10; policy accept;\ntcp dport 81 drop\n}\n}',
      sysctl: 'net.ipv4.ip_forward = 1',
    },
    'h/p1': { devices: 'eth0@h:v1 10.1.0.2/24', routes: 'default via 10.1.0.1 dev eth0' },
  }),
)

function goes(to: string, ...changes: Change[]): string {
  const applied = applyChanges(documents, changes)
  expect(applied.missed).toEqual([])
  const result = createEngine(applied.documents).trace({ from: 'netns/h/p1', to }, { reply: false })
  if ('kind' in result) throw new Error(result.text)
  const [outcome] = result.outcomes
  return `${outcome?.verdict} ${outcome?.reason} ${outcome?.at.interface}`
}

describe('a change made on the model shows in the next trace', () => {
  const table: [string, string, Change[], string][] = [
    ['nothing changed', '192.0.2.9:443', [], 'dropped policy eth0'],
    ['policy', '192.0.2.9:443', [{ kind: 'policy', at: { ...filter, chain: 'FORWARD' }, policy: 'ACCEPT' }], 'forwarded delivered eth0'],
    ['rule removed', '192.0.2.9:80', [{ kind: 'rule-removed', at: { ...filter, chain: 'FORWARD', rule: 1 } }], 'dropped policy eth0'],
    [
      'rule added in front',
      '192.0.2.9:53/udp',
      [{ kind: 'rule-added', at: { ...filter, chain: 'FORWARD' }, position: 1, text: '-A FORWARD -p udp --dport 53 -j ACCEPT' }],
      'forwarded delivered eth0',
    ],
    [
      'rule added behind',
      '192.0.2.9:53/udp',
      [{ kind: 'rule-added', at: { ...filter, chain: 'FORWARD' }, text: '-A FORWARD -p udp --dport 53 -j ACCEPT' }],
      'dropped rule eth0',
    ],
    [
      'nft rule replaced',
      '192.0.2.9:80',
      [{ kind: 'rule-replaced', at: { ...host, family: 'inet', table: 'guard', chain: 'forward', rule: 1 }, text: 'tcp dport 80 drop' }],
      'dropped rule eth0',
    ],
    ['sysctl', '192.0.2.9:80', [{ kind: 'sysctl', at: host, name: 'net.ipv4.ip_forward', value: '0' }], 'dropped forwarding-off br0'],
    ['routing rule', '198.51.100.7:80', [], 'forwarded delivered tun0'],
    [
      'routing rule removed',
      '198.51.100.7:80',
      [{ kind: 'routing-rule-added', at: host, family: 'ip', text: '50: from all to 198.51.100.0/24 lookup main' }],
      'forwarded delivered eth0',
    ],
    [
      'route added beside a blackhole',
      '203.0.113.9:80',
      [{ kind: 'route-added', at: host, text: '203.0.113.9 via 192.0.2.254 dev eth0' }],
      'forwarded delivered eth0',
    ],
    // The pod's end has no carrier then: nobody answers its ARP, and connect(2) ends with EHOSTUNREACH after three seconds.
    ['link down', '192.0.2.9:80', [{ kind: 'link', at: host, device: 'v1', set: { up: false } }], 'dropped no-neighbour eth0'],
  ]
  test.each(table)('%s: %s', (_, to, changes, expected) => expect(goes(to, ...changes)).toBe(expected))
})

test('what a change does not touch is the same object, and what is not there is missed', () => {
  const { documents: next, missed } = applyChanges(documents, [
    { kind: 'sysctl', at: host, name: 'net.ipv4.ip_forward', value: '0' },
    { kind: 'rule-removed', at: { ...filter, chain: 'FORWARD', rule: 9 } },
  ])
  expect(missed).toEqual([1])
  expect(next.filter((document, i) => document !== documents[i]).map(({ content }) => content.kind)).toEqual(['sysctl'])
})
