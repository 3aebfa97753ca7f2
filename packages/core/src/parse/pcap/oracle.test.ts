import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import type { CapturedIp, CapturedPacket } from '../../facts/captured-packet.ts'
import { formatAddress } from '../../net/address.ts'
import { readCapture } from './read.ts'
import { ether, pcap, pcapng } from './testing/build.ts'
import { PACKETS, PACKETS6 } from './testing/packets.ts'

/** Debian's tshark says what is in a capture; `npm test` installs it where it can. */
const TSHARK = ['/usr/bin/tshark', '/usr/local/bin/tshark'].find((path) => existsSync(path))
if (!TSHARK) console.warn('SKIPPED: captures against tshark, which is not installed (Debian package tshark)')

// biome-ignore format: a table
const FIELDS = [
  'ip.src', 'ip.dst', 'ipv6.src', 'ipv6.dst', 'ip.ttl', 'ipv6.hlim', 'ip.id', 'ip.len', 'tcp.srcport', 'tcp.dstport', 'tcp.seq_raw', 'tcp.ack_raw', 'tcp.flags', 'udp.srcport', 'udp.dstport', 'icmp.type',
  'icmp.code', 'icmp.mtu', 'icmpv6.type', 'icmpv6.code', 'icmpv6.mtu', 'arp.opcode', 'arp.src.proto_ipv4', 'arp.dst.proto_ipv4', 'vxlan.vni', 'tcp.checksum.status', 'frame.time_epoch',
] as const
type Told = Readonly<Partial<Record<(typeof FIELDS)[number], string>>>

function tshark(file: string): readonly Told[] {
  const checks = ['ip', 'tcp', 'udp'].flatMap((protocol) => ['-o', `${protocol}.check_checksum:TRUE`])
  const args = [
    '-r',
    file,
    ...checks,
    '-d',
    'udp.port==8472,vxlan',
    '-o',
    'ip.defragment:FALSE',
    '-o',
    'ipv6.defragment:FALSE',
    '-T',
    'fields',
    '-E',
    'separator=|',
  ]
  const out = execFileSync(TSHARK as string, [...args, ...FIELDS.flatMap((field) => ['-e', field])], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const lines = out.toString().trimEnd().split('\n')
  return lines.map((line) => Object.fromEntries(line.split('|').map((value, i) => [FIELDS[i], value])))
}

/** All headers of a packet in the order that tshark lists them: outer, then carried or quoted. */
function headers(ip: CapturedIp | undefined): readonly CapturedIp[] {
  if (!ip) return []
  return [ip, ...headers(ip.tunnel?.frame.ip ?? ip.icmp?.quoted)]
}

function told(packet: CapturedPacket): Told {
  const all = headers(packet.ip)
  const list = (values: readonly (string | number | undefined)[]): string => values.filter((value) => value !== undefined).join(',')
  const of = (pick: (ip: CapturedIp) => string | number | undefined): string => list(all.map(pick))
  const v4 = (ip: CapturedIp) => ip.family === 'ip'
  const address = (ip: CapturedIp, end: 'src' | 'dst', wanted: boolean) =>
    v4(ip) === wanted ? formatAddress(ip[end] as number) : undefined
  const at = (ip: CapturedIp, protocol: number) => ip.protocol === protocol && !(ip.fragment && ip.fragment.offset > 0)
  const status = { good: 1, partial: 0, bad: 0, absent: 2, unknown: 2 }
  return {
    'ip.src': of((ip) => address(ip, 'src', true)),
    'ip.dst': of((ip) => address(ip, 'dst', true)),
    'ipv6.src': of((ip) => address(ip, 'src', false)),
    'ipv6.dst': of((ip) => address(ip, 'dst', false)),
    'ip.ttl': of((ip) => (v4(ip) ? ip.ttl : undefined)),
    'ipv6.hlim': of((ip) => (v4(ip) ? undefined : ip.ttl)),
    'ip.id': of((ip) => (ip.id === undefined ? undefined : `0x${ip.id.toString(16).padStart(4, '0')}`)),
    'ip.len': of((ip) => (v4(ip) ? ip.length : undefined)),
    'tcp.srcport': of((ip) => (at(ip, 6) ? ip.sport : undefined)),
    'tcp.dstport': of((ip) => (at(ip, 6) ? ip.dport : undefined)),
    'tcp.seq_raw': of((ip) => ip.tcp?.seq),
    'tcp.ack_raw': of((ip) => ip.tcp?.ack),
    'udp.srcport': of((ip) => (at(ip, 17) ? ip.sport : undefined)),
    'udp.dstport': of((ip) => (at(ip, 17) ? ip.dport : undefined)),
    'icmp.type': of((ip) => (ip.protocol === 1 ? ip.icmp?.type : undefined)),
    'icmp.code': of((ip) => (ip.protocol === 1 ? ip.icmp?.code : undefined)),
    'icmp.mtu': of((ip) => (ip.protocol === 1 ? ip.icmp?.mtu : undefined)),
    'icmpv6.type': of((ip) => (ip.protocol === 58 ? ip.icmp?.type : undefined)),
    'icmpv6.code': of((ip) => (ip.protocol === 58 ? ip.icmp?.code : undefined)),
    'icmpv6.mtu': of((ip) => (ip.protocol === 58 ? ip.icmp?.mtu : undefined)),
    'arp.opcode': packet.arp && !packet.ip ? (packet.arp.operation === 'request' ? '1' : '2') : '',
    'vxlan.vni': of((ip) => (ip.tunnel?.kind === 'vxlan' ? ip.tunnel.id : undefined)),
    'tcp.checksum.status': of((ip) => (ip.tcp?.window !== undefined ? status[ip.checksum] : undefined)),
  }
}

/** tshark does not show a quoted header's sequence numbers, and judges its checksum, which a cut packet cannot have. */
const UNQUOTED: readonly string[] = ['tcp.seq_raw', 'tcp.ack_raw', 'tcp.checksum.status']

function compare(bytes: Uint8Array, file: string): void {
  const own = [...readCapture([bytes], file).packets]
  const theirs = tshark(file)
  expect(own.length).toBe(theirs.length)
  for (const [i, packet] of own.entries()) {
    const quotes = headers(packet.ip).some(({ icmp }) => icmp?.quoted)
    const mine: Told = Object.fromEntries(Object.entries(told(packet)).filter(([key]) => !quotes || !UNQUOTED.includes(key)))
    const wanted = Object.fromEntries(Object.keys(mine).map((key) => [key, (theirs[i] as Told)[key as keyof Told]]))
    const judged = (status: string | undefined) => (status ?? '').replaceAll('2', '').replaceAll('3', '').replaceAll(',', '')
    expect({ number: i + 1, ...mine, 'tcp.checksum.status': judged(mine['tcp.checksum.status']) }).toEqual({
      number: i + 1,
      ...wanted,
      'tcp.checksum.status': judged(wanted['tcp.checksum.status']),
    })
    expect(Math.abs((packet.time ?? 0) - Number((theirs[i] as Told)['frame.time_epoch']))).toBeLessThan(1e-6)
  }
}

function inFile(name: string, bytes: Uint8Array): void {
  const folder = mkdtempSync(join(tmpdir(), 'culprit-capture-'))
  try {
    writeFileSync(join(folder, name), bytes)
    compare(bytes, join(folder, name))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

describe.skipIf(!TSHARK)('captures against tshark', () => {
  const v4 = Object.values(PACKETS)
  const v6 = Object.values(PACKETS6)
  const frames = [...v4.map((packet) => ether(0x0800, packet)), ...v6.map((packet) => ether(0x86dd, packet))]

  test('packets of every kind', () => inFile('a.pcap', pcap(1, frames)))
  test('in the other byte order, with nanoseconds', () => inFile('a.pcap', pcap(1, frames, { little: true, nanoseconds: true })))
  test('raw IP', () => inFile('a.pcap', pcap(101, [...v4, ...v6])))
  test.each([false, true])('pcapng with several interfaces (little endian: %s)', (little) => {
    const interfaces = [
      { linkType: 1, name: 'eth0' },
      { linkType: 101, name: 'tun0', resolution: 9 },
    ]
    const mixed = v4.map((packet, i) => (i % 2 === 0 ? ([0, 1, ether(0x0800, packet)] as const) : ([1, 2, packet] as const)))
    inFile('a.pcapng', pcapng(interfaces, mixed, { little }))
  })

  const data = fileURLToPath(new URL('../../diagnose/observations/capture/testdata', import.meta.url))
  const files = readdirSync(data).filter((file) => /\.pcap(?:ng)?$/.test(file))
  test('captures of a real kernel', async () => {
    const { readFileSync } = await import('node:fs')
    for (const file of files.filter((_, i) => i % 16 === 3)) compare(readFileSync(join(data, file)), join(data, file))
  }, 60_000)
})
