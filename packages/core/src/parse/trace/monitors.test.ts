import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readNftMonitor } from './nft-monitor.ts'
import { readXtablesMonitor } from './xtables-monitor.ts'

/** One packet's way as both monitors saw it. */
const XTABLES = `PACKET: 2 c0ed0d40 IN=eth0 MACSRC=5a:4d:b9:c7:21:72 MACDST=a2:4b:bd:4:b8:8b MACPROTO=0800 SRC=192.168.50.10 DST=192.168.50.5 LEN=60 TOS=0x0 TTL=64 ID=19113 DF SPORT=39413 DPORT=8080 SYN 
 TRACE: 2 c0ed0d40 raw:PREROUTING:rule:0x2:CONTINUE  -4 -t raw -A PREROUTING -p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -j TRACE
 TRACE: 2 c0ed0d40 raw:PREROUTING:policy:ACCEPT 
PACKET: 2 c0ed0d40 IN=eth0 OUT=docker0 MACSRC=5a:4d:b9:c7:21:72 MACDST=a2:4b:bd:4:b8:8b MACPROTO=0800 SRC=192.168.50.10 DST=172.17.0.2 LEN=60 TOS=0x0 TTL=63 ID=19113 DF SPORT=39413 DPORT=80 SYN 
 TRACE: 2 c0ed0d40 filter:FORWARD:rule:0x6:JUMP:DOCKER-USER  -4 -t filter -A FORWARD -j DOCKER-USER
 TRACE: 2 c0ed0d40 filter:DOCKER-USER:rule:0x11:0xfffffffb  -4 -t filter -A DOCKER-USER -j RETURN
 TRACE: 2 c0ed0d40 filter:FORWARD:policy:DROP 
`
const NFT = `trace id c0ed0d40 ip raw PREROUTING packet: iif "eth0" ether saddr 5a:4d:b9:c7:21:72 ether daddr a2:4b:bd:04:b8:8b ip saddr 192.168.50.10 ip daddr 192.168.50.5 ip dscp cs0 ip ecn not-ect ip ttl 64 ip id 19113 ip length 60 tcp sport 39413 tcp dport 8080 tcp flags == syn tcp window 64240 
trace id c0ed0d40 ip raw PREROUTING rule tcp flags syn / fin,syn,rst,ack counter packets 0 bytes 0 meta nftrace set 1 # handle 2 (verdict continue)
trace id c0ed0d40 ip raw PREROUTING policy accept 
trace id c0ed0d40 ip filter FORWARD packet: iif "eth0" oif "docker0" ether saddr 5a:4d:b9:c7:21:72 ether daddr a2:4b:bd:04:b8:8b ip saddr 192.168.50.10 ip daddr 172.17.0.2 ip dscp cs0 ip ecn not-ect ip ttl 63 ip id 19113 ip length 60 tcp sport 39413 tcp dport 80 tcp flags == syn tcp window 64240 
trace id c0ed0d40 ip filter FORWARD rule counter packets 0 bytes 0 jump DOCKER-USER # handle 6 (verdict jump DOCKER-USER)
trace id c0ed0d40 ip filter DOCKER-USER rule counter packets 0 bytes 0 return # handle 17 (verdict return)
trace id c0ed0d40 ip filter FORWARD policy drop 
`

test('both monitors tell the same of a packet', () => {
  const common = { source: 0, backend: 0, text: 0 }
  const xtables = readXtablesMonitor(XTABLES, 'f')
  const nft = readNftMonitor(NFT, 'f')
  expect(xtables.facts.map((step) => ({ ...step, ...common, packet: { ...step.packet, tos: undefined } }))).toEqual(
    nft.facts.filter((step) => step.step !== 'packet').map((step) => ({ ...step, ...common })),
  )
  expect([...xtables.notes, ...nft.notes]).toEqual([])
  expect(nft.facts.map((step) => [step.table, step.chain, step.step, step.handle, step.verdict, step.target])).toEqual([
    ['raw', 'PREROUTING', 'packet', undefined, undefined, undefined],
    ['raw', 'PREROUTING', 'rule', 2, 'CONTINUE', undefined],
    ['raw', 'PREROUTING', 'policy', undefined, 'ACCEPT', undefined],
    ['filter', 'FORWARD', 'packet', undefined, undefined, undefined],
    ['filter', 'FORWARD', 'rule', 6, 'JUMP', 'DOCKER-USER'],
    ['filter', 'DOCKER-USER', 'rule', 17, 'RETURN', undefined],
    ['filter', 'FORWARD', 'policy', undefined, 'DROP', undefined],
  ])
  expect(nft.facts[1]?.text).toBe('tcp flags syn / fin,syn,rst,ack counter packets 0 bytes 0 meta nftrace set 1')
  expect(xtables.facts[3]).toMatchObject({
    text: '-4 -t filter -A DOCKER-USER -j RETURN',
    packet: { dport: 80, flags: 2, protocol: 6, destinationMac: 'a2:4b:bd:04:b8:8b' },
    source: { line: 6 },
  })
})

test.each([
  [
    'iif "a" ip6 saddr 2001:db8::1 ip6 daddr 2001:db8::2 ip6 hoplimit 62 ip6 nexthdr ipv6-icmp ip6 length 64 icmpv6 type echo-request icmpv6 code no-route',
    { family: 'ip6', protocol: 58, icmpType: 128, icmpCode: 0, ttl: 62, length: 104 },
  ],
  [
    'oif "b" ip saddr 10.0.0.1 ip daddr 10.0.0.2 ip ttl 1 ip protocol icmp icmp type destination-unreachable icmp code host-prohibited',
    { protocol: 1, icmpType: 3, icmpCode: 10, outDevice: 'b' },
  ],
  [
    'iif "a" ip saddr 10.0.0.1 ip daddr 10.0.0.2 udp sport 53 udp dport 4000 udp length 40',
    { protocol: 17, sport: 53, dport: 4000, flags: undefined },
  ],
  ['iif "a" ip saddr 10.0.0.1 ip daddr 10.0.0.2 tcp sport 1 tcp dport 2 tcp flags == (syn | ack)', { protocol: 6, flags: 0x12 }],
  ['iif "a" ip saddr 10.0.0.1 ip daddr 10.0.0.2 tcp sport 1 tcp dport 2 tcp flags == 0x18', { protocol: 6, flags: 0x18 }],
  ['iif "a" ip saddr 10.0.0.1 ip daddr 10.0.0.2 ip protocol 47 ip length 100', { protocol: 47, sport: undefined }],
])('packets of nft: %s', (text, expected) => {
  expect(readNftMonitor(`trace id 1f inet t c packet: ${text}`, 'f').facts).toMatchObject([
    { family: 'inet', step: 'packet', packet: expected },
  ])
})

test('rule changes are passed over, other lines noted', () => {
  const read = readXtablesMonitor(' EVENT: -4 -t filter -N NEWC\nNEWGEN: GENID=6 PID=22757 NAME=iptables\nwhat\n', 'f')
  expect(read.facts).toEqual([])
  expect(read.notes).toMatchObject([{ source: { line: 3 } }])
})

test('no exception on mutated text', () => {
  const text = XTABLES + NFT
  fc.assert(
    fc.property(fc.nat(text.length), fc.nat(40), fc.string({ maxLength: 6 }), (at, length, insert) => {
      const changed = text.slice(0, at) + insert + text.slice(at + length)
      readXtablesMonitor(changed, 'f')
      readNftMonitor(changed, 'f')
    }),
  )
  for (const unit of ['(verdict ', ' ', '# handle 1 ', 'rule:', '|']) readNftMonitor(`trace id 1 ip t c rule ${unit.repeat(50_000)}`, 'f')
})
