import { describe, expect, it } from 'vitest'
import { printNft } from '../print.ts'
import { readNftJson } from './ruleset.ts'

const read = (items: readonly unknown[]) =>
  readNftJson(JSON.stringify({ nftables: [{ metainfo: { version: '1.1.3' } }, ...items] }), 'nft.json')
const of = { family: 'inet', table: 't' }
const rule = (...expr: readonly unknown[]) => ({ rule: { ...of, chain: 'c', handle: 7, expr } })
const payload = (protocol: string, field: string) => ({ payload: { protocol, field } })
const match = (left: unknown, right: unknown, op = '==') => ({ match: { op, left, right } })
const text = (...expr: readonly unknown[]) =>
  read([{ table: { family: 'inet', name: 't' } }, rule(...expr)]).tables[0]?.chains[0]?.rules[0]?.text

describe('nft -j list ruleset', () => {
  it.each<[string, readonly unknown[]]>([
    ['tcp dport { 22, 80-90 } accept', [match(payload('tcp', 'dport'), { set: [22, { range: [80, 90] }] }), { accept: null }]],
    ['iifname "eth*" drop', [match({ meta: { key: 'iifname' } }, 'eth*'), { drop: null }]],
    ['ct state established,related', [match({ ct: { key: 'state' } }, ['established', 'related'], 'in')]],
    ['tcp flags == syn', [match(payload('tcp', 'flags'), 'syn')]],
    ['tcp flags & (syn | ack) == syn', [match({ '&': [payload('tcp', 'flags'), { '|': ['syn', 'ack'] }] }, 'syn')]],
    ['tcp flags syn / syn,ack', [match({ '&': [payload('tcp', 'flags'), ['syn', 'ack']] }, 'syn')]],
    ['meta mark & 0x000000ff == 0x00000010', [match({ '&': [{ meta: { key: 'mark' } }, 255] }, 16)]],
    [
      'meta mark set meta mark >> 8 & 0xf',
      [{ mangle: { key: { meta: { key: 'mark' } }, value: { '&': [{ '>>': [{ meta: { key: 'mark' } }, 8] }, 15] } } }],
    ],
    ['ip dscp 0x04', [match(payload('ip', 'dscp'), 4)]],
    ['arp operation 1-2', [match(payload('arp', 'operation'), { range: ['request', 'reply'] })]],
    ['ct expiration 1m7s', [match({ ct: { key: 'expiration' } }, 67)]],
    ['exthdr frag exists', [match({ exthdr: { name: 'frag' } }, true)]],
    ['ip saddr 10.0.0.0/8', [match(payload('ip', 'saddr'), { prefix: { addr: '10.0.0.0', len: 8 } })]],
    ['dnat ip6 to [2001:db8::1]:80', [{ dnat: { family: 'ip6', addr: '2001:db8::1', port: 80 } }]],
    ['limit rate 10 mbytes/second', [{ limit: { rate: 10, rate_unit: 'mbytes', per: 'second', burst: 0, burst_unit: 'bytes' } }]],
    ['log prefix "x" flags tcp sequence,options', [{ log: { prefix: 'x', flags: ['tcp sequence', 'tcp options'] } }]],
    ['reject', [{ reject: { type: 'icmpx', expr: 'port-unreachable' } }]],
    ['reject with icmp host-unreachable', [{ reject: { type: 'icmp', expr: 'host-unreachable' } }]],
    ['counter name "web"', [{ counter: 'web' }]],
    ['jump other', [{ jump: { target: 'other' } }]],
  ])('prints %s', (want, expr) => expect(text(...expr)).toBe(want))

  it('reads sets and maps by their datatypes, and rules by those of the sets they name', () => {
    const ruleset = read([
      { table: { family: 'inet', name: 't' } },
      {
        map: {
          ...of,
          name: 'm',
          type: 'mark',
          map: ['ipv4_addr', 'inet_service'],
          flags: ['timeout', 'interval'],
          elem: [[{ range: [1, 2] }, { concat: ['10.0.0.1', 80] }]],
        },
      },
      {
        set: {
          ...of,
          name: 'i',
          type: ['ipv4_addr', 'ifname'],
          elem: [{ elem: { val: { concat: ['10.0.0.1', 'eth0'] }, timeout: 90, comment: 'x' } }],
        },
      },
      rule(match({ concat: [payload('ip', 'saddr'), 'lo'] }, '@i')),
    ])
    expect(printNft(ruleset)).toBe(`table inet t {
	map m {
		type mark : ipv4_addr . inet_service
		flags interval,timeout
		elements = { 0x00000001-0x00000002 : 10.0.0.1 . 80 }
	}

	set i {
		type ipv4_addr . ifname
		elements = { 10.0.0.1 . "eth0" timeout 1m30s comment "x" }
	}

	chain c {
		ip saddr . "lo" @i
	}
}
`)
  })

  it('names priorities as nft does', () => {
    const base = (hook: string, prio: number, family = 'ip') =>
      readNftJson(
        JSON.stringify({ nftables: [{ chain: { family, table: 't', name: 'c', type: 'filter', hook, prio, policy: 'drop' } }] }),
        'x',
      ).tables[0]?.chains[0]?.base?.priorityText
    expect(base('prerouting', -100)).toBe('dstnat')
    expect(base('output', -100)).toBe('-100')
    expect(base('input', 10)).toBe('filter + 10')
    expect(base('input', 11)).toBe('11')
    expect(base('prerouting', -300, 'bridge')).toBe('dstnat')
  })

  it('gives the line of each member, and what is whole in text that was cut off', () => {
    const whole = JSON.stringify(
      { nftables: [{ table: { family: 'inet', name: 't' } }, rule({ drop: null }), rule({ accept: null })] },
      null,
      1,
    )
    const ruleset = readNftJson(whole.slice(0, whole.lastIndexOf('accept')), 'nft.json')
    expect(ruleset.tables[0]?.chains[0]?.rules).toMatchObject([{ text: 'drop', line: 9, handle: 7 }])
    expect(ruleset.notes).toMatchObject([{ kind: 'broken' }])
  })

  it('keeps a statement that it does not know', () => {
    const ruleset = read([rule({ frobnicate: 7 }, { drop: null })])
    expect(ruleset.tables[0]?.chains[0]?.rules[0]).toMatchObject({
      opaque: ['{"frobnicate":7}'],
      statements: [{ kind: 'opaque' }, { kind: 'verdict' }],
    })
  })
})
