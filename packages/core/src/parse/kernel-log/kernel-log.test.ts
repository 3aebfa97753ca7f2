import { expect, test } from 'vitest'
import { readKernelLog } from './kernel-log.ts'

const SYN =
  'IN=eth0 OUT=docker0 MAC=c2:8b:14:d6:a5:90:9e:32:7a:76:99:4b:08:00 SRC=192.168.50.10 DST=172.17.0.2 LEN=60 TOS=0x00 PREC=0x00 TTL=63 ID=63649 DF PROTO=TCP SPT=34015 DPT=80 SEQ=2940188640 ACK=0 WINDOW=64240 RES=0x00 SYN URGP=0 OPT (020405B4) '
const PACKET = {
  inDevice: 'eth0',
  outDevice: 'docker0',
  destinationMac: 'c2:8b:14:d6:a5:90',
  sourceMac: '9e:32:7a:76:99:4b',
  src: 0xc0a8320a,
  dst: 0xac110002,
  protocol: 6,
  sport: 34015,
  dport: 80,
  flags: 2,
  ttl: 63,
  length: 60,
  ipId: 63649,
  tos: 0,
}

test.each([
  [`[ 4877.038338] TRACE: filter:DOCKER-USER:rule:2 ${SYN}`, { uptime: 4877.038338 }],
  [`May 20 13:01:14 node-1 kernel: TRACE: filter:DOCKER-USER:rule:2 ${SYN}`, { time: 'May 20 13:01:14', host: 'node-1' }],
  [
    `  May  2 13:01:14 node-1 kernel: [ 4877.0] TRACE: filter:DOCKER-USER:rule:2 ${SYN}`,
    { time: 'May  2 13:01:14', host: 'node-1', uptime: 4877 },
  ],
  [
    `2024-05-20T13:01:14.123456+02:00 node-1 kernel: TRACE: filter:DOCKER-USER:rule:2 ${SYN}`,
    { time: '2024-05-20T13:01:14.123456+02:00', host: 'node-1' },
  ],
  [`[Mon May 20 13:01:14 2024] TRACE: filter:DOCKER-USER:rule:2 ${SYN}`, { time: 'Mon May 20 13:01:14 2024' }],
  [`<4>[ 1.5] TRACE: filter:DOCKER-USER:rule:2 ${SYN}`, { uptime: 1.5 }],
])('TRACE: %.60s', (line, when) => {
  const { facts, notes } = readKernelLog(`something else\n${line}\n`, 'f')
  expect(facts).toMatchObject([
    {
      kind: 'trace',
      backend: 'kernel-log',
      family: 'ip',
      table: 'filter',
      chain: 'DOCKER-USER',
      step: 'rule',
      rule: 2,
      packet: PACKET,
      source: { line: 2 },
      ...when,
    },
  ])
  expect(notes).toEqual([])
})

test.each([
  ['IN-DENY: ', 'IN-DENY: '],
  ['[DOCKER OUT] ', '[DOCKER OUT] '],
  ['[UFW BLOCK] ', '[UFW BLOCK] '],
  ['DROP', 'DROP'],
  ['', ''],
])('LOG with prefix "%s"', (prefix, expected) => {
  expect(readKernelLog(`[ 4877.0] ${prefix}${SYN}`, 'f').facts).toMatchObject([
    { kind: 'log', prefix: expected, packet: PACKET, uptime: 4877 },
  ])
})

test('an ICMP error and the packet that it quotes; UDP; IPv6; marks and owners', () => {
  const { facts } = readKernelLog(
    [
      '[1.0] A IN= OUT=eth0 SRC=192.168.50.5 DST=192.168.50.10 LEN=88 TOS=0x00 PREC=0xC0 TTL=64 ID=16826 PROTO=ICMP TYPE=3 CODE=10 [SRC=192.168.50.10 DST=192.168.50.5 LEN=60 TOS=0x00 PREC=0x00 TTL=64 ID=42804 DF PROTO=TCP SPT=42161 DPT=23 WINDOW=64240 RES=0x00 SYN URGP=0 ] MARK=0x4000 ',
      '[1.0] B IN=lo OUT= SRC=127.0.0.1 DST=127.0.0.53 LEN=71 TOS=0x00 PREC=0x00 TTL=64 ID=1 DF PROTO=UDP SPT=5353 DPT=53 LEN=51 UID=1000 GID=100 ',
      '[1.0] C IN=eth0 OUT= PHYSIN=veth1 SRC=2001:0db8:0000:0000:0000:0000:0000:0001 DST=2001:0db8:0000:0000:0000:0000:0000:0002 LEN=80 TC=0 HOPLIMIT=63 FLOWLBL=0 PROTO=ICMPv6 TYPE=128 CODE=0 ID=7 SEQ=1 ',
    ].join('\n'),
    'f',
  )
  expect(facts).toMatchObject([
    { packet: { protocol: 1, icmpType: 3, icmpCode: 10, tos: 0xc0, mark: 0x4000, inner: { protocol: 6, dport: 23, flags: 2, ttl: 64 } } },
    { packet: { protocol: 17, sport: 5353, dport: 53, length: 71, flags: undefined, uid: 1000, gid: 100 } },
    {
      packet: {
        family: 'ip6',
        src: 0x20010db8000000000000000000000001n,
        protocol: 58,
        icmpType: 128,
        ttl: 63,
        physIn: 'veth1',
        inDevice: 'eth0',
      },
    },
  ])
})

test('a line that lost its end is noted; hostile ones take no time', () => {
  expect(readKernelLog('[1.0] TRACE: raw:OUTPUT:rule:1 IN= OUT=eth0 SRC=10.0.0.1 DST=10.', 'f').notes).toMatchObject([
    { kind: 'broken', source: { line: 1 } },
  ])
  for (const unit of ['[SRC=', 'IN=', ' OUT=', ' ']) expect(() => readKernelLog(`IN= OUT=x ${unit.repeat(100_000)}`, 'f')).not.toThrow()
})
