import { expect, test } from 'vitest'
import { readDocuments } from '../../intake/documents.ts'
import { readOwners } from '../../netfilter/owners/book.ts'
import { explainRuleset } from './explain.ts'
import type { ChainExplanation, Explanation } from './explanation.ts'
import { explanationText, whose } from './text.ts'
import { createWhose } from './whose.ts'

const owner = (id: string, name: string, rest: object): object => ({
  id,
  name,
  rewritten: true,
  persists: 'p',
  change: `change ${id}`,
  ...rest,
})
const { book, problems } = readOwners({
  owners: [
    owner('docker', 'Docker', {
      tables: [{ match: 'docker-bridges', purpose: 'Docker native.' }],
      chains: [
        { match: 'DOCKER-USER', purpose: 'Yours.', rewritten: false, change: 'here' },
        { match: 'DOCKER', purpose: 'Published ports.', subject: 'container' },
        { match: 'filter-forward-in__(?<bridge>.+)', table: 'docker-bridges', purpose: 'Into {bridge}.', subject: 'network' },
      ],
      rules: [
        {
          chain: 'FORWARD',
          match: '-i (?<bridge><docker-bridge>) ! -o <docker-bridge> -j ACCEPT',
          purpose: 'Out of {bridge}.',
          subject: 'network',
        },
      ],
    }),
    owner('kube-proxy', 'kube-proxy', {
      chains: [
        { match: 'KUBE-SERVICES|KUBE-MARK-MASQ', purpose: 'Services.' },
        { match: 'KUBE-SVC-(?<hash>.+)', purpose: 'Picks an endpoint.', subject: 'service' },
        { match: 'KUBE-SEP-.+', purpose: 'An endpoint.', subject: 'endpoint' },
      ],
    }),
    owner('calico', 'Calico', {
      chains: [
        { match: 'cali-tw-(?<interface>.+)', purpose: 'To a workload.', subject: 'interface' },
        { match: 'cali-pi-(?<policy>.+)', purpose: 'A policy.', subject: 'policy' },
      ],
    }),
    owner('cni', 'portmap', { chains: [{ match: 'CNI-DN-(?<id>.+)', purpose: 'hostPorts.', subject: 'hostport' }] }),
    owner('f2b', 'fail2ban', { sets: [{ match: 'f2b-(?<jail>.+)', purpose: 'Bans of {jail}.', subject: 'named' }] }),
  ],
  builtin: owner('kernel', 'the kernel', { rewritten: false }),
  administrator: owner('administrator', 'the administrator', { rewritten: false }),
})

const SAVE = `*filter
:INPUT ACCEPT [0:0]
:FORWARD DROP [0:0]
:DOCKER - [0:0]
:DOCKER-USER - [0:0]
:cali-tw-cali0123456789a - [0:0]
:cali-pi-_hash - [0:0]
:mine - [0:0]
-A FORWARD -j DOCKER-USER
-A FORWARD -i lan0 ! -o lan0 -j ACCEPT
-A FORWARD -i eth7 -j mine
-A DOCKER -d 172.20.0.2/32 ! -i lan0 -o lan0 -p tcp -m tcp --dport 80 -j ACCEPT
-A cali-tw-cali0123456789a -m comment --comment "cali:abc" -m comment --comment "Policy default/web ingress" -j cali-pi-_hash
-A mine -s 10.0.0.0/8 -p udp -m udp --dport 53 -j DROP
COMMIT
*nat
:PREROUTING ACCEPT [0:0]
:KUBE-SERVICES - [0:0]
:KUBE-MARK-MASQ - [0:0]
:KUBE-SVC-NPX46M4PTMTKRN6Y - [0:0]
:KUBE-SEP-VVQKYEDT3SCSTWM3 - [0:0]
:CNI-DN-fc2f8fdeef03661f52c7b - [0:0]
-A PREROUTING -j KUBE-SERVICES
-A PREROUTING -p tcp -m comment --comment "dnat name: \\"cbr0\\" id: \\"0e54411d5aec1b8005bd\\"" -m multiport --dports 18081 -j CNI-DN-fc2f8fdeef03661f52c7b
-A KUBE-SERVICES -d 10.96.0.1/32 -p tcp -m comment --comment "default/kubernetes:https cluster IP" -m tcp --dport 443 -j KUBE-SVC-NPX46M4PTMTKRN6Y
-A KUBE-SVC-NPX46M4PTMTKRN6Y -j KUBE-SEP-VVQKYEDT3SCSTWM3
-A KUBE-SEP-VVQKYEDT3SCSTWM3 -s 10.244.1.5/32 -j KUBE-MARK-MASQ
-A KUBE-SEP-VVQKYEDT3SCSTWM3 -p tcp -m tcp -j DNAT --to-destination 10.244.1.5:6443
COMMIT
`
const INSPECT = JSON.stringify([
  {
    Id: 'a'.repeat(64),
    Name: '/web',
    State: { Status: 'running', Running: true },
    HostConfig: { NetworkMode: 'front' },
    Config: {},
    NetworkSettings: { Networks: { front: { IPAddress: '172.20.0.2', NetworkID: 'b'.repeat(64) } } },
  },
])
const NETWORK = JSON.stringify([
  {
    Name: 'front',
    Id: 'b'.repeat(64),
    Driver: 'bridge',
    Scope: 'local',
    Options: { 'com.docker.network.bridge.name': 'lan0' },
    IPAM: { Config: [{ Subnet: '172.20.0.0/16' }] },
    Containers: {},
  },
])
const POD = JSON.stringify({
  apiVersion: 'v1',
  kind: 'List',
  items: [
    { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'api', namespace: 'kube-system' }, spec: {}, status: { podIP: '10.244.1.5' } },
    { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'db', namespace: 'shop' }, spec: {}, status: { podIP: '10.244.1.9' } },
  ],
})
const documents = readDocuments([
  { path: 'hosts/h/iptables-save.txt', text: SAVE },
  { path: 'hosts/h/docker/inspect.json', text: INSPECT },
  { path: 'hosts/h/docker/network.json', text: NETWORK },
  { path: 'hosts/h/ip-route.txt', text: '10.244.1.9 dev cali0123456789a scope link \n' },
  { path: 'hosts/h/ipset-save.txt', text: 'create f2b-sshd hash:ip family inet\n' },
  { path: 'cluster/pods.json', text: POD },
])
const explanation = explainRuleset(documents, book)
const chain = (name: string, from: Explanation = explanation): ChainExplanation => {
  const found = from.rulesets.flatMap(({ tables }) => tables.flatMap(({ chains }) => chains)).find((candidate) => candidate.name === name)
  if (!found) throw new Error(`no chain ${name}`)
  return found
}

test('the book of this test is sound', () => expect(problems).toEqual([]))

test.each([
  ['FORWARD', 'the kernel'],
  ['DOCKER', 'Docker'],
  ['DOCKER-USER', 'Docker'],
  ['mine', 'the administrator'],
  ['cali-tw-cali0123456789a', 'Calico, for pod shop/db'],
  ['cali-pi-_hash', 'Calico, for policy default/web'],
  ['KUBE-SERVICES', 'kube-proxy'],
  ['KUBE-SVC-NPX46M4PTMTKRN6Y', 'kube-proxy, for service default/kubernetes:https'],
  ['KUBE-SEP-VVQKYEDT3SCSTWM3', 'kube-proxy, for endpoint 10.244.1.5:6443 (pod kube-system/api) of service default/kubernetes:https'],
  ['CNI-DN-fc2f8fdeef03661f52c7b', 'portmap, for sandbox 0e54411d5aec in network cbr0'],
])('chain %s belongs to %s', (name, expected) => {
  expect(whose(chain(name))).toBe(expected)
})

test.each([
  ['a jump belongs to whom it jumps to', 'FORWARD', 1, 'Docker'],
  [
    'a rule in a built-in chain is known by its text, with the bridge names that the evidence has',
    'FORWARD',
    2,
    'Docker, for Docker network front',
  ],
  ['a jump to a chain of nobody known is the administrator’s', 'FORWARD', 3, 'the administrator'],
  ['a published port names the container', 'DOCKER', 1, 'Docker, for container web'],
  ['a Service is named by the comment', 'KUBE-SERVICES', 1, 'kube-proxy, for service default/kubernetes:https'],
])('%s', (_, name, number, expected) => {
  const rule = chain(name).rules[number - 1]
  expect(rule && whose(rule)).toBe(expected)
})

test.each([
  ['mine', 1, 'Where the packet is UDP, comes from 10.0.0.0/8 and goes to port 53, this rule drops it.'],
  ['FORWARD', 1, 'This rule sends it through chain DOCKER-USER, whatever the packet.'],
  [
    'DOCKER',
    1,
    'Where the packet is TCP, goes to 172.20.0.2 (container web), does not come in by lan0 (Docker network front), goes out by lan0 (Docker network front) and goes to port 80, this rule accepts it.',
  ],
  ['KUBE-SEP-VVQKYEDT3SCSTWM3', 2, 'Where the packet is TCP, this rule rewrites the destination to 10.244.1.5:6443 (pod kube-system/api).'],
])('rule %s %i in plain words', (name, number, expected) => {
  expect(chain(name).rules[number - 1]?.sentence).toBe(expected)
})

test('a chain of nobody known says where it is jumped to from', () => {
  expect(chain('mine').purpose).toBe('A chain of no known program, jumped to from FORWARD.')
  expect(chain('mine').calledFrom).toMatchObject([{ chain: 'FORWARD', rule: 3, source: { file: 'hosts/h/iptables-save.txt', line: 11 } }])
})

test('what an owner writes again is told from what is left alone', () => {
  expect([chain('DOCKER').rewritten, chain('DOCKER-USER').rewritten, chain('DOCKER-USER').change]).toEqual([true, false, 'here'])
})

test('a Service chain without comments is named by its hash', () => {
  const bare = SAVE.replace(/ -m comment --comment "[^"]*cluster IP"/, '')
  const service = JSON.stringify({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'kubernetes', namespace: 'default' },
    spec: { clusterIP: '10.96.0.1', ports: [{ name: 'https', port: 443, protocol: 'TCP' }] },
  })
  const read = readDocuments([
    { path: 'hosts/h/iptables-save.txt', text: bare },
    { path: 'cluster/services.json', text: service },
  ])
  expect(whose(chain('KUBE-SVC-NPX46M4PTMTKRN6Y', explainRuleset(read, book)))).toBe('kube-proxy, for service default/kubernetes:https')
})

test('sets have owners', () => {
  const sets = explanation.rulesets.flatMap((ruleset) => ruleset.sets)
  expect(sets.map((set) => [set.name, whose(set), set.purpose])).toEqual([['f2b-sshd', 'fail2ban, for jail sshd', 'Bans of sshd.']])
})

test('a filter picks a chain and a rule', () => {
  const picked = explainRuleset(documents, book, { table: 'filter', chain: 'FORWARD', rule: 3 })
  expect(picked.rulesets).toHaveLength(1)
  expect(chain('FORWARD', picked).rules.map((rule) => rule.rule)).toEqual([3])
  expect(explainRuleset(documents, book, { chain: 'nowhere' }).rulesets).toEqual([])
  expect(explainRuleset(documents, book, { table: 'ip6 filter' }).rulesets).toEqual([])
})

test('native tables: chains by table, verdict maps as jumps', () => {
  const text = `table ip docker-bridges {
	map jumps {
		type ifname : verdict
		elements = { "lan0" : jump filter-forward-in__lan0 }
	}

	chain filter-FORWARD {
		type filter hook forward priority filter; policy accept;
		oifname vmap @jumps
	}

	chain filter-forward-in__lan0 {
		iifname "lan0" counter packets 0 bytes 0 accept
	}
}
`
  const native = explainRuleset(
    readDocuments([
      { path: 'hosts/h/nft.txt', text },
      { path: 'hosts/h/docker/network.json', text: NETWORK },
    ]),
    book,
  )
  expect(whose(chain('filter-forward-in__lan0', native))).toBe('Docker, for Docker network front')
  expect(chain('filter-forward-in__lan0', native).calledFrom).toMatchObject([{ chain: 'filter-FORWARD', rule: 1 }])
  expect(chain('filter-FORWARD', native).purpose).toBe('Docker native.')
  expect(chain('filter-forward-in__lan0', native).rules[0]?.sentence).toBe(
    'Where the packet comes in by lan0 (Docker network front), this rule accepts it.',
  )
})

test('the text quotes each rule with file and line, and says once where to change what is rewritten', () => {
  const lines = explanationText(explanation)
  expect(lines).toContain('    1  -A mine -s 10.0.0.0/8 -p udp -m udp --dport 53 -j DROP  hosts/h/iptables-save.txt:14')
  expect(lines.filter((line) => line === '  Docker: p. Change instead: change docker.')).toHaveLength(1)
})

test('a step of a trace is told by its owner', () => {
  const of = createWhose(documents, book)
  const step = { kind: 'rule', host: 'h', netns: '', hook: 'FORWARD', table: 'filter', text: '', family: 'ip' } as const
  const evidence = { file: 'hosts/h/iptables-save.txt', line: 12 }
  expect(of({ ...step, chain: 'DOCKER', rule: 1, evidence })).toBe('Docker, for container web')
  expect(of({ ...step, chain: 'mine', rule: 1, evidence })).toBeUndefined()
  expect(of({ ...step, text: 'no rule' })).toBeUndefined()
})
