import { expect, test } from 'vitest'
import { readConntrack } from './conntrack.ts'

const PLAIN = `tcp      6 59 CLOSE_WAIT src=10.244.0.2 dst=203.0.113.80 sport=33664 dport=443 src=203.0.113.80 dst=192.168.50.5 sport=443 dport=58004 [ASSURED] mark=0 use=1
udp      17 29 src=10.244.0.2 dst=10.96.0.10 sport=39245 dport=53 src=10.244.0.3 dst=10.244.0.2 sport=53 dport=39245 mark=16384 use=1
unknown  2 599 src=172.17.0.1 dst=224.0.0.22 [UNREPLIED] src=224.0.0.22 dst=172.17.0.1 mark=0 use=1
icmp     1 29 src=10.244.0.2 dst=203.0.113.80 type=8 code=0 id=61429 src=203.0.113.80 dst=192.168.50.5 type=0 code=0 id=61306 mark=0 use=1
`
const bare = (text: string) => readConntrack(text, 'f').facts.map((entry) => ({ ...entry, source: 0 }))

test('entries', () => {
  expect(bare(PLAIN)).toEqual([
    {
      protocol: 6,
      state: 'CLOSE_WAIT',
      timeout: 59,
      original: { src: 0x0af40002, dst: 0xcb007150, protocol: 6, sport: 33664, dport: 443 },
      reply: { src: 0xcb007150, dst: 0xc0a83205, protocol: 6, sport: 443, dport: 58004 },
      flags: ['ASSURED'],
      mark: 0,
      zone: 0,
      source: 0,
    },
    expect.objectContaining({ protocol: 17, state: undefined, timeout: 29, mark: 16384, flags: [] }),
    expect.objectContaining({ protocol: 2, timeout: 599, flags: ['UNREPLIED'] }),
    expect.objectContaining({
      original: { src: 0x0af40002, dst: 0xcb007150, protocol: 1, sport: 61429, dport: 0, icmpType: 8, icmpCode: 0 },
      reply: { src: 0xcb007150, dst: 0xc0a83205, protocol: 1, sport: 61306, dport: 0, icmpType: 0, icmpCode: 0 },
    }),
  ])
  expect(readConntrack(PLAIN, 'f').facts.map((entry) => entry.source.line)).toEqual([1, 2, 3, 4])
})

test('-o extended, id, labels, accounting, time stamps and /proc/net/nf_conntrack say the same', () => {
  const extended = PLAIN.replaceAll(/^/gm, 'ipv4     2 ').replace(/ipv4 {5}2 $/, '')
  expect(bare(extended)).toEqual(bare(PLAIN))
  expect(bare(PLAIN.replaceAll('use=1', 'use=1 id=2870797627 labels=foo,bar delta-time=9'))).toEqual(bare(PLAIN))
  expect(bare(PLAIN.replaceAll(/(sport=\d+ dport=\d+|code=0 id=\d+)/g, '$1 packets=5 bytes=312'))).toEqual(bare(PLAIN))
  expect(bare(extended.replaceAll(' use=1', ' secctx=system_u:object_r:x zone=0 use=2'))).toEqual(bare(PLAIN))
})

test('zones, IPv6 and offloaded flows, which have no timeout', () => {
  const text =
    'ipv6     10 tcp      6 src=2001:db8::1 dst=2001:db8::2 sport=1 dport=2 src=2001:db8::2 dst=2001:db8::1 sport=2 dport=1 [OFFLOAD] mark=0 zone=7 use=3'
  expect(bare(text)).toMatchObject([
    { state: undefined, timeout: undefined, zone: 7, flags: ['OFFLOAD'], original: { src: 0x20010db8000000000000000000000001n } },
  ])
})

test('the summary on standard error may stand in the middle of a line', () => {
  const cut = PLAIN.indexOf('dst=10.244.0.2 sport=53')
  const summary = 'conntrack v1.4.7 (conntrack-tools): 4 flow entries have been shown.\n'
  for (const text of [
    PLAIN + summary,
    summary + PLAIN,
    PLAIN.slice(0, cut) + summary + PLAIN.slice(cut),
    PLAIN.slice(0, cut + 5) + summary + PLAIN.slice(cut + 5),
  ]) {
    expect(bare(text)).toEqual(bare(PLAIN))
    expect(readConntrack(text, 'f').notes).toEqual([])
  }
})

test('events leave the table that they describe', () => {
  const [tcp, udp] = PLAIN.split('\n') as [string, string]
  const text = `[1795235370.812035]\t    [NEW] ${tcp.replace('CLOSE_WAIT', 'SYN_SENT')} id=1\n[1795235370.9]\t [UPDATE] ${tcp} id=1\n    [NEW] ${udp} id=2\n[DESTROY] ${udp.replace('17 29', '17')} id=2\n`
  expect(bare(text)).toEqual(bare(tcp))
  expect(readConntrack(text, 'f').notes).toMatchObject([{ kind: 'assumed' }])
})

test('XML', () => {
  const xml = `<?xml version="1.0" encoding="utf-8"?>
<conntrack>
<flow><meta direction="original"><layer3 protonum="2" protoname="ipv4"><src>10.244.0.2</src><dst>203.0.113.80</dst></layer3><layer4 protonum="6" protoname="tcp"><sport>33664</sport><dport>443</dport></layer4></meta><meta direction="reply"><layer3 protonum="2" protoname="ipv4"><src>203.0.113.80</src><dst>192.168.50.5</dst></layer3><layer4 protonum="6" protoname="tcp"><sport>443</sport><dport>58004</dport></layer4></meta><meta direction="independent"><state>CLOSE_WAIT</state><timeout>59</timeout><mark>0</mark><use>1</use><id>2870797627</id><assured/></meta></flow>
<flow><meta direction="original">`
  expect(bare(xml)).toEqual(bare(PLAIN).slice(0, 1))
  expect(readConntrack(xml, 'f').notes).toMatchObject([{ kind: 'broken', source: { line: 4 } }])
})

test('counts and statistics hold no entries; other lines are noted', () => {
  const read = readConntrack('6\ncpu=0   \tfound=0 invalid=0 insert=0 \nconntrack: command not found\ntcp 6 59 src=10.0.0.1\n', 'f')
  expect(read.facts).toEqual([])
  expect(read.notes.map((note) => note.source.line)).toEqual([3, 4])
})
