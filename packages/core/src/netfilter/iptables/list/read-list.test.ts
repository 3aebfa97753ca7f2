import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readIptablesList, readIptablesLists } from './read-list.ts'

/** `TABLE CHAIN: RULE` for every rule that was found. */
const rules = (text: string): string[] =>
  readIptablesList(text, 'list.txt').tables.flatMap((table) =>
    [...table.chains.values()].flatMap((chain) => chain.rules.map((rule) => `${table.name} ${rule.text}`)),
  )

const docker = `
Chain FORWARD (policy DROP 12 packets, 800 bytes)
num   pkts bytes target     prot opt in     out     source               destination
1    1418K  198M DOCKER-USER  all  --  *      *       0.0.0.0/0            0.0.0.0/0
2        0     0 ACCEPT     all  --  *      docker0  0.0.0.0/0            0.0.0.0/0            ctstate RELATED,ESTABLISHED
3        7   420 DOCKER     6    --  !docker0 docker0  10.0.0.0/8           !10.1.0.0/16          tcp flags:0x17/0x02

Chain DOCKER-USER (1 references)
num   pkts bytes target     prot opt in     out     source               destination
1        0     0            all  -f  eth0   *       0.0.0.0/0            0.0.0.0/0
2        0     0 allow      all  --  *      *       0.0.0.0/0            0.0.0.0/0           [goto]  /* ours: "a" */
`

describe('a list with everything in it', () => {
  it('becomes the rules that iptables-save would print', () => {
    expect(rules(docker)).toEqual([
      'filter -A FORWARD -j DOCKER-USER',
      'filter -A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
      'filter -A FORWARD -s 10.0.0.0/8 ! -d 10.1.0.0/16 ! -i docker0 -o docker0 -p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -j DOCKER',
      'filter -A DOCKER-USER -i eth0 -f',
      'filter -A DOCKER-USER -m comment --comment "ours: \\"a\\"" -g allow',
    ])
  })

  it('keeps policies, references, counters in thousands, numbers and lines', () => {
    const ruleset = readIptablesList(docker, 'list.txt')
    const chains = ruleset.tables[0]?.chains
    expect(chains?.get('FORWARD')).toMatchObject({ policy: 'DROP', counters: { packets: 12, bytes: 800 }, line: 2 })
    expect(chains?.get('DOCKER-USER')).toMatchObject({ policy: undefined, references: 1 })
    expect(chains?.get('FORWARD')?.rules[0]).toMatchObject({ number: 1, line: 4, counters: { packets: 1_418_000, bytes: 198_000_000 } })
    expect(chains?.get('FORWARD')?.rules[0]).not.toHaveProperty('hidden')
    expect(ruleset).toMatchObject({ family: 'ip', complete: false, notes: [] })
  })
})

describe('what a list hides stays unknown', () => {
  it('interfaces, without -v', () => {
    const ruleset = readIptablesList(
      'Chain INPUT (policy ACCEPT)\ntarget     prot opt source               destination\nACCEPT     all  --  0.0.0.0/0            0.0.0.0/0\n',
      'f',
    )
    expect(ruleset.tables[0]?.chains.get('INPUT')?.rules).toMatchObject([{ text: '-A INPUT -j ACCEPT', hidden: ['interfaces'] }])
  })

  it('addresses behind names, without -n', () => {
    const text =
      'Chain INPUT (policy ACCEPT)\ntarget     prot opt source               destination\nDROP       tcp  --  web.example.org      anywhere             tcp dpt:https\n'
    expect(readIptablesList(text, 'f').tables[0]?.chains.get('INPUT')?.rules).toMatchObject([
      { opaque: ['-s web.example.org'], target: { kind: 'DROP' } },
    ])
  })

  it('how a REJECT answers, where its text is cut off', () => {
    const text =
      'Chain INPUT (policy ACCEPT)\ntarget     prot opt source               destination\nREJECT     all  --  0.0.0.0/0            0.0.0.0/0\n'
    expect(readIptablesList(text, 'f').tables[0]?.chains.get('INPUT')?.rules[0]?.hidden).toEqual(['interfaces', 'target-options'])
  })

  it('a text that no extension prints is kept, and the rest of the rule read', () => {
    const text =
      'Chain INPUT (policy ACCEPT)\ntarget     prot opt source               destination\nACCEPT     tcp  --  10.0.0.1             0.0.0.0/0            tcp dpt:22 moon phase full\n'
    const ruleset = readIptablesList(text, 'f')
    expect(ruleset.tables[0]?.chains.get('INPUT')?.rules).toMatchObject([
      { text: '-A INPUT -s 10.0.0.1/32 -p tcp -m tcp --dport 22 -j ACCEPT', opaque: ['moon phase full'] },
    ])
    expect(ruleset.notes).toMatchObject([{ kind: 'not-understood', raw: 'moon phase full', source: { file: 'f', line: 3 } }])
  })

  it('rules that were left out stand as rules that are not known', () => {
    const text = `Chain FORWARD (policy DROP)
num  target     prot opt source               destination
1    ACCEPT     all  --  0.0.0.0/0            0.0.0.0/0
2    *Docker rules*
13   ACCEPT     all  --  10.2.0.0/16          0.0.0.0/0
...
`
    const chain = readIptablesList(text, 'f').tables[0]?.chains.get('FORWARD')
    expect(chain?.rules.map(({ number, opaque }) => [number, ...opaque])).toEqual([
      [1],
      [2, '2    *Docker rules*'],
      [3, 'rules 3 to 12 are not shown'],
      [13],
      [14, '...'],
    ])
  })

  it('a row cut down to counters and target keeps those', () => {
    const text = 'Chain DOCKER (NAT table)\npkts bytes target     Description\n3    180   DNAT       web: dpt:80\n818K 116M  cali-FORWARD\n'
    const ruleset = readIptablesList(text, 'f')
    expect(ruleset.tables.map((table) => table.name)).toEqual(['nat'])
    expect(ruleset.tables[0]?.chains.get('DOCKER')?.rules).toMatchObject([
      { counters: { packets: 3, bytes: 180 }, opaque: ['web: dpt:80'], hidden: ['interfaces', 'matches', 'target-options'] },
      { counters: { packets: 818_000, bytes: 116_000_000 }, target: { kind: 'jump', chain: 'cali-FORWARD' } },
    ])
  })
})

describe('what pasting does to a list', () => {
  const rows = [
    'Chain INPUT (policy ACCEPT 0 packets, 0 bytes)',
    ' pkts bytes target     prot opt in     out     source               destination',
    '    0     0 LOG        tcp  --  *      *       0.0.0.0/0            0.0.0.0/0            multiport dports 80,443 limit: avg 5/min burst 10 LOG flags 0 level 4 prefix "web: "',
    '    0     0 DROP       all  --  *      *       10.20.30.40/30       0.0.0.0/0            /* the default of it */ match-set bad src',
  ]
  const expected = [
    'filter -A INPUT -p tcp -m multiport --dports 80,443 -m limit --limit 5/min --limit-burst 10 -j LOG --log-prefix "web: "',
    'filter -A INPUT -s 10.20.30.40/30 -m comment --comment "the default of it" -m set --match-set bad src -j DROP',
  ]
  const broken = (width: number) => rows.flatMap((row) => row.match(new RegExp(`.{1,${width}}`, 'g')) ?? [])

  it.each([60, 72, 79, 80, 81, 90, 100, 110, 120])('rows broken at column %i', (width) => {
    expect(rules(broken(width).join('\n'))).toEqual(expected)
  })

  it.each([
    ['blanks squeezed', rows.map((row) => row.replace(/ +/g, ' ').trim())],
    ['the header left out', rows.filter((row) => !row.includes('target '))],
    ['quoted in a mail', rows.map((row) => `> ${row}`)],
    ['emphasis', rows.map((row) => row.replace(/LOG {2}|DROP|INPUT/, '**$&**').replaceAll('10.20.30.40/30', '`$&`'))],
    ['remarks behind the rows', rows.map((row) => (/target|Chain/.test(row) ? row : `${row}   <-- this one`))],
    ['remarks between the rows', rows.flatMap((row) => (/target|Chain/.test(row) ? [row] : ['# this is the bad one', row, '']))],
    ['Windows line ends', rows.map((row) => `${row}\r`)],
    ['prose around', ['Here is what I see:', '', ...rows, '', 'Chain of events: it broke on Monday.']],
  ])('%s', (_, lines) => {
    expect(rules(lines.join('\n'))).toEqual(expected)
  })

  it('the empty opt column of ip6tables before 1.8.9', () => {
    const text =
      'Chain INPUT (policy ACCEPT)\ntarget     prot opt source               destination\nACCEPT     icmpv6    ::/0                 fe80::/64            ipv6-icmptype 134\n           udp      ::/0                 ::/0\n'
    expect(rules(text)).toEqual([
      'filter -A INPUT -d fe80::/64 -p ipv6-icmp -m icmp6 --icmpv6-type 134 -j ACCEPT',
      'filter -A INPUT -p udp',
    ])
  })
})

describe('which table a chain belongs to', () => {
  const chain = (name: string, ...targets: string[]) =>
    [
      `Chain ${name} (${/^[A-Z]+$/.test(name) && name !== 'DOCKER' ? 'policy ACCEPT' : '1 references'})`,
      'target     prot opt source               destination',
      ...targets.map((target) => `${target}     all  --  0.0.0.0/0            0.0.0.0/0`),
      '',
    ].join('\n')
  const tables = (text: string) =>
    Object.fromEntries(readIptablesList(text, 'f').tables.map((table) => [table.name, [...table.chains.keys()]]))

  it('as the command before it says', () => {
    expect(tables(`$ sudo iptables -t mangle -nL\n${chain('INPUT')}\n# iptables -nL\n${chain('OUTPUT')}`)).toEqual({
      mangle: ['INPUT'],
      filter: ['OUTPUT'],
    })
  })

  it('as a heading says', () => {
    expect(tables(`**nat table**\n\n${chain('INPUT')}\n### filter\n${chain('INPUT')}`)).toEqual({ nat: ['INPUT'], filter: ['INPUT'] })
  })

  it('by the built-in chains that stand together, table behind table', () => {
    const text = [
      ...['PREROUTING', 'OUTPUT'].map((name) => chain(name)),
      ...['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'].map((name) => chain(name)),
      ...['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING', 'DOCKER'].map((name) => chain(name, 'RETURN')),
      ...['INPUT', 'FORWARD', 'OUTPUT', 'DOCKER'].map((name) => chain(name, 'RETURN')),
    ].join('\n')
    expect(tables(text)).toEqual({
      raw: ['PREROUTING', 'OUTPUT'],
      mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
      nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING', 'DOCKER'],
      filter: ['INPUT', 'FORWARD', 'OUTPUT', 'DOCKER'],
    })
  })

  it('by its targets, and by who jumps to it; else filter, and a note says so', () => {
    expect(
      tables(
        `${chain('KUBE-SVC-1', 'KUBE-SEP-1')}\n${chain('POSTROUTING', 'MASQUERADE')}\n${chain('OUTPUT', 'KUBE-SVC-1')}\n$ iptables -t nat -L OUTPUT\n${chain('OUTPUT', 'KUBE-SVC-1')}`,
      ).nat,
    ).toContain('KUBE-SVC-1')
    const alone = readIptablesList(chain('MY-CHAIN', 'ACCEPT'), 'f')
    expect(alone.tables.map((table) => table.name)).toEqual(['filter'])
    expect(alone.notes).toMatchObject([{ kind: 'assumed' }])
  })

  it('families are kept apart', () => {
    const six =
      'ip6tables -nL\nChain INPUT (policy DROP)\ntarget     prot opt source               destination\nACCEPT     all      ::/0                 ::/0\n'
    expect(
      readIptablesLists(`${chain('INPUT', 'DROP')}\n${six}`, 'f').map(({ family, tables }) => [
        family,
        tables[0]?.chains.get('INPUT')?.policy,
      ]),
    ).toEqual([
      ['ip', 'ACCEPT'],
      ['ip6', 'DROP'],
    ])
  })
})

it('reads any text without an error', () => {
  const words = fc.constantFrom(
    'Chain INPUT (policy ACCEPT)\n',
    'target     prot opt source               destination\n',
    'ACCEPT',
    ' tcp ',
    '--',
    '0.0.0.0/0 ',
    '/* ',
    ' */',
    '"',
    '[goto]',
    'dpt:80 ',
    '\n',
    '...',
    '!',
    '*',
    '::/0 ',
    'to:',
    '0 ',
    '\t',
    '<-- ',
  )
  fc.assert(
    fc.property(fc.array(fc.oneof(words, fc.string()), { maxLength: 40 }), (parts) => {
      expect(readIptablesList(parts.join(''), 'f').kind).toBe('iptables')
    }),
    { numRuns: 300 },
  )
})
