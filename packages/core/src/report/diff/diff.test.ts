import { expect, test } from 'vitest'
import { bundle, type Machine } from '../../datapath/testing/machines.ts'
import { compareEvidence } from '../../diagnose/comparison.ts'
import { readDocuments } from '../../intake/documents.ts'
import { readOwners } from '../../netfilter/owners/book.ts'
import { createWhose } from '../explain/whose.ts'
import { PLAIN } from '../style.ts'
import { diffJson } from './json.ts'
import { diffMarkdown } from './markdown.ts'
import { diffText } from './text.ts'

const { book } = readOwners({
  builtin: { id: 'kernel', name: 'the kernel', rewritten: false, change: '', persists: '' },
  administrator: { id: 'administrator', name: 'the administrator', rewritten: false, change: '', persists: '' },
  owners: [
    {
      id: 'docker',
      name: 'Docker',
      rewritten: true,
      change: '',
      persists: '',
      chains: [{ match: 'DOCKER-USER', purpose: 'For the administrator.' }],
    },
  ],
})
const HOST: Machine = {
  devices: 'eth0 192.0.2.1/24\nbr0 bridge 10.1.0.1/24\nv1@h/p1:eth0 master=br0',
  routes: 'default via 192.0.2.254 dev eth0',
  iptables:
    '*filter\n:FORWARD ACCEPT [0:0]\n:DOCKER-USER - [0:0]\n-A FORWARD -j DOCKER-USER\n-A FORWARD -i br0 -j ACCEPT\nCOMMIT\n*nat\n:POSTROUTING ACCEPT [0:0]\n-A POSTROUTING -s 10.1.0.0/24 -j MASQUERADE\nCOMMIT',
  sysctl: 'net.ipv4.ip_forward = 1',
}
const POD: Machine = { devices: 'eth0@h:v1 10.1.0.2/24', routes: 'default via 10.1.0.1 dev eth0', ss: 'tcp LISTEN 0 9 *:80 *:*' }
const story = (host: Partial<Machine> = {}) => readDocuments(bundle({ h: { ...HOST, ...host }, 'h/p1': POD }))
const before = story()
const after = story({
  iptables: HOST.iptables?.replace('COMMIT', '-A DOCKER-USER -p tcp -m comment --comment "\u202eevil" -j DROP\nCOMMIT') ?? '',
  routes: 'default via 192.0.2.253 dev eth0',
})
const comparison = compareEvidence(before, after, book)
const options = {
  style: PLAIN,
  whose: { before: createWhose(before, book), after: createWhose(after, book) },
  administrator: 'administrator',
  whole: false,
}

test('a comparison as text: what changed and whose it is, where it stands, and the flows that fare otherwise', () => {
  expect(['', ...diffText(comparison, options)].join('\n')).toBe(`
h: 1 rule added, 1 route changed
  + rule 1 of chain DOCKER-USER, table filter of iptables (Docker)
      + -A DOCKER-USER -p tcp -m comment --comment "\\u{202e}evil" -j DROP  hosts/h/iptables-nft-save.txt:6
  ~ route of table main: next hop 192.0.2.254%eth0*1 → 192.0.2.253%eth0*1
      - default via 192.0.2.254 dev eth0  hosts/h/ip-route.txt:1
      + default via 192.0.2.253 dev eth0  hosts/h/ip-route.txt:1

2 of 6 flows fare otherwise:
WORKED, FAILS (timeout)  rule 1 in chain DOCKER-USER of table filter on host h (Docker) drops it  (2 flows)
  hosts/h/iptables-nft-save.txt:6  -A DOCKER-USER -p tcp -m comment --comment "\\u{202e}evil" -j DROP
  netns/h/p1 → outside:443/tcp
  outside, coming in at h → netns/h/p1:80/tcp
  see it:  culprit trace … --from netns/h/p1 --to 198.51.100.7:443/tcp`)
})

test('as Markdown: nothing of the evidence is taken for markup', () => {
  const text = [...diffMarkdown(comparison, options)].join('\n')
  expect(text).toContain('| added | rule 1 of chain DOCKER-USER, table filter of iptables (Docker) |')
  expect(text).toContain('-A DOCKER-USER -p tcp -m comment --comment "\\\\u\\{202e\\}evil" -j DROP')
  expect(text).toContain('worked, fails')
})

test('as JSON: each change with both sides, each flow with the step that decides', () => {
  expect(diffJson(comparison, options.whose)).toMatchObject({
    schema: 'culprit.diff/v1',
    changed: true,
    changes: [
      {
        kind: 'rule',
        change: 'added',
        host: 'h',
        at: { backend: 'iptables', family: 'ip', table: 'filter', chain: 'DOCKER-USER' },
        before: null,
        after: { rule: 1, evidence: { file: 'hosts/h/iptables-nft-save.txt', line: 6 } },
        owner: { id: 'docker' },
      },
      { kind: 'route', change: 'changed', fields: [{ field: 'next hop', before: '192.0.2.254%eth0*1', after: '192.0.2.253%eth0*1' }] },
    ],
    flows: {
      compared: 6,
      changed: 2,
      groups: [
        {
          kind: 'stops',
          before: 'works',
          after: 'timeout',
          count: 2,
          step: { chain: 'DOCKER-USER', rule: 1 },
          flows: [{ from: 'netns/h/p1', to: 'outside:443/tcp' }, {}],
        },
      ],
    },
    notCompared: [],
  })
})

test('where nothing is otherwise, that is said', () => {
  const same = compareEvidence(before, story(), book)
  expect([...diffText(same, options)]).toEqual(['Nothing changed that matters to a packet.'])
})

test('a chain that came as a whole is told once, with its rules; -v tells each', () => {
  const came =
    HOST.iptables?.replace(':DOCKER-USER - [0:0]', ':DOCKER-USER - [0:0]\n:WEB - [0:0]\n-A WEB -p tcp -j RETURN\n-A WEB -j DROP') ?? ''
  const compared = compareEvidence(before, story({ iptables: came }), book, { flows: false })
  expect(['', ...diffText(compared, options)].join('\n')).toBe(`
h: 1 chain added, 2 rules added
  + chain WEB, table filter of iptables, with 2 rules  hosts/h/iptables-nft-save.txt:4
      + -A WEB -p tcp -j RETURN  hosts/h/iptables-nft-save.txt:5
      + -A WEB -j DROP  hosts/h/iptables-nft-save.txt:6
`)
  expect([...diffText(compared, { ...options, whole: true })].filter((line) => line.startsWith('  +'))).toHaveLength(3)
})
