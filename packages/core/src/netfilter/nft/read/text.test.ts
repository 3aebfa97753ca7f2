import { describe, expect, it } from 'vitest'
import type { NftRuleset } from '../ast.ts'
import { printNft } from '../print.ts'
import { readNftText } from './text.ts'

const read = (text: string) => readNftText(text, 'nft.txt')
const chain = (ruleset: NftRuleset, name: string) => ruleset.tables[0]?.chains.find((each) => each.name === name)

const LISTED = `table inet filter {
	comment "made by hand"
	counter hits {
		comment "of the web"
		packets 3 bytes 180
	}

	quota monthly {
		over 25 mbytes used 1 kbytes
	}

	ct helper sip-5060u {
		type "sip" protocol udp
		l3proto ip
	}

	set blocked {
		type ipv4_addr . inet_service
		flags interval,timeout
		timeout 1h
		elements = { 10.0.0.0/8 . 80-90 timeout 2h expires 1h59m comment "a, b }",
			     192.0.2.1-192.0.2.9 . 22 expires 5m }
	}

	set seen {
		type ipv4_addr
		size 65535	# count 2
		flags dynamic
		counter
		elements = { 192.0.2.1 counter packets 1 bytes 84,
			     192.0.2.2 counter packets 0 bytes 0 }
	}

	map services {
		typeof ip daddr . meta l4proto . th dport : verdict
		elements = { 172.30.0.41 . tcp . 80 : goto service-ns1/svc1/tcp/http__10.180.0.1/80,
			     * : drop }
	}

	map dn {
		type inet_service : interval ipv4_addr . inet_service
		flags interval
		elements = { 80-90 : 192.0.2.1-192.0.2.3 . 8080 }
	}

	flowtable fast {
		hook ingress priority filter + 10
		devices = { "eth0", "eth1" }
		counter
	}

	chain service-ns1/svc1/tcp/http__10.180.0.1/80 {
	}

	chain input {
		comment "first"
		type filter hook input priority filter - 5; policy drop;
		ct state vmap { invalid : drop, established : accept, new : jump service-ns1/svc1/tcp/http__10.180.0.1/80 }
		tcp flags & (fin | syn | rst | ack) != syn counter packets 0 bytes 0 drop comment "not a \\start"
		tcp flags syn / fin,syn,rst,ack limit rate over 10/second burst 5 packets log prefix "scan: " level debug flags tcp sequence,options flags skuid drop
		tcp flags == syn meta mark set (meta mark | 0x00000010) << 8
		ct status ! dnat iifname != "cni*" fib daddr . iif type != { local, broadcast } reject with icmpx admin-prohibited
		ip6 daddr fe80::/64 icmpv6 type { nd-router-solicit, nd-neighbor-advert } accept
		meta l4proto { tcp, udp } th dport 53 jump {
			ip saddr 127.0.0.0/8 accept
			drop
		}
		update @seen { ip saddr timeout 1m counter }
		@th,16,16 0x35 ct count over 20 queue flags bypass,fanout to 4-5
		tcp option maxseg size set rt mtu
		meta l4proto tcp dnat ip to 10.180.0.1:80 random,persistent
		dnat ip to numgen random mod 2 map { 0 : 10.0.0.1, 1 : 10.0.0.2 }
		dnat ip6 to [2001:db8::1]-[2001:db8::9]:80-90
		snat ip prefix to ip saddr map { 10.141.11.0/24 : 192.168.2.0/24 }
		redirect to :tcp dport map { 22 : 8000, 80 : 8080 }
		ip daddr . tcp dport vmap { 10.0.0.0/24 . 1-1024 : accept, * : continue }
		counter name ip saddr map { 1.1.1.1 : "hits", 2.2.2.2 : "hits" }
		udp dport 5060 ct helper set "sip-5060u"
		meta priority set bcad:dada tcp dport 80-90 notrack
		flow add @fast
		xt target "MARK"
	}

	chain nat {
		type nat hook postrouting priority srcnat; policy accept;
		masquerade to :1024-2048 fully-random
	}
}
table ip6 empty {
}
`

describe('nft list ruleset', () => {
  it('prints back byte for byte', () => {
    const ruleset = read(LISTED)
    expect(ruleset.notes).toEqual([])
    expect(printNft(ruleset)).toBe(LISTED)
  })

  it('knows handles, numbers and lines', () => {
    const ruleset = read(
      'table ip t { # handle 4\n\tchain c { # handle 1\n\t\t# a comment\n\t\tdrop # handle 5\n\t\taccept # handle 6\n\t}\n}\n',
    )
    expect(ruleset.tables[0]).toMatchObject({ handle: 4, line: 1 })
    expect(chain(ruleset, 'c')).toMatchObject({
      handle: 1,
      rules: [
        { number: 1, handle: 5, line: 4, text: 'drop' },
        { number: 2, handle: 6, line: 5, text: 'accept' },
      ],
    })
  })

  it('gives an implicit chain a name and its rules', () => {
    const ruleset = read('table ip t {\n\tchain c {\n\t\ttcp dport 53 jump {\n\t\t\tdrop\n\t\t}\n\t}\n}\n')
    expect(chain(ruleset, '__chain0')).toMatchObject({ implicit: true, rules: [{ text: 'drop', line: 4 }] })
    expect(chain(ruleset, 'c')?.rules[0]?.text).toBe('tcp dport 53 jump { drop }')
  })

  it('keeps the spelling of a translated iptables rule, and means the same', () => {
    const text = 'table ip t {\n\tchain c {\n\t\tmeta mark set mark or 0x4000\n\t\treject with icmp type host-prohibited\n\t}\n}\n'
    const ruleset = read(text)
    expect(printNft(ruleset)).toBe(text)
    expect(chain(ruleset, 'c')?.rules[0]?.statements[0]).toMatchObject({ kind: 'mangle', value: { kind: 'binary', op: '|' } })
  })
})

describe('files for nft -f', () => {
  it('follows commands, defines and flushes', () => {
    const ruleset = read(`#!/usr/sbin/nft -f
table ip gone { chain c { drop; } }
flush ruleset
define web = { 80, 443 }
define net = 10.0.0.0/8
add table ip t { comment "x" ; }
add chain ip t c { type filter hook input priority -110 ; policy drop; }
add set ip t s { type ipv4_addr ; comment "addresses" ; }
add element ip t s { 192.0.2.1, \\
  192.0.2.2 }
add rule ip t c tcp dport $web ip saddr $net accept comment "web"
insert rule ip t c iif lo accept
`)
    expect(ruleset.notes).toEqual([])
    expect(ruleset.tables.map(({ name }) => name)).toEqual(['t'])
    expect(ruleset.tables[0]?.sets[0]).toMatchObject({
      comment: 'addresses',
      elements: [{ key: { text: '192.0.2.1' } }, { key: { text: '192.0.2.2' } }],
    })
    expect(chain(ruleset, 'c')).toMatchObject({
      base: { priority: -110, policy: 'drop' },
      rules: [
        { number: 1, text: 'iif lo accept' },
        { number: 2, text: 'tcp dport { 80, 443 } ip saddr 10.0.0.0/8 accept comment "web"' },
      ],
    })
  })
})

describe('text that is not understood', () => {
  it('costs its own statement, which stays as it was', () => {
    const text = 'table ip t {\n\tchain c {\n\t\ttcp dport 22 frobnicate wildly { 1, 2 } comment "why"\n\t\tdrop\n\t}\n}\n'
    const ruleset = read(text)
    expect(chain(ruleset, 'c')?.rules).toMatchObject([
      { opaque: ['frobnicate wildly { 1, 2 }'], comment: 'why' },
      { text: 'drop', opaque: [] },
    ])
    expect(ruleset.notes).toMatchObject([{ kind: 'not-understood', source: { line: 3 } }])
    expect(printNft(ruleset)).toBe(text)
  })

  it.each([
    ['a brace that is not closed', 'table ip t {\n\tchain a {\n\t\ttcp dport { 22, 80 drop\n\t}\n\n\tchain b {\n\t\taccept\n\t}\n}\n'],
    ['an unknown block', 'table ip t {\n\tgadget g {\n\t\tfoo bar\n\t}\n\n\tchain b {\n\t\taccept\n\t}\n}\n'],
    ['a chain that is cut off by the next', 'table ip t {\n\tchain a {\n\t\tdrop\n\tchain b {\n\t\taccept\n\t}\n}\n'],
    [
      'a set with a broken line',
      'table ip t {\n\tset s {\n\t\ttype ipv4_addr\n\t\twhatever 7\n\t\telements = { 1.2.3.4, }\n\t}\n\n\tchain b {\n\t\taccept\n\t}\n}\n',
    ],
  ])('%s leaves the rest', (_, text) => {
    const ruleset = read(text)
    expect(ruleset.notes.length).toBeGreaterThan(0)
    expect(chain(ruleset, 'b')?.rules).toMatchObject([{ text: 'accept' }])
  })

  it('marks a set whose elements were cut off as incomplete', () => {
    const set = read('table ip t {\n\tset s {\n\t\ttype ipv4_addr\n\t\telements = { 1.2.3.4, 5.6').tables[0]?.sets[0]
    expect(set?.complete).toBe(false)
  })
})
